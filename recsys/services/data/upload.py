"""Files of an import while the user decides about them: a scratch folder of the workspace.

files.json      the files, with their names as uploaded      request.json   the choices of the last try (import_job.py)
looks.json      columns and first rows of each file          outcome.json   how that try ended
owner.json      the server that received the files           ready/         the dataset, until it is kept
appends.json    the dataset that the files are appended to
draft.json      what the user has decided (saved_draft.py)
session.json    the session that decides, once another one has taken over

The files are uploaded once: a try with other choices reads them again. A dataset is kept by renaming its folder, so that it
is stored as a whole or not at all. Folders of a server that has ended are removed at the next start, others when they have
not been touched for an hour (`DatasetStore.sweep`).

The id of an upload is unguessable: a page's address carries it, so that a reload finds the files again. The session that opened
them last is the only one that changes them.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict

from recsys.data.files import read_json, sync_folder, write_json
from recsys.data.importing.faults import Kind
from recsys.data.importing.import_choices import Choices
from recsys.data.importing.load import ImportRequest
from recsys.data.keys import read_key
from recsys.data.provenance import mark_successor
from recsys.data.store import SCRATCH, DatasetStore
from recsys.errors import DataError, NotFoundError
from recsys.messages import message
from recsys.runs import jobs
from recsys.runs.store import RunFolder
from recsys.services.data.append import AppendRequest, import_request
from recsys.services.data.import_outcome import FileKind, FileLook, Outcome
from recsys.services.workspace import Workspace

PREFIX = SCRATCH + "upload."
ID = re.compile(r"[0-9a-f]{32}")
BLOCK = 1 << 20  # bytes of an upload that are in memory while it is copied


class StoredFile(BaseModel):
    """An uploaded file: its name as uploaded, where it lies in the folder, and its size in bytes."""

    model_config = ConfigDict(frozen=True)
    name: str
    path: str
    size: int


class Upload:
    """The files of an import that is being decided about, and its last try, as a session sees them."""

    def __init__(self, path: Path, session: str = "") -> None:
        self.path, self.session = path, session

    @property
    def id(self) -> str:
        return self.path.name.removeprefix(PREFIX)

    @property
    def folder(self) -> RunFolder:
        """The folder as jobs know it."""
        return RunFolder(self.path)

    @property
    def ready(self) -> DatasetStore:
        return DatasetStore(self.path / "ready")

    @property
    def exists(self) -> bool:
        return (self.path / "files.json").exists()

    @property
    def files(self) -> dict[FileKind, StoredFile]:
        return {kind: StoredFile.model_validate(file) for kind, file in read_json(self.path / "files.json").items()}

    def touch(self) -> None:
        """Keep the folder from being swept while somebody looks at it. Raises NotFoundError if it is gone or taken over."""
        self.require_held()
        try:
            os.utime(self.path)
        except FileNotFoundError as error:
            raise NotFoundError(message("The uploaded files are no longer here. Upload them again.")) from error

    @property
    def is_held(self) -> bool:
        """Whether no other session has taken the upload over."""
        path = self.path / "session.json"
        return not path.exists() or read_json(path)["session"] == self.session

    def require_held(self) -> None:
        """Raise NotFoundError where another session has taken the upload over."""
        if not self.is_held:
            raise NotFoundError(message("This import is open in another tab."))

    def add(self, kind: FileKind, name: str, content: BinaryIO | Path) -> None:
        """Take over an uploaded file, in place of an earlier one of its kind: one on this disk is moved, another is copied in blocks."""
        self.require_held()
        if kind in self.files:
            self.remove(kind)
        files = {**self.files, kind: StoredFile(name=name, path=f"{kind}{_ending(name)}", size=0)}
        target = self.path / files[kind].path
        try:
            if isinstance(content, Path):
                content.replace(target)
            else:
                with target.open("wb") as file:
                    shutil.copyfileobj(content, file, BLOCK)
        except OSError as error:
            target.unlink(missing_ok=True)
            text = message("Could not store the upload: {reason}. Free some space or choose another workspace.")
            raise DataError(text.format(reason=error.strerror)) from error
        files[kind] = files[kind].model_copy(update={"size": target.stat().st_size})
        self._write(files)

    def remove(self, kind: FileKind) -> None:
        """Delete a file, unless another session has taken the upload over."""
        if not self.is_held:
            return
        files = self.files
        (self.path / files.pop(kind).path).unlink(missing_ok=True)
        self._write(files)
        looks = {other: look.model_dump() for other, look in self.looks.items() if other != kind}
        write_json(self.path / "looks.json", looks)

    def _write(self, files: dict[FileKind, StoredFile]) -> None:
        write_json(self.path / "files.json", {kind: file.model_dump() for kind, file in files.items()})

    def request(self, choices: Choices) -> ImportRequest:
        paths = {kind: self.path / file.path for kind, file in self.files.items()}
        if self.appends is not None:
            later = AppendRequest(
                self.appends, paths["interactions"], items=paths.get("items"), users=paths.get("users"),
                images=paths.get("images"), impressions=paths.get("impressions"),
            )  # fmt: skip
            return replace(import_request(DatasetStore(self.path.parent), later, choices), asks=True)
        name = Path(self.files["interactions"].name).stem
        return ImportRequest(
            paths["interactions"], items=paths.get("items"), users=paths.get("users"), images=paths.get("images"),
            impressions=paths.get("impressions"), name=name, choices=choices, asks=True,
        )  # fmt: skip

    @cached_property
    def appends(self) -> str | None:
        """Id of the dataset that the files are appended to; None where they become one of their own."""
        path = self.path / "appends.json"
        return str(read_json(path)["dataset_id"]) if path.exists() else None

    @property
    def looks(self) -> dict[Kind, FileLook]:
        """What was seen of the files by the last try; empty before that."""
        path = self.path / "looks.json"
        if not path.exists():
            return {}
        return {kind: FileLook.model_validate(look) for kind, look in read_json(path).items()}

    @property
    def outcome(self) -> Outcome | None:
        """How the last try ended; None before that."""
        path = self.path / "outcome.json"
        return Outcome.model_validate(read_json(path)) if path.exists() else None

    def give_up(self) -> None:
        """Remove the folder, unless another session has taken it over."""
        if self.is_held:
            self.discard()

    def discard(self) -> None:
        """End a try that is under way, and remove the folder."""
        jobs.stop(self.folder, at_once=True, kind=jobs.IMPORT)
        shutil.rmtree(self.path, ignore_errors=True)


def _ending(name: str) -> str:
    """The ending of a file's name, which says how to read it."""
    return re.sub(r"[^\w.]", "", "".join(Path(name).suffixes[-2:]), flags=re.ASCII)[-12:]


def begin(workspace: Workspace, appends: str | None = None) -> Upload:
    """An upload without files; those of servers that have ended are removed. `appends`: the dataset that they are added to."""
    root = workspace.datasets.root
    root.mkdir(parents=True, exist_ok=True)
    sweep(workspace)
    new = Upload(Path(tempfile.mkdtemp(prefix=SCRATCH, dir=root)))
    jobs.note_process(new.folder, os.getpid(), jobs.OWNER)
    write_json(new.path / "files.json", {})
    if appends is not None:
        write_json(new.path / "appends.json", {"dataset_id": appends})
    # Named last: another server removes uploads that have no owner.
    return Upload(new.path.rename(root / f"{PREFIX}{secrets.token_hex(16)}"))


def find(workspace: Workspace, upload_id: str) -> Upload | None:
    """The upload of this server with this id, taken over from the session that had it; None if there is none."""
    if not ID.fullmatch(upload_id):  # before it becomes part of a path
        return None
    path = workspace.datasets.root / f"{PREFIX}{upload_id}"
    if not jobs.is_running(RunFolder(path), jobs.OWNER) or read_json(path / jobs.OWNER.process)["pid"] != os.getpid():
        return None
    upload = Upload(path, secrets.token_hex(16))
    write_json(path / "session.json", {"session": upload.session})
    return upload


def sweep(workspace: Workspace) -> None:
    """Remove the uploads of servers of this host that have ended, with their tries; others are left to their age."""
    for path in workspace.datasets.root.glob(f"{PREFIX}*"):
        upload = Upload(path)
        if not jobs.is_running(upload.folder, jobs.OWNER) and not jobs.noted_host(upload.folder, jobs.OWNER):
            upload.discard()


def keep(workspace: Workspace, upload: Upload, name: str) -> str:
    """Store the dataset of the last try under a name, and remove the upload. Returns the dataset's id.

    Content that is already stored keeps its name and date.
    """
    upload.require_held()
    outcome = upload.outcome
    if outcome is None or outcome.summary is None:
        raise DataError(message("There is no checked dataset to store. Check the files again."))
    made = outcome.summary
    whole, target = upload.ready.folder(made.dataset_id), workspace.datasets.folder(made.dataset_id)
    shown = {"name": name.strip() or made.name, "created": datetime.now(UTC).isoformat(timespec="milliseconds")}
    write_json(whole / "dataset.json", made.model_copy(update=shown).model_dump(mode="json"))
    try:
        if upload.ready.keys.has(made.dataset_id):  # first, as in DatasetStore.add
            workspace.datasets.keys.write(made.dataset_id, read_key(upload.ready.keys.path(made.dataset_id)))
        if not (target / "dataset.json").exists():
            shutil.rmtree(target, ignore_errors=True)  # what a killed deletion has left
            whole.replace(target)
            sync_folder(target.parent)
    except OSError as error:
        text = message("Could not store the dataset: {reason}. Free some space or choose another workspace.")
        raise DataError(text.format(reason=error.strerror)) from error
    if upload.appends is not None and (earlier := workspace.datasets.folder(upload.appends)).exists():
        mark_successor(earlier, made.dataset_id)
    upload.discard()
    return made.dataset_id
