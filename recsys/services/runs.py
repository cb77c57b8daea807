"""Runs as a list to compare, and as a file to hand on."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recsys.data.files import check_id, write_atomic
from recsys.errors import RecsysError, RunError
from recsys.models import MODELS
from recsys.runs import jobs
from recsys.runs.record import RunConfig, RunRecord
from recsys.services.training import state_of
from recsys.services.workspace import Workspace, open_run

RUN_FILES = ("config.json", "run.json", "metrics.json", "progress.jsonl", "per_user.parquet", "weights.safetensors")
DATA_FILES = ("dataset.json", "report.json", "interactions.parquet", "items.parquet", "users.parquet")
MANIFEST = "manifest.json"
MAX_UNPACKED = 2_000_000_000


@dataclass(frozen=True)
class RunSummary:
    """One line of the list. `state` is waiting, running, finished, stopped or failed."""

    run_id: str
    model: str
    title: str
    dataset_id: str
    dataset_name: str
    state: str
    created: str
    seconds: float | None
    epochs: int | None
    settings: dict[str, Any]
    metrics: dict[str, float] | None
    best_validation_ndcg: float | None
    targets_per_second: float | None
    peak_memory: int | None
    device: str | None
    seed: int


def list_runs(workspace: Workspace) -> list[RunSummary]:
    """All runs, newest first; reads small JSON only."""
    names = {summary.dataset_id: summary.name for summary in workspace.datasets.list()}
    found, waiting = [], workspace.queue.waiting()
    for folder in workspace.runs.list():
        config, record = folder.config, folder.record
        state = state_of(folder, waiting)
        found.append(
            RunSummary(
                run_id=config.run_id,
                model=config.model,
                title=MODELS[config.model].title if config.model in MODELS else config.model,
                dataset_id=config.dataset_id,
                dataset_name=names.get(config.dataset_id, "(deleted)"),
                state=state,
                created=config.created,
                seconds=record.seconds if record else None,
                epochs=record.epochs if record else None,
                settings=config.settings,
                metrics=record.metrics if record else None,
                best_validation_ndcg=record.best_validation_ndcg if record else None,
                targets_per_second=record.targets_per_second if record else None,
                peak_memory=record.peak_memory if record else None,
                device=record.device if record else None,
                seed=config.options.seed,
            )
        )
    return found


def delete_run(workspace: Workspace, run_id: str) -> None:
    """Removes a run. Raises RunError while it trains."""
    if jobs.is_running(workspace.runs.open(run_id)):
        raise RunError(f"Run {run_id} is training. Stop it first.")
    workspace.runs.delete(run_id)


def export_run(workspace: Workspace, run_id: str) -> bytes:
    """A zip with the run and its data set (without pictures), and a SHA-256 of every file."""
    folder = workspace.runs.open(run_id)
    if folder.record is None:
        raise RunError(f"Run {run_id} is not finished: there is nothing whole to export yet.")
    data = workspace.datasets.folder(folder.config.dataset_id)
    files = {f"run/{name}": folder.path / name for name in RUN_FILES if (folder.path / name).exists()}
    files |= {f"dataset/{name}": data / name for name in DATA_FILES}
    contents = {name: path.read_bytes() for name, path in files.items()}
    manifest = {"format": 1, "sha256": {name: hashlib.sha256(c).hexdigest() for name, c in contents.items()}}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, json.dumps(manifest))
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def import_run(workspace: Workspace, path: Path) -> str:
    """Takes in an exported run and gives its id. Raises RunError for anything that is not exactly such a file."""
    contents = _checked_contents(path)
    try:
        config = RunConfig.model_validate_json(contents["run/config.json"])
        record = RunRecord.model_validate_json(contents["run/run.json"])
    except (ValidationError, KeyError) as error:
        raise RunError("The run in this file has an invalid or missing config. Export it again.") from error
    if config.model not in MODELS:
        raise RunError(f"The run uses an unknown model {config.model[:40]!r}. Known are: {', '.join(MODELS)}.")
    check_id(config.run_id, "run")
    check_id(config.dataset_id, "data set")
    if (
        record.run_id != config.run_id
        or record.weights_sha256 != hashlib.sha256(contents["run/weights.safetensors"]).hexdigest()
    ):
        raise RunError("The run in this file does not match its own record: its id or weights were changed.")
    run_folder = workspace.runs.root / config.run_id
    if run_folder.exists():
        raise RunError(f"Run {config.run_id} is here already. Delete it first to import it again.")
    data = workspace.datasets.folder(config.dataset_id)
    if not (data / "dataset.json").exists():
        _write(data, contents, "dataset/", DATA_FILES, last="dataset.json")
    _write(run_folder, contents, "run/", RUN_FILES, last="run.json")
    try:
        open_run(workspace, config.run_id)
    except (RecsysError, RuntimeError, ValidationError, ValueError) as error:
        workspace.runs.delete(config.run_id)
        raise RunError("The weights in this file do not fit its model: their shapes do not match.") from error
    return config.run_id


def _checked_contents(path: Path) -> dict[str, bytes]:
    allowed = {f"run/{name}" for name in RUN_FILES} | {f"dataset/{name}" for name in DATA_FILES} | {MANIFEST}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.filename not in allowed:
                    raise RunError(
                        f"The file holds an unexpected {entry.filename[:60]!r}, which is not allowed in a run."
                    )
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise RunError(f"The file would unpack to more than the limit of {MAX_UNPACKED:,} bytes.")
            contents = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise RunError("This is not an exported run: no readable zip file of that format.") from error
    try:
        expected = json.loads(contents.pop(MANIFEST))["sha256"]
    except (KeyError, ValueError, TypeError) as error:
        raise RunError("This is not an exported run: it has no manifest. Export the run again.") from error
    found = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    if found != expected:
        raise RunError("The file was changed or damaged: its contents do not match their hashes. Export the run again.")
    return contents


def _write(folder: Path, contents: dict[str, bytes], prefix: str, names: tuple[str, ...], last: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*(name for name in names if name != last), last):
        if prefix + name in contents:
            write_atomic(folder / name, contents[prefix + name])
