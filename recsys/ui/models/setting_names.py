"""Names and values of a model's settings as people know them: the labels of the Train page."""

from __future__ import annotations

from recsys.messages import message
from recsys.ui.shell.language import localized

WORDS = {"": message("none"), "on": message("on"), "off": message("off")}


def setting_name(name: str) -> str:
    """The label of a setting; a name that is no setting is shown as it is."""
    from recsys.ui.train.settings import LABELS  # with torch: the leaderboard does without

    return localized(LABELS.get(name, name))


def setting_value(value: object) -> str:
    """A value as text; a setting that names no column is "none"."""
    return localized(WORDS.get(value, value)) if isinstance(value, str) else str(value)
