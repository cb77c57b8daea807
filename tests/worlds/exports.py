"""Exports of a run, and ways to spoil one so that its hashes still fit."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from PIL import Image
from safetensors.torch import load, save

from recsys.runs.archive import MANIFEST
from recsys.services.models.transfer import export_run
from recsys.services.workspace import Workspace

Contents = dict[str, bytes]


def exported(workspace: Workspace, run_id: str, tmp_path: Path, **parts: bool) -> Path:
    export_run(workspace, run_id, tmp_path / "run.zip", **parts)
    return tmp_path / "run.zip"


def files_in(workspace: Workspace) -> list[str]:
    return sorted(str(path.relative_to(workspace.path)) for path in workspace.path.rglob("*") if path.is_file())


def contents_of(path: Path) -> Contents:
    """The files of an export by name, without its manifest."""
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist() if name != MANIFEST}


def forged(path: Path, contents: Contents) -> Path:
    """A file whose hashes fit whatever it holds: the record's hash of the weights, and the manifest."""
    record = json.loads(contents["run/run.json"])
    record["weights_sha256"] = hashlib.sha256(contents.get("run/weights.safetensors", b"")).hexdigest()
    contents = contents | {"run/run.json": json.dumps(record).encode()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    with zipfile.ZipFile(path, "w") as made:
        for name, content in {**contents, MANIFEST: json.dumps({"format": 1, "sha256": hashes}).encode()}.items():
            made.writestr(name, content)
    return path


def with_json(name: str, /, **changes: Any) -> Callable[[Contents], Contents]:
    return lambda c: c | {name: json.dumps({**json.loads(c[name]), **changes}).encode()}


def with_weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Contents], Contents]:
    def changed(contents: Contents) -> Contents:
        tensors = load(contents["run/weights.safetensors"])
        change(tensors)
        return contents | {"run/weights.safetensors": save(tensors)}

    return changed


def with_table(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Contents], Contents]:
    def changed(contents: Contents) -> Contents:
        buffer = io.BytesIO()
        change(pd.read_parquet(io.BytesIO(contents[name]))).to_parquet(buffer, index=False)
        return contents | {name: buffer.getvalue()}

    return changed


def put(name: str, content: bytes) -> Callable[[Contents], Contents]:
    return lambda c: c | {name: content}


def without(name: str) -> Callable[[Contents], Contents]:
    return lambda c: {key: value for key, value in c.items() if key != name}


def first(tensors: dict[str, torch.Tensor]) -> str:
    return next(name for name, tensor in tensors.items() if tensor.ndim == 2)


def poison(value: float) -> Callable[[dict[str, torch.Tensor]], object]:
    return lambda tensors: tensors[first(tensors)].view(-1)[5:6].fill_(value)


def set_row(name: str, column: str, value: Any) -> Callable[[Contents], Contents]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        values = frame[column].to_numpy(copy=True)
        values[3] = value
        return frame.assign(**{column: values})

    return with_table(name, change)


def a_picture_with_a_tail(contents: Contents) -> Contents:
    name = next(name for name in contents if name.endswith(".png"))
    return contents | {name: contents[name] + b"<script>alert(1)</script>"}


def another_picture(contents: Contents) -> Contents:
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9), "blue").save(buffer, "PNG")
    return contents | {next(name for name in contents if name.endswith(".png")): buffer.getvalue()}


EVENTS, RANKS, LISTS = "dataset/interactions.parquet", "run/per_user.parquet", "run/lists.parquet"
MAP, USER_MAP = "run/map.parquet", "run/map_users.parquet"
SHOWN = "dataset/impressions.parquet"
