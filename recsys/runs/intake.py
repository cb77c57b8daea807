"""Validation of an imported run and dataset before they are kept.

A file may be crafted to do harm, with hashes that match. So everything a page reads later is checked: config against
record, weights against model and dataset, metrics against ranks, progress line by line, tables for size and order, and
pictures for extra content.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq
from pyarrow import ArrowException
from pydantic import ValidationError

from recsys.data.dataset import TITLE, Dataset
from recsys.data.fingerprint import canonical_tables, fingerprint
from recsys.data.images import clean_picture
from recsys.data.importing.impressions import are_sound
from recsys.data.importing.load import MAX_ITEMS, MAX_ROWS, Loaded
from recsys.data.interactions import MIN_ITEMS, MIN_ROWS, MIN_USERS, Interactions, sorted_ids
from recsys.data.store import IMPRESSIONS, DatasetStore, DatasetSummary
from recsys.errors import DataError, RecsysError, RunError, SettingError
from recsys.evaluation.list_report import PICTURE_DIVERSITY, measure_lists
from recsys.evaluation.metrics import CUT_OFF, NOT_EVALUATED, evaluated_only, means
from recsys.messages import message, short
from recsys.runs.archive import AGAIN, MAX_UNPACKED
from recsys.runs.notes import ABOUT, RunNotes
from recsys.runs.record import RunConfig, RunRecord
from recsys.runs.store import LISTS, MAP, USER_MAP, RunFolder
from recsys.sequences.split import Split, SplitName

if TYPE_CHECKING:
    from recsys.models.base import Recommender

TABLES = ("interactions.parquet", "items.parquet", "users.parquet")
EPOCH_KEYS = {"epoch", "loss", "ndcg", "accuracy", "seconds"}  # of the progress lines that charts use


def checked_dataset(datasets: DatasetStore, dataset_id: str) -> Dataset:
    """Load and validate a dataset. Raises RunError if it is damaged or does not match its id."""
    home = datasets.folder(dataset_id)
    try:
        for name in TABLES:
            _check_table(home / name)
        if (home / IMPRESSIONS).exists():
            _check_table(home / IMPRESSIONS)
        dataset = datasets.load(dataset_id)
        _check_dataset(dataset, datasets.summary(dataset_id))
        for picture in dataset.images.values():
            _check_picture(picture)
    except (RecsysError, KeyError, TypeError, ValueError, OSError, ArrowException, struct.error) as error:
        text = message("The dataset in this file is damaged or was changed. {again}")
        if isinstance(error, RunError):
            text = message("The dataset in this file is damaged or was changed. {detail} {again}")
        detail = error.message if isinstance(error, RunError) else ""
        raise RunError(text.format(detail=detail, again=AGAIN)) from error
    return dataset


def check_run(folder: RunFolder, dataset: Dataset) -> None:
    """Raise RunError if a part of the run cannot be read or does not match the others."""
    try:
        _check_run(folder, dataset)
    except (KeyError, TypeError, ValueError, OSError, ArrowException) as error:
        raise RunError(
            message("The run in this file is damaged: a part of it cannot be read. {again}", again=AGAIN)
        ) from error


def _check_table(path: Path) -> None:
    """Limit the number of rows from the metadata: a few bytes can encode very many rows."""
    metadata = pq.read_metadata(path)
    size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    if metadata.num_rows > MAX_ROWS + MAX_ITEMS or size > MAX_UNPACKED:
        raise RunError(message("{name} claims {rows:,} rows, too many.", name=path.name, rows=metadata.num_rows))


def _check_dataset(dataset: Dataset, summary: DatasetSummary) -> None:
    log, impressions = dataset.interactions, dataset.impressions
    if not _is_sound(log) or TITLE not in dataset.items or not (impressions is None or are_sound(impressions, log)):
        raise RunError(message("Its tables do not fit together."))
    if summary.impressions != (0 if impressions is None else len(impressions)):
        raise RunError(message("Its impressions do not match its summary."))
    is_complete = bool(dataset.images) or not summary.has_images  # the id is a hash of the pictures too
    loaded = Loaded(log, dataset.items, dataset.users, dataset.images, dataset.report, impressions)
    if is_complete and fingerprint(canonical_tables(loaded), loaded) != dataset.dataset_id:
        raise RunError(message("Its content does not match its id."))


def _is_sound(log: Interactions) -> bool:
    """Whether the interactions have the form that `Interactions.from_frame` returns."""
    if log.users.dtype != np.int64 or log.items.dtype != np.int64 or len(log) < MIN_ROWS:
        return False
    for index, ids, minimum in ((log.users, log.user_ids, MIN_USERS), (log.items, log.item_ids, MIN_ITEMS)):
        text_ids = ids[1:]
        ids_valid = (
            ids[0] == ""
            and all(isinstance(i, str) and i for i in text_ids)
            and np.array_equal(sorted_ids(text_ids), text_ids)
        )
        if len(text_ids) < minimum or not ids_valid or index.min() < 1 or index.max() > len(text_ids):
            return False
    user_steps = np.diff(log.users)
    is_ordered = log.times is None or (
        log.times.dtype == np.int64 and bool(((user_steps > 0) | (np.diff(log.times) >= 0)).all())
    )
    ratings_valid = log.ratings is None or (log.ratings.dtype == np.float32 and bool(np.isfinite(log.ratings).all()))
    return bool((user_steps >= 0).all()) and is_ordered and ratings_valid


def _check_picture(path: Path) -> None:
    """Refuse a PNG with anything but the chunks the app writes: header, pixels, end."""
    content, offset = path.read_bytes(), 8
    kinds: list[bytes] = []
    while offset + 12 <= len(content) and kinds[-1:] != [b"IEND"]:
        length, kind = struct.unpack_from(">I4s", content, offset)
        kinds.append(kind)
        offset += 12 + length
    if offset != len(content) or set(kinds) != {b"IHDR", b"IDAT", b"IEND"}:
        raise DataError(message("Picture {name} holds more than a picture.", name=path.name))
    clean_picture(content, path.name)


def _check_run(folder: RunFolder, dataset: Dataset) -> None:
    # Imported here because they need torch, which the page that offers the import does not.
    from recsys.models import MODELS
    from recsys.runs.weights import load_model

    config, record = folder.config, folder.record
    if config.model not in MODELS:
        raise RunError(
            message(
                "The run uses an unknown model {model!r}. Known are: {models}.",
                model=short(config.model),
                models=", ".join(MODELS),
            )
        )
    if record is None:
        raise RunError(message("The run in this file has an invalid run.json. {again}", again=AGAIN))
    for name in ("run_id", "model", "dataset_id"):
        if getattr(record, name) != getattr(config, name):
            raise RunError(
                message("The run in this file does not match its own record: its {name} was changed.", name=name)
            )
    try:
        model = load_model(folder, dataset)
    except ValidationError as error:
        raise RunError(message("The settings in this file are not possible for its model.")) from error
    except RunError as error:
        raise RunError(message("The weights in this file cannot be used. {reason}", reason=error.message)) from error
    _check_weights(model)
    _check_privacy(folder.config, record)
    try:
        split = config.options.split(dataset.interactions)
    except SettingError as error:
        raise RunError(
            message("The run in this file does not belong to its dataset. {reason}", reason=error.message)
        ) from error
    _check_ranks(folder, record, split)
    _check_lists(folder, record, dataset, split)
    _check_map(folder, dataset.interactions.num_items, len(split.test))
    for line in folder.progress():
        _check_line(line)
    with suppress(FileNotFoundError):
        RunNotes.model_validate(orjson.loads((folder.path / ABOUT).read_bytes()))


def _check_weights(model: Recommender) -> None:
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise RunError(
                message(
                    "The weights in this file are unusable: {name} holds values that are no numbers (NaN).", name=name
                )
            )


def _check_privacy(config: RunConfig, record: RunRecord) -> None:
    """Check that a private run, and no other, claims a budget, and that it follows from its noise and steps."""
    options, spent, federated = config.options.privacy, record.privacy, config.options.federated
    if options is None and spent is None:
        return
    from recsys.training.private.accounting import epsilon_spent  # 2 s to import what it needs

    chosen = None
    if options is not None and federated is None:
        chosen = (options.clip, options.rate, "user")
    elif options is not None and federated is not None:
        chosen = (options.clip, federated.clients_per_round, "client")
    if spent is None or chosen != (spent.clip, spent.rate, spent.unit):
        raise RunError(message("The privacy budget in this file does not belong to its run: it was changed."))
    epsilon = epsilon_spent(spent.noise, spent.rate, spent.steps, spent.delta)
    if not abs(epsilon - spent.epsilon) < 0.01 * max(1.0, epsilon):
        raise RunError(message("The privacy budget in this file does not follow from its noise: it was changed."))


def _check_ranks(folder: RunFolder, record: RunRecord, split: Split) -> None:
    """Check that the stored ranks are those of the evaluated users, and that the metrics follow from them.

    Only metrics in the record are compared: an older version had fewer.
    """
    path = folder.path / "per_user.parquet"
    if not path.exists():
        if record.metrics is not None:
            raise RunError(
                message(
                    "The file is incomplete: the ranks that its metrics come from are missing. {again}", again=AGAIN
                )
            )
        return
    _check_table(path)
    frame = folder.load_ranks()
    assert frame is not None
    columns_match = list(frame.columns) == ["user", "validation", "test"] and np.array_equal(
        frame["user"], split.evaluated_users
    )
    if not columns_match or not all(dtype == np.int64 for dtype in frame.dtypes) or not _are_ranks(frame, split):
        raise RunError(message("The ranks in this file (per_user.parquet) do not belong to its dataset."))
    if record.metrics is None:
        return
    measured = means(evaluated_only(frame["test"].to_numpy()))
    claimed = record.metrics
    if not claimed or any(name not in measured or not abs(claimed[name] - measured[name]) < 1e-9 for name in claimed):
        raise RunError(message("The metrics in this file do not follow from its ranks: they were changed."))


def _check_lists(folder: RunFolder, record: RunRecord, dataset: Dataset, split: Split) -> None:
    """Check that the stored lists are lists of items, and that the metrics follow from them.

    A file without the pictures cannot prove a metric of pictures: there only its range is checked.
    """
    path = folder.path / LISTS
    if path.exists():
        _check_table(path)
        frame = pd.read_parquet(path)
        lists_TK = frame.to_numpy()
        is_sound = lists_TK.dtype == np.int32 and lists_TK.shape == (len(split.test), CUT_OFF)
        if not is_sound or lists_TK.min(initial=0) < 0 or lists_TK.max(initial=0) > dataset.interactions.num_items:
            raise RunError(message("The lists in this file (lists.parquet) do not belong to its dataset."))
        measured, claimed = measure_lists(lists_TK, split, dataset), record.list_metrics
        of_pictures = f"{PICTURE_DIVERSITY}@{CUT_OFF}"
        if not dataset.images and 0 <= claimed.get(of_pictures, -1) <= 2:
            measured[of_pictures] = claimed[of_pictures]
    else:
        measured = {}
    if any(not abs(value - measured.get(name, np.nan)) < 1e-9 for name, value in record.list_metrics.items()):
        raise RunError(message("The metrics in this file do not follow from its lists: they were changed."))


def _check_map(folder: RunFolder, num_items: int, num_targets: int) -> None:
    """Check that a stored map has a point for each item, and one between them for each test target."""
    points_of_items = _checked_points(folder.path / MAP, num_items)
    points_of_users = _checked_points(folder.path / USER_MAP, num_targets)
    if points_of_users is None or not np.isfinite(points_of_users).any():
        return
    low, high = (np.full(2, fallback) for fallback in (np.inf, -np.inf))
    if points_of_items is not None and np.isfinite(points_of_items).any():
        low, high = np.nanmin(points_of_items, axis=0), np.nanmax(points_of_items, axis=0)
    if (np.nanmin(points_of_users, axis=0) < low - 1e-4).any() or (
        np.nanmax(points_of_users, axis=0) > high + 1e-4
    ).any():
        raise RunError(message("The map in this file ({name}) does not belong to its dataset.", name=USER_MAP))


def _checked_points(path: Path, num_rows: int) -> np.ndarray | None:
    """Points [num_rows, 2] float32, each finite or without coordinates; None without the file."""
    if not path.exists():
        return None
    _check_table(path)
    frame = pd.read_parquet(path)
    points = frame.to_numpy()
    is_sound = list(frame.columns) == ["x", "y"] and points.dtype == np.float32 and points.shape == (num_rows, 2)
    if not is_sound or not (np.isfinite(points).all(1) | np.isnan(points).all(1)).all():
        raise RunError(message("The map in this file ({name}) does not belong to its dataset.", name=path.name))
    return points


def _are_ranks(frame: pd.DataFrame, split: Split) -> bool:
    """Whether exactly the users with a target have a rank."""
    names: tuple[SplitName, ...] = ("validation", "test")
    has_target = {name: np.isin(split.evaluated_users, split.targets(name).users) for name in names}
    return all(np.where(has_target[name], frame[name] >= 1, frame[name] == NOT_EVALUATED).all() for name in names)


def _check_line(line: Any) -> None:
    is_valid = isinstance(line, dict) and isinstance(line.get("kind"), str)
    if is_valid and line["kind"] in ("epoch", "start"):
        keys = EPOCH_KEYS if line["kind"] == "epoch" else {"from_epoch", "time"}
        values = [line.get(name, "") for name in keys]
        is_valid = all(value is None or isinstance(value, int | float) for value in values)
    if not is_valid:
        raise RunError(message("The progress in this file (progress.jsonl) has an invalid line."))
