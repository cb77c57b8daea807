"""Names and values of a model's settings in the language of the session."""

from __future__ import annotations

from recsys.services.models.setting_names import LABELS, WORDS
from recsys.ui.shell.language import localized


def setting_name(name: str) -> str:
    """The label of a setting; a name that is no setting is shown as it is."""
    return localized(LABELS.get(name, name))


def setting_value(value: object) -> str:
    """A value as text; a setting that names no column is "none"."""
    return localized(WORDS.get(value, value)) if isinstance(value, str) else str(value)
