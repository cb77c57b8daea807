"""Large uploads as they arrive, each a file in a scratch folder of the workspace, until somebody takes it.

A server that receives one hands on a short text in its place, the receipt. Folders that nobody took are removed after an hour
(`DatasetStore.sweep`).
"""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path

from recsys.data.store import SCRATCH
from recsys.services.workspace import Workspace

PREFIX = SCRATCH + "received."
RECEIPT = re.compile(rb"recscope-received:([0-9a-f]{32})")


def begin(workspace: Workspace) -> tuple[Path, bytes]:
    """(path of a file to write an upload to, its receipt). Nobody can guess a receipt."""
    token = secrets.token_hex(16)
    path = _path(workspace, token)
    path.parent.mkdir(parents=True)
    return path, b"recscope-received:" + token.encode()


def file_of(workspace: Workspace, content: bytes) -> Path | None:
    """The file that a receipt stands for; None for any other content."""
    match = RECEIPT.fullmatch(content)
    return _path(workspace, match[1].decode()) if match else None


def discard(path: Path) -> None:
    """Remove a file that was received, or what is left after it was moved away."""
    shutil.rmtree(path.parent, ignore_errors=True)


def _path(workspace: Workspace, token: str) -> Path:
    return workspace.datasets.root / f"{PREFIX}{token}" / "file"
