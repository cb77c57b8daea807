"""What came in a file, looked at before it is kept: does a run belong together, is a dataset what its id says?

A file that does not come from an export may be made to harm, with hashes that fit. So everything that a page reads
later is checked here: config against record, weights against model and data, metrics against ranks, progress line by
line, tables for size and order, pictures for anything but pixels.
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
from recsys.data.decode import short
from recsys.data.images import clean_picture
from recsys.data.impressions import are_sound
from recsys.data.interactions import MIN_ITEMS, MIN_ROWS, MIN_USERS, Interactions, sorted_ids
from recsys.data.load import MAX_ITEMS, MAX_ROWS, Loaded
from recsys.data.store import IMPRESSIONS, DatasetStore, DatasetSummary, canonical_tables, fingerprint
from recsys.errors import DataError, RecsysError, RunError, SettingError
from recsys.evaluation.metrics import NOT_EVALUATED, evaluated_only, means
from recsys.runs.archive import AGAIN, MAX_UNPACKED
from recsys.runs.notes import ABOUT, RunNotes
from recsys.runs.record import RunRecord
from recsys.runs.store import RunFolder
from recsys.sequences.split import Split, SplitName, leave_one_out

if TYPE_CHECKING:
    from recsys.models.base import Recommender

TABLES = ("interactions.parquet", "items.parquet", "users.parquet")
EPOCH_KEYS = {"epoch", "loss", "ndcg", "accuracy", "seconds"}  # of a line of progress that a chart is drawn from


def checked_dataset(datasets: DatasetStore, dataset_id: str) -> Dataset:
    """The dataset of this id. Raises RunError where it is damaged or not what its id stands for."""
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
        detail = f" {error.message}" if isinstance(error, RunError) else ""
        raise RunError(f"The dataset in this file is damaged or was changed.{detail} {AGAIN}") from error
    return dataset


def check_run(folder: RunFolder, dataset: Dataset) -> None:
    """Raises RunError where a part of the run cannot be read, or does not belong to the others."""
    try:
        _check_run(folder, dataset)
    except (KeyError, TypeError, ValueError, OSError, ArrowException) as error:
        raise RunError(f"The run in this file is damaged: a part of it cannot be read. {AGAIN}") from error


def _check_table(path: Path) -> None:
    """Few bytes can stand for very many rows: counted before any is read."""
    metadata = pq.read_metadata(path)
    size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    if metadata.num_rows > MAX_ROWS + MAX_ITEMS or size > MAX_UNPACKED:
        raise RunError(f"{path.name} says that it has {metadata.num_rows:,} rows, too many.")


def _check_dataset(dataset: Dataset, summary: DatasetSummary) -> None:
    log, shown = dataset.interactions, dataset.impressions
    if not _is_sound(log) or TITLE not in dataset.items or not (shown is None or are_sound(shown, log)):
        raise RunError("Its tables do not fit together.")
    if summary.impressions != (0 if shown is None else len(shown)):
        raise RunError("Its impressions are not those that it says it has.")
    whole = bool(dataset.images) or not summary.has_images  # the pictures are a part of what the id is a hash of
    loaded = Loaded(log, dataset.items, dataset.users, dataset.images, dataset.report, shown)
    if whole and fingerprint(canonical_tables(loaded), loaded) != dataset.dataset_id:
        raise RunError("Its content is not what its id stands for.")


def _is_sound(log: Interactions) -> bool:
    """Whether the log is as `Interactions.from_frame` would have made it."""
    if log.users.dtype != np.int64 or log.items.dtype != np.int64 or len(log) < MIN_ROWS:
        return False
    for index, ids, least in ((log.users, log.user_ids, MIN_USERS), (log.items, log.item_ids, MIN_ITEMS)):
        rest = ids[1:]
        named = ids[0] == "" and all(isinstance(i, str) and i for i in rest) and np.array_equal(sorted_ids(rest), rest)
        if len(rest) < least or not named or index.min() < 1 or index.max() > len(rest):
            return False
    later = np.diff(log.users)
    in_time = log.times is None or (
        log.times.dtype == np.int64 and bool(((later > 0) | (np.diff(log.times) >= 0)).all())
    )
    rated = log.ratings is None or (log.ratings.dtype == np.float32 and bool(np.isfinite(log.ratings).all()))
    return bool((later >= 0).all()) and in_time and rated


def _check_picture(path: Path) -> None:
    """A PNG as the app writes them: header, pixels, end, and nothing else in it."""
    content, offset = path.read_bytes(), 8
    kinds: list[bytes] = []
    while offset + 12 <= len(content) and kinds[-1:] != [b"IEND"]:
        length, kind = struct.unpack_from(">I4s", content, offset)
        kinds.append(kind)
        offset += 12 + length
    if offset != len(content) or set(kinds) != {b"IHDR", b"IDAT", b"IEND"}:
        raise DataError(f"Picture {path.name} holds more than a picture.")
    clean_picture(content, path.name)


def _check_run(folder: RunFolder, dataset: Dataset) -> None:
    # Here, since they need torch: a page offers to take a run in long before it does.
    from recsys.models import MODELS
    from recsys.runs.weights import load_model

    config, record = folder.config, folder.record
    if config.model not in MODELS:
        raise RunError(f"The run uses an unknown model {short(config.model)!r}. Known are: {', '.join(MODELS)}.")
    if record is None:
        raise RunError(f"The run in this file has an invalid run.json. {AGAIN}")
    for name in ("run_id", "model", "dataset_id"):
        if getattr(record, name) != getattr(config, name):
            raise RunError(f"The run in this file does not match its own record: its {name} was changed.")
    try:
        model = load_model(folder, dataset)
    except ValidationError as error:
        raise RunError("The settings in this file are not possible for its model.") from error
    except RunError as error:
        raise RunError(f"The weights in this file cannot be used. {error.message}") from error
    _check_weights(model)
    try:
        split = leave_one_out(dataset.interactions, config.options.cold_share, config.options.liked_from)
    except SettingError as error:
        raise RunError(f"The run in this file cannot be of its dataset. {error.message}") from error
    _check_ranks(folder, record, split)
    for line in folder.progress():
        _check_line(line)
    with suppress(FileNotFoundError):
        RunNotes.model_validate(orjson.loads((folder.path / ABOUT).read_bytes()))


def _check_weights(model: Recommender) -> None:
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise RunError(f"The weights in this file are unusable: {name} holds values that are no numbers (NaN).")


def _check_ranks(folder: RunFolder, record: RunRecord, split: Split) -> None:
    """The kept ranks are those of the evaluated users, and the metrics of the record follow from them.

    Compared are the metrics that the record has: an older version knew fewer.
    """
    path = folder.path / "per_user.parquet"
    if not path.exists():
        if record.metrics is not None:
            raise RunError(f"The file is incomplete: the ranks that its metrics come from are missing. {AGAIN}")
        return
    _check_table(path)
    frame = folder.load_ranks()
    assert frame is not None
    fits = list(frame.columns) == ["user", "validation", "test"] and np.array_equal(
        frame["user"], split.evaluated_users
    )
    if not fits or not all(dtype == np.int64 for dtype in frame.dtypes) or not _are_ranks(frame, split):
        raise RunError("The ranks in this file (per_user.parquet) do not belong to its dataset.")
    if record.metrics is None:
        return
    measured = means(evaluated_only(frame["test"].to_numpy()))
    shared = record.metrics.keys() & measured.keys()
    if not shared or any(not abs(record.metrics[name] - measured[name]) < 1e-9 for name in shared):
        raise RunError("The metrics in this file do not follow from its ranks: they were changed.")


def _are_ranks(frame: pd.DataFrame, split: Split) -> bool:
    """Whether every target has a rank, and only these."""
    names: tuple[SplitName, ...] = ("validation", "test")
    is_asked = {name: np.isin(split.evaluated_users, split.targets(name).users) for name in names}
    return all(np.where(is_asked[name], frame[name] >= 1, frame[name] == NOT_EVALUATED).all() for name in names)


def _check_line(line: Any) -> None:
    whole = isinstance(line, dict) and isinstance(line.get("kind"), str)
    if whole and line["kind"] in ("epoch", "start"):
        keys = EPOCH_KEYS if line["kind"] == "epoch" else {"from_epoch", "time"}
        values = [line.get(name, "") for name in keys]
        whole = all(value is None or isinstance(value, int | float) for value in values)
    if not whole:
        raise RunError("The progress in this file (progress.jsonl) has a line that no training wrote.")
