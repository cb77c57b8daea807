"""Requests to import files, with what the user chose."""

from __future__ import annotations

from typing import Any

from recsys.data.importing.import_choices import Choices
from recsys.data.importing.load import ImportRequest


def import_request(*files: Any, **options: Any) -> ImportRequest:
    """A request whose options may be fields of the request or of its choices."""
    chosen = {name: options.pop(name) for name in list(options) if name in Choices.model_fields}
    return ImportRequest(*files, choices=Choices(**chosen), **options)
