"""What of a text a catalogue cannot reach: parts and values with letters that are no messages."""

from __future__ import annotations

import re

from recsys.messages import PSEUDO, Message, translated

BRACKETED = re.compile("⟦[^⟦⟧]*⟧")


def outside(text: str) -> str:
    """The letters outside the brackets of the pseudo-language."""
    shown = translated(text, PSEUDO)
    while BRACKETED.search(shown):
        shown = BRACKETED.sub("", shown)
    return "".join(character for character in shown if character.isalpha())


def untranslated(text: object) -> set[str]:
    """Values and parts with letters that stay as they are in every language."""
    if isinstance(text, Message):
        inner = text.values.values() if text.parts is None else text.parts
        return set().union(*map(untranslated, inner))
    return {text} if isinstance(text, str) and any(character.isalpha() for character in text) else set()
