"""Drafts of imports whose tries are over as soon as they have begun."""

from __future__ import annotations

import io

import pytest

from recsys.data.files import write_json
from recsys.data.importing.import_choices import Choices
from recsys.services.data import import_job
from recsys.services.data.import_draft import ImportDraft
from recsys.services.data.upload import Upload


def try_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tries run in this process."""

    def start(upload: Upload, choices: Choices) -> None:
        (upload.path / "outcome.json").unlink(missing_ok=True)
        write_json(upload.path / "request.json", choices.model_dump(mode="json"))
        import_job.run(upload)

    monkeypatch.setattr(import_job, "start", start)


def add(draft: ImportDraft, content: str, kind: str = "interactions") -> ImportDraft:
    """The draft with one more file, checked."""
    draft.add(kind, f"{kind}.csv", io.BytesIO(content.encode()))  # type: ignore[arg-type]
    draft.follow()
    return draft
