"""Runs that saw a person who was forgotten since: marked, and stripped of all that is of single users.

What stays is a record: settings, progress and metrics over all users. Weights go, too: the dataset with its indices is gone,
so that nothing could be computed with them, while they may hold traces of the person. The mark does not name the person.
"""

from __future__ import annotations

import shutil

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.data.files import read_json, write_json
from recsys.errors import RunError
from recsys.messages import message
from recsys.runs.notes import ABOUT
from recsys.runs.store import LIST_METRICS, MARK, PROGRESS, RunFolder

KEPT = {"config.json", "run.json", "metrics.json", "estimate.json", PROGRESS, LIST_METRICS, ABOUT, MARK}
SEEN = message(
    "Trained before a person was forgotten: its weights could hold traces of them, so they were deleted. Exported copies may "
    "still hold traces."
)
ONLY_RECORDS = message(
    "Only records of models are left: the models were trained before a person was forgotten. Train one again without the person."
)


class ForgottenMark(BaseModel):
    """`successor` is the id of the dataset without the person, `since` when they were forgotten.

    `validation_ndcg` is that of the deleted ranks; None without any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    successor: str
    since: str
    validation_ndcg: float | None = None


def forgotten_mark(folder: RunFolder) -> ForgottenMark | None:
    """The mark of a run; None for one that saw nobody who was forgotten since. A damaged mark is still one."""
    try:
        return ForgottenMark.model_validate(read_json(folder.path / MARK))
    except FileNotFoundError:
        return None
    except (ValidationError, orjson.JSONDecodeError):
        return ForgottenMark(successor="", since="")


def save_mark(folder: RunFolder, mark: ForgottenMark) -> None:
    write_json(folder.path / MARK, mark.model_dump())


def strip(folder: RunFolder) -> None:
    """Delete all files of a run but its record. Completes a killed deletion."""
    for path in folder.path.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in KEPT:
            path.unlink()


def lost_files(folder: RunFolder) -> tuple[int, int]:
    """(number of files, bytes) that `strip` deletes."""
    files = [
        path for path in folder.path.rglob("*") if path.is_file() and str(path.relative_to(folder.path)) not in KEPT
    ]
    return len(files), sum(path.stat().st_size for path in files)


def refuse_forgotten(folder: RunFolder) -> None:
    """Raise RunError for a run that is only a record."""
    if forgotten_mark(folder) is not None:
        text = message(
            "Run {run} was trained before a person was forgotten. It is kept as a record without weights: train it again "
            "without them."
        )
        raise RunError(text.format(run=folder.run_id))
