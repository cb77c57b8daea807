"""Runs and datasets shared by all tests of a session: each is trained or imported once, then copied.

A workspace gets copies, so a test may change or delete what it has. Tests of training itself call
`recsys.services.train.training.train`, tests of the import `workspace.datasets.add`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from recsys.data.files import read_json, write_json
from recsys.services.data.datasets import import_sample
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import Workspace, open_workspace


class Shared:
    """What this process keeps for all its tests; conftest.py sets the folder, one per worker."""

    folder: Path
    datasets: dict[object, tuple[Workspace, str]] = {}  # noqa: RUF012 - shared on purpose
    runs: dict[tuple[str, ...], Path] = {}  # noqa: RUF012


def new_workspace() -> Workspace:
    return open_workspace(Path(tempfile.mkdtemp(dir=Shared.folder)) / "home")


def import_once(workspace: Workspace, key: object, add: Callable[[Workspace], str]) -> str:
    """Put the dataset that `add` imports into the workspace; return its id. One `key`, one dataset."""
    if key not in Shared.datasets:
        home = new_workspace()
        Shared.datasets[key] = home, add(home)
    home, dataset_id = Shared.datasets[key]
    copy_dataset(home, workspace, dataset_id)
    return dataset_id


def copy_dataset(source: Workspace, target: Workspace, dataset_id: str) -> None:
    folder = target.path / "datasets" / dataset_id
    if not folder.exists():
        shutil.copytree(source.path / "datasets" / dataset_id, folder)
        _update(folder / "dataset.json", created=now())


def import_sample_once(workspace: Workspace) -> str:
    """The sample shop in the workspace; return its id."""
    return import_once(workspace, "sample", lambda home: import_sample(home).dataset_id)


def train_once(workspace: Workspace, request: TrainRequest) -> str:
    """Put a finished run of this request into the workspace, as `train` would; return its id."""
    assert request.run_id is not None
    target = workspace.runs.root / request.run_id
    if target.exists():
        return train(workspace, request).run_id
    settings, options = json.dumps(request.settings, sort_keys=True), request.options.model_dump_json()
    key = (request.dataset_id, request.model, request.preset, settings, options)
    if key not in Shared.runs:
        home = new_workspace()
        copy_dataset(workspace, home, request.dataset_id)
        train(home, request)
        Shared.runs[key] = home.runs.root / request.run_id
    shutil.copytree(Shared.runs[key], target)
    _update(target / "config.json", run_id=request.run_id, created=now())
    _update(target / "run.json", run_id=request.run_id, finished=now())
    return request.run_id


def now() -> str:
    """The time, later than any time returned before: lists of runs and datasets are sorted by it."""
    time.sleep(0.002)
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _update(path: Path, **values: object) -> None:
    write_json(path, read_json(path) | values)
