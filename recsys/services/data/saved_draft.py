"""Drafts of imports beside their files, so that a reload of the page or another language finds them again.

The folder of the files (upload.py) has its name as the draft's id. A session that opens a draft takes it over: the one that
had it before changes nothing any more.
"""

from __future__ import annotations

import orjson
from pydantic import BaseModel, ConfigDict

from recsys.data.files import read_json, write_json
from recsys.data.importing.faults import Fault, Kind
from recsys.data.importing.import_choices import Choices, FileChoices, Filters, Protection
from recsys.services.data import upload
from recsys.services.data.import_draft import ImportDraft, Step
from recsys.services.data.import_outcome import Outcome
from recsys.services.workspace import Workspace

FILE = "draft.json"


class SavedDraft(BaseModel):
    """The fields of an ImportDraft that are stored: all but the upload itself and what was wrong with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    step: Step
    mapping: dict[str, str]
    readings: dict[Kind, FileChoices]
    treatments: dict[str, str]
    protection: Protection
    weights: dict[str, dict[str, float]]
    filters: Filters
    fill: tuple[str, ...]
    num_applied: int
    base: Choices
    whole: Outcome | None
    faults: dict[str, Fault]
    name: str
    version: int
    tried: tuple[Choices, int] | None
    is_leaving: bool


def save(draft: ImportDraft) -> None:
    """Write what was decided beside the files where that has changed. Nothing is written to files that are gone or taken over."""
    path = draft.upload.path / FILE
    if not draft.upload.exists or not draft.upload.is_held:
        return
    saved = SavedDraft(**{name: getattr(draft, name) for name in SavedDraft.model_fields})
    content = orjson.loads(saved.model_dump_json())
    if not path.exists() or read_json(path) != content:
        write_json(path, content)


def reopen(workspace: Workspace, draft_id: str) -> ImportDraft | None:
    """Take over the draft of this id; None if this server has none."""
    files = upload.find(workspace, draft_id)
    if files is None or not (files.path / FILE).exists():
        return None
    saved = SavedDraft.model_validate_json((files.path / FILE).read_bytes())
    return ImportDraft(files, **{name: getattr(saved, name) for name in SavedDraft.model_fields})
