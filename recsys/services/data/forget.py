"""Forget a person: their events, features and impressions leave a dataset, and all that runs stored of single users goes.

The dataset becomes another one, as an import of files without this person would have built it. Runs of the old dataset are
marked and kept as records (runs/forgotten.py); they can be trained again (services/train/retrain.py).

Killed at any point, nothing is half forgotten. FORGETTING in the folder of the old dataset is written first: from then on the
dataset is neither listed nor loaded, so that nothing new can be computed from it. The steps after it may be repeated, and
`complete` does what is left of them, at the next start of a page or a command. Files are deleted, not overwritten: what a
backup or a disk's free blocks hold is out of reach, and so are exports outside the workspace.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from recsys.data.dataset import Dataset
from recsys.data.files import read_json, write_json
from recsys.data.importing.load import Loaded
from recsys.data.importing.protection import pseudonym
from recsys.data.interactions import USER
from recsys.data.keys import read_key
from recsys.data.provenance import RECIPE, forget_in_originals, move_successors, originals_in, recipe_in
from recsys.data.store import FORGETTING
from recsys.data.without_user import without_user
from recsys.errors import DataError, NotFoundError, RecsysError, RunError
from recsys.messages import message
from recsys.runs import jobs
from recsys.runs.forgotten import ForgottenMark, forgotten_mark, lost_files, save_mark, strip
from recsys.runs.store import LEAVING, RunFolder
from recsys.services.train.sweep_runs import validation_of_ranks
from recsys.services.workspace import Workspace
from recsys.services.workspace.saved_slices import copy_slices

LOCK = ".forget.lock"
KINDS = tuple(kind for kind in vars(jobs).values() if isinstance(kind, jobs.JobKind))
BUSY = message("Run {run} of this dataset is in use by a job. Wait for it or stop it, then forget the person.")


@dataclass(frozen=True)
class Forgetting:
    """What forgetting a person deletes.

    `events`, `impressions` and `items` of the catalogue; `has_features`: whether the users table has values for them. `runs`
    are the ids of the runs that are marked, `files` and `bytes` what is deleted in their folders. `new_dataset_id` is "" before
    it is done. `also_in` are the ids of other datasets with a user of this id, which are not changed.
    """

    dataset_id: str
    events: int
    impressions: int
    items: int
    has_features: bool
    runs: tuple[str, ...]
    files: int
    bytes: int
    also_in: tuple[str, ...]
    new_dataset_id: str = ""


def preview(workspace: Workspace, dataset_id: str, user_id: str) -> Forgetting:
    """What `forget` would delete. Raises NotFoundError, DataError or RunError where it would refuse."""
    dataset = workspace.datasets.load(dataset_id)
    user_id = _stored_id(workspace, dataset, user_id)
    return _left_out(workspace, dataset, user_id) or _describe(workspace, dataset, user_id, _without(dataset, user_id))


def forget(workspace: Workspace, dataset_id: str, user_id: str) -> Forgetting:
    """Forget a person for good. Nothing is changed where it raises.

    `user_id` may be the original id of a person who has a pseudonym. Raises NotFoundError for an unknown dataset or user, DataError where too little would be left, and RunError while a job
    uses a run of the dataset.
    """
    with _locked(workspace):
        dataset = workspace.datasets.load(dataset_id)
        user_id = _stored_id(workspace, dataset, user_id)
        if (left_out := _left_out(workspace, dataset, user_id)) is not None:
            forget_in_originals(workspace.datasets.folder(dataset_id), user_id)
            return replace(left_out, new_dataset_id=dataset_id)
        loaded = _without(dataset, user_id)
        planned = _describe(workspace, dataset, user_id, loaded)
        journal = workspace.datasets.folder(dataset_id) / FORGETTING
        write_json(journal, {"user_id": user_id})
        try:
            _refuse_busy(workspace, planned.runs)  # a job may have begun before the dataset was closed
        except RunError:
            journal.unlink()
            raise
        return replace(planned, new_dataset_id=_complete(workspace, dataset_id))


def complete(workspace: Workspace) -> list[str]:
    """Complete what killed processes began; returns the ids of the datasets that replaced others. Quick if there is nothing.

    What cannot be completed now is left for later: a job uses a run, another process is at it, the disk is full.
    """
    replaced: list[str] = []
    if not workspace.datasets.forgetting():
        return replaced
    with suppress(RunError), _locked(workspace):
        for dataset_id in workspace.datasets.forgetting():
            with suppress(RecsysError, OSError):
                _refuse_busy(workspace, _trained_on(workspace, dataset_id))
                replaced.append(_complete(workspace, dataset_id))
    return replaced


def as_json(done: Forgetting) -> dict[str, Any]:
    """The answer of the `forget` command."""
    return asdict(done)


@contextmanager
def _locked(workspace: Workspace) -> Iterator[None]:
    lock = FileLock(workspace.path / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunError(message("A person is being forgotten in this workspace. Try again in a moment.")) from None
    try:
        yield
    finally:
        lock.release()


def _stored_id(workspace: Workspace, dataset: Dataset, user_id: str) -> str:
    """The pseudonym of a person's original id, where the dataset has a key of pseudonyms and no user of this id."""
    keys = workspace.datasets.keys
    if user_id in dataset.interactions.user_index or not keys.has(dataset.dataset_id):
        return user_id
    name = pseudonym(read_key(keys.path(dataset.dataset_id)), "users", user_id)
    return name if name in dataset.interactions.user_index else user_id


def _without(dataset: Dataset, user_id: str) -> Loaded:
    user = dataset.interactions.user_index.get(user_id)
    if user is None:
        text = message("There is no user {user!r} in dataset {dataset}.", user=user_id, dataset=dataset.name)
        raise NotFoundError(text)
    try:
        return without_user(dataset, user)
    except DataError as error:
        text = message("Too little would be left of the dataset. {reason} Delete the dataset instead.")
        raise DataError(text.format(reason=error.message)) from error


def _describe(workspace: Workspace, dataset: Dataset, user_id: str, loaded: Loaded) -> Forgetting:
    runs = _trained_on(workspace, dataset.dataset_id)
    _refuse_busy(workspace, runs)
    log, user = dataset.interactions, dataset.interactions.user_index[user_id]
    features, shown = dataset.users.iloc[user], dataset.impressions
    lost = [lost_files(workspace.runs.open(run_id)) for run_id in runs]
    return Forgetting(
        dataset_id=dataset.dataset_id,
        events=len(log.history(user)),
        impressions=0 if shown is None else int(np.count_nonzero(shown[USER] == user)),
        items=log.num_items - loaded.interactions.num_items,
        has_features=bool((features.notna() & (features != "")).any()),
        runs=tuple(runs),
        files=sum(files for files, _ in lost),
        bytes=sum(size for _, size in lost),
        also_in=tuple(_others_with(workspace, dataset.dataset_id, user_id)),
    )


def _left_out(workspace: Workspace, dataset: Dataset, user_id: str) -> Forgetting | None:
    """What forgetting a person deletes whom the import left out, by a filter say; None for any other. No run saw them."""
    if user_id in dataset.interactions.user_index:
        return None
    originals = originals_in(workspace.datasets.folder(dataset.dataset_id))
    events, others = originals.events_of(user_id), tuple(_others_with(workspace, dataset.dataset_id, user_id))
    if events is None:
        return None
    has_features = originals.users is not None and user_id in originals.users.index
    return Forgetting(dataset.dataset_id, events, 0, 0, has_features, (), 0, 0, others)


def _trained_on(workspace: Workspace, dataset_id: str) -> list[str]:
    """Ids of the runs on a dataset that are not mere records already."""
    pairs = workspace.runs.configs()
    return [run.run_id for run, config in pairs if config.dataset_id == dataset_id and forgotten_mark(run) is None]


def _others_with(workspace: Workspace, dataset_id: str, user_id: str) -> Iterator[str]:
    for summary in workspace.datasets.list():
        if summary.dataset_id != dataset_id:
            folder = workspace.datasets.folder(summary.dataset_id)
            is_user = (pd.read_parquet(folder / "users.parquet", columns=[USER])[USER] == user_id).any()
            if is_user or originals_in(folder).events_of(user_id) is not None:
                yield summary.dataset_id


def _refuse_busy(workspace: Workspace, run_ids: Sequence[str]) -> None:
    """Raise RunError if a job works on one of the runs, or is to: it would store what it knows of the person."""
    waiting = workspace.queue.waiting()
    for run_id in run_ids:
        folder = workspace.runs.open(run_id)
        if any(jobs.is_running(folder, kind) for kind in KINDS):
            raise RunError(BUSY.format(run=run_id))
        if run_id in waiting:
            text = message(
                "Run {run} waits to be trained on this dataset. Take it off the queue, then forget the person."
            )
            raise RunError(text.format(run=run_id))
        jobs.refuse_elsewhere(folder)


def _complete(workspace: Workspace, dataset_id: str) -> str:
    """Do the steps from where they were left; returns the id of the dataset without the person."""
    journal = workspace.datasets.folder(dataset_id) / FORGETTING
    state: dict[str, str] = read_json(journal)
    if "new_dataset_id" not in state:
        state = {"new_dataset_id": _build(workspace, dataset_id, state["user_id"])}
        write_json(journal, state)  # from here on the old dataset and the person's id are not needed
    new_dataset_id = state["new_dataset_id"]
    for folder, config in workspace.runs.configs():
        mark = forgotten_mark(folder)
        if mark is not None and mark.successor == dataset_id:  # of someone who was forgotten earlier
            save_mark(folder, mark.model_copy(update={"successor": new_dataset_id}))
        elif config.dataset_id == dataset_id:
            _make_record(folder, mark, new_dataset_id)
    workspace.datasets.sweep()  # what killed imports and deletions left behind may hold the person, too
    for path in workspace.runs.root.glob(f"{LEAVING}*"):
        shutil.rmtree(path)
    move_successors(workspace.datasets.folder(dataset_id), new_dataset_id)
    workspace.datasets.delete_forgotten(dataset_id)
    return new_dataset_id


def _build(workspace: Workspace, dataset_id: str, user_id: str) -> str:
    """Store the dataset without the person, with its saved slices; returns its id."""
    dataset = workspace.datasets.load_stored(dataset_id)
    loaded = _with_recipe(workspace, dataset_id, user_id, _without(dataset, user_id))
    new_dataset_id = workspace.datasets.add_part(loaded, dataset)
    left = loaded.interactions.item_index
    gone = [str(item_id) for item_id in dataset.interactions.item_ids[1:] if item_id not in left]
    copy_slices(workspace, dataset_id, new_dataset_id, user_id, gone)
    return new_dataset_id


def _with_recipe(workspace: Workspace, dataset_id: str, user_id: str, loaded: Loaded) -> Loaded:
    """The dataset with the recipe of the import, and with what the import read of the others; as it is without a recipe."""
    folder = workspace.datasets.folder(dataset_id)
    if not (folder / RECIPE).exists():
        return loaded
    return replace(loaded, recipe=recipe_in(folder), originals=originals_in(folder).without(user_id))


def _make_record(folder: RunFolder, mark: ForgottenMark | None, new_dataset_id: str) -> None:
    """Mark a run, then delete what it stored of single users."""
    if mark is None:
        since = datetime.now(UTC).isoformat(timespec="milliseconds")
        validation = validation_of_ranks(folder)
        save_mark(folder, ForgottenMark(successor=new_dataset_id, since=since, validation_ndcg=validation))
    strip(folder)
