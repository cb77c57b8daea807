"""Export a run to a zip file, and import such a file.

An import is validated completely before anything is stored: the zip and its hashes (`runs/archive.py`), then the
consistency of its parts (`runs/intake.py`).
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import ValidationError

from recsys.data.dataset import Dataset
from recsys.data.files import check_id, sync_folder
from recsys.data.store import IMPRESSIONS
from recsys.errors import RecsysError, RunError
from recsys.messages import message
from recsys.runs import archive
from recsys.runs.blend_parts import parts_of
from recsys.runs.forgotten import refuse_forgotten
from recsys.runs.intake import TABLES, check_run, checked_dataset
from recsys.runs.notes import ABOUT
from recsys.runs.record import FORMAT, RunConfig, untrained
from recsys.runs.store import LISTS, MAP, USER_MAP, RunFolder
from recsys.services.workspace import Workspace

NEEDED = ("config.json", "run.json", "weights.safetensors")
RUN_FILES = (*NEEDED, "metrics.json", "progress.jsonl", "per_user.parquet", LISTS, MAP, USER_MAP, ABOUT)
DATA_NEEDED = ("dataset.json", "report.json", *TABLES)
DATA_FILES = (*DATA_NEEDED, IMPRESSIONS)
PICTURE = re.compile(r"dataset/images/\d{6}\.png")
SCRATCH, STALE = ".import.", 3600  # prefix of temporary import folders; age in seconds at which they are abandoned


@dataclass(frozen=True)
class Export:
    """An export before it is written: file name, and uncompressed bytes of each part (0 if absent)."""

    file_name: str
    run: int
    data: int
    pictures: int


def describe_export(workspace: Workspace, run_id: str, *, data: bool = True, pictures: bool = False) -> Export:
    """Describe an export without reading its files.

    The hash in the name covers weights hash, finishing time, notes, options and whether there is a map. Raises RunError as `export_run` does.
    """
    folder = _whole(workspace, run_id)
    record, notes_file = folder.record, folder.path / ABOUT
    assert record is not None
    digest = hashlib.sha256(f"{record.weights_sha256} {record.finished} {data} {pictures}".encode())
    digest.update(notes_file.read_bytes() if notes_file.exists() else b"")
    digest.update(MAP.encode() * (folder.path / MAP).exists())
    files = _files(workspace, folder, data=True, pictures=True)
    sizes = {name: path.stat().st_size for name, path in files.items()}
    picture_bytes = sum(size for name, size in sizes.items() if PICTURE.fullmatch(name))
    run_bytes = sum(size for name, size in sizes.items() if name.startswith("run/"))
    data_bytes = sum(sizes.values()) - run_bytes - picture_bytes
    return Export(f"run-{folder.run_id}-{digest.hexdigest()[:8]}.zip", run_bytes, data_bytes, picture_bytes)


def export_run(
    workspace: Workspace, run_id: str, out: Path, *, data: bool = True, pictures: bool = False
) -> tuple[int, str]:
    """Write the run to `out`. Returns (number of files, SHA-256 of the zip).

    Raises RunError for an unfinished or untrained run, and for a blend.
    """
    files = _files(workspace, _whole(workspace, run_id), data=data, pictures=pictures and data)
    return len(files), archive.pack(files, out)


def _whole(workspace: Workspace, run_id: str) -> RunFolder:
    folder = workspace.runs.open(run_id)
    refuse_forgotten(folder)
    record = folder.record
    if record is None:
        raise RunError(message("Run {run} is not finished: there is nothing whole to export yet.", run=folder.run_id))
    if not record.is_trained:
        raise RunError(untrained(folder.run_id))
    parts = ", ".join(part.run_id for part in parts_of(folder.config))
    if parts:
        raise RunError(
            message(
                "Blend {run} has no weights of its own to export. Export the runs that it is made of ({parts}), "
                "import them in the other workspace and blend them there.",
                run=folder.run_id,
                parts=parts,
            )
        )
    return folder


def _files(workspace: Workspace, folder: RunFolder, *, data: bool, pictures: bool) -> dict[str, Path]:
    files = {f"run/{name}": folder.path / name for name in RUN_FILES if (folder.path / name).exists()}
    home = workspace.datasets.folder(folder.config.dataset_id)
    if data:
        files |= {f"dataset/{name}": home / name for name in DATA_FILES if (home / name).exists()}
    if pictures:
        files |= {f"dataset/images/{path.name}": path for path in sorted((home / "images").glob("*.png"))}
    return files


def import_run(workspace: Workspace, path: Path) -> str:
    """Import an exported run, and its dataset if it does not exist here. Returns the run id.

    Raises RunError for any other file; then nothing is stored.
    """
    try:
        workspace.runs.root.mkdir(parents=True, exist_ok=True)
        workspace.datasets.root.mkdir(parents=True, exist_ok=True)
        _delete_stale(workspace.path)
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=workspace.path, ignore_cleanup_errors=True) as scratch:
            incoming = Workspace(Path(scratch) / "checked")
            config = _unpack(path, Path(scratch) / "files", incoming)
            if (workspace.runs.root / config.run_id).exists():
                raise RunError(
                    message("Run {run} is here already. Delete it first to import it again.", run=config.run_id)
                )
            dataset = _dataset(workspace, incoming, config.dataset_id)
            check_run(incoming.runs.open(config.run_id), dataset)
            _store(workspace, incoming, config)
    except OSError as error:
        raise RunError(
            message(
                "Could not store the run: {reason}. Free some space or choose another workspace.",
                reason=error.strerror,
            )
        ) from error
    return config.run_id


def _delete_stale(home: Path) -> None:
    """Delete temporary folders of imports that were killed."""
    for path in home.glob(f"{SCRATCH}*"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > STALE:
                shutil.rmtree(path, ignore_errors=True)


def _is_expected(name: str) -> bool:
    part, _, rest = name.partition("/")
    files_by_kind = {"run": RUN_FILES, "dataset": DATA_FILES}
    return rest in files_by_kind.get(part, ()) or PICTURE.fullmatch(name) is not None


def _unpack(path: Path, files: Path, incoming: Workspace) -> RunConfig:
    """Unpack the zip into the workspace `incoming` of a single run, after validating its config and ids."""
    names = set(archive.unpack(path, files, _is_expected))
    needed = {f"run/{name}" for name in NEEDED}
    if any(name.startswith("dataset/") for name in names):
        needed |= {f"dataset/{name}" for name in DATA_NEEDED}
    for name in sorted(needed - names):
        raise RunError(message("The file is incomplete: {name} is missing. {again}", name=name, again=archive.AGAIN))
    try:
        config = RunConfig.model_validate(orjson.loads((files / "run" / "config.json").read_bytes()))
    except (ValidationError, orjson.JSONDecodeError) as error:
        raise RunError(message("The run in this file has an invalid config. {again}", again=archive.AGAIN)) from error
    if config.format != FORMAT:
        text = message("The run has the unknown format {format}; known here is {known}.")
        raise RunError(text.format(format=config.format, known=FORMAT))
    try:
        check_id(config.run_id, "run")
        check_id(config.dataset_id, "dataset")
    except RecsysError as error:
        raise RunError(message("The run in this file has an invalid id: {reason}", reason=error.message)) from error
    if config.run_id == "latest":
        raise RunError(message("The run in this file has an invalid id: latest is the name of the newest run."))
    for part, home in (
        ("run", incoming.runs.root / config.run_id),
        ("dataset", incoming.datasets.root / config.dataset_id),
    ):
        if (files / part).exists():
            home.parent.mkdir(parents=True)
            (files / part).replace(home)
    return config


def _dataset(workspace: Workspace, incoming: Workspace, dataset_id: str) -> Dataset:
    """The validated dataset of the file; if the file has none, the existing one with that id."""
    if incoming.datasets.folder(dataset_id).exists():
        return checked_dataset(incoming.datasets, dataset_id)
    if not (workspace.datasets.folder(dataset_id) / "dataset.json").exists():
        raise RunError(
            message(
                "The file holds no dataset, and there is no dataset {dataset} here. "
                "Import the same data first, or export the run with its data.",
                dataset=dataset_id,
            )
        )
    return workspace.datasets.load(dataset_id)


def _store(workspace: Workspace, incoming: Workspace, config: RunConfig) -> None:
    """Move both folders into place or neither: the dataset first, so that a run never lacks its dataset."""
    data, incoming_data = workspace.datasets.folder(config.dataset_id), incoming.datasets.folder(config.dataset_id)
    is_new = incoming_data.exists() and not (data / "dataset.json").exists()
    if is_new:
        shutil.rmtree(data, ignore_errors=True)  # remains of a killed import
        incoming_data.replace(data)
        sync_folder(workspace.datasets.root)
    try:
        (incoming.runs.root / config.run_id).replace(workspace.runs.root / config.run_id)
    except OSError:
        if is_new:
            workspace.datasets.delete(config.dataset_id)
        raise
    sync_folder(workspace.runs.root)
