"""Imports as jobs: a process of its own reads and checks the files of an upload (upload.py).

It writes its progress, then what was seen of each file, and last the outcome: a dataset that is ready to be kept, the faults
that the user has to decide about, or an error. Pages read these files only, so the server's memory does not grow with them.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from recsys.data.files import read_json, write_json
from recsys.data.importing.column import Column
from recsys.data.importing.faults import IN_FILE, Decisions, Kind, UndecidedError
from recsys.data.importing.import_choices import Choices, FileChoices
from recsys.data.importing.load import PICTURES
from recsys.data.importing.roles import preview
from recsys.data.importing.time_values import parse_times
from recsys.errors import DataError, RecsysError
from recsys.messages import Message, from_json, message, to_json
from recsys.runs import jobs
from recsys.services.data.import_outcome import FileKind, FileLook, Outcome, ready
from recsys.services.data.upload import Upload
from recsys.services.models.run_job import time_left_of_steps

COMMAND = "import-upload"
TABLES: tuple[Kind, ...] = ("interactions", "items", "users", "impressions")
EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 and 2100: a column of times lies between them
State = Literal["none", "running", "done", "failed"]


@dataclass(frozen=True)
class ImportProgress:
    """How a try is going: what it does now, the share of the work that is done, and the seconds left if that can be said.

    `state` is "done" with an outcome, "failed" with a `message` where the process ended without one, "none" where no try
    was started or it was stopped.
    """

    state: State
    step: str = ""
    share: float = 0.0
    eta: float | None = None
    message: str = ""


def start(upload: Upload, choices: Choices) -> None:
    """Begin a try with these choices; one that is under way is ended. Nothing happens where another session decides by now."""
    if not upload.is_held:
        return
    stop(upload)
    shutil.rmtree(upload.ready.root, ignore_errors=True)
    (upload.path / "outcome.json").unlink(missing_ok=True)
    write_json(upload.path / "request.json", choices.model_dump(mode="json"))
    _write_progress(upload, time.time(), message("starting"), 0.0)
    jobs.start(upload.folder, [COMMAND, str(upload.path)], jobs.IMPORT)


def stop(upload: Upload) -> None:
    """End a try that is under way; nothing of it is kept but the files. Not that of another session."""
    if not upload.is_held:
        return
    (upload.path / "progress.json").unlink(missing_ok=True)
    jobs.stop(upload.folder, at_once=True, kind=jobs.IMPORT)
    while jobs.is_running(upload.folder, jobs.IMPORT):  # a killed process ends within milliseconds
        time.sleep(0.01)


def progress(upload: Upload) -> ImportProgress:
    """Read how the last try is going."""
    is_running = jobs.is_running(upload.folder, jobs.IMPORT)  # before the outcome is looked for: it is written last
    if (upload.path / "outcome.json").exists():
        return ImportProgress("done", share=1.0)
    try:
        line = read_json(upload.path / "progress.json")
        step, share, began = from_json(line["step"]), float(line["share"]), float(line["began"])
    except FileNotFoundError:
        return ImportProgress("none")
    if is_running:
        return ImportProgress("running", step, share, time_left_of_steps(began, share))
    return ImportProgress("failed", message=_why_failed(upload))


def _why_failed(upload: Upload) -> Message:
    if jobs.memory_ran_out(upload.folder):
        return message("The import ran out of memory. Close other programs, or upload a part of the file.")
    last = jobs.last_log_lines(upload.folder, 1, jobs.IMPORT)
    if "Error" in last:
        return message("The import ended with an error: {error}", error=last)
    return message("The import ended without a result: its process was killed, or the machine went down.")


def run(upload: Upload) -> dict[str, Any]:
    """Read and check the files in this process; the answer of the command."""
    with jobs.held(upload.folder, jobs.IMPORT):
        began = time.time()
        choices = Choices.model_validate_json((upload.path / "request.json").read_bytes())
        file: FileKind = "interactions"  # that is being read
        looks: dict[str, Any] = {}

        def on_step(step: str, share: float) -> None:
            nonlocal file
            file = "images" if step == PICTURES else "interactions"
            _write_progress(upload, began, step, share)

        try:
            on_step(message("looking at the columns"), 0.0)
            try:
                for file in (kind for kind in TABLES if kind in upload.files):
                    looks[file] = look(
                        upload.path / upload.files[file].path, file, choices.files.get(file)
                    ).model_dump()
            finally:
                write_json(upload.path / "looks.json", looks)
            dataset = upload.ready.add(upload.request(choices), on_step)
            outcome = ready(dataset, upload.ready.summary(dataset.dataset_id))
        except UndecidedError as error:
            outcome = Outcome(faults=error.faults)
        except RecsysError as error:
            named = next((kind for kind, text in IN_FILE.items() if error.message.template == text.template), file)
            outcome = Outcome(error=error.message, file=named, line=error.line, column=error.column)
        write_json(upload.path / "outcome.json", orjson.loads(outcome.model_dump_json()))
    return {
        "dataset_id": outcome.summary.dataset_id if outcome.summary else None,
        "faults": [fault.key for fault in outcome.faults],
        "error": outcome.error,
    }


def _write_progress(upload: Upload, began: float, step: str, share: float) -> None:
    write_json(upload.path / "progress.json", {"began": began, "step": to_json(step), "share": share})


def look(path: Path, kind: Kind, choices: FileChoices | None = None) -> FileLook:
    """Columns, guessed roles and first rows of a file, from its beginning."""
    seen = preview(path, kind, choices)
    rows = seen.rows.astype("str")
    return FileLook(
        columns=tuple(seen.columns),
        roles=seen.roles,
        rows=tuple(tuple(row) for row in rows.itertuples(index=False, name=None)),
        separator=seen.separator,
        encoding=seen.encoding,
        has_header=seen.has_header,
        format=seen.format,
        times=tuple(column for column in seen.columns if column not in seen.roles.values() and has_times(rows[column])),
        encodings=seen.encodings,
        sheets=seen.sheets,
    )


def has_times(cells: Any) -> bool:
    """Whether all filled cells of a column are times between 1990 and 2100."""
    filled = cells[cells.str.strip() != ""].reset_index(drop=True)
    if filled.empty:
        return False
    decisions = Decisions()
    try:
        times = parse_times(Column(filled, filled.index.to_numpy() + 1, "time", "timestamp", decisions))
    except DataError:
        return False
    return not decisions.open and bool(((times > EARLIEST) & (times < LATEST)).all())
