"""What each bar of a score breakdown means, in a line."""

from __future__ import annotations

from recsys.explain.quantity import LOGIT, MARGIN
from recsys.messages import NO_TEXT, Message, message
from recsys.services.explain.causes import ID, source_kind
from recsys.services.explain.numbers import chance
from recsys.services.explain.score_breakdown import BreakdownReport

AVERAGE = message("Every candidate equally likely: a chance of {chance}.")
THIS = message("A chance of {chance}: the softmax of the scores of all candidates.")
POPULARITY = {
    MARGIN: message(
        "Without a history: above zero, the model prefers it to an average item for everyone; below, it does not."
    ),
    LOGIT: message("Log-odds of an average item for an unknown user."),
}
SCORE_ALONE = message("Its score without a history.")
NOTES = {
    "events": message("All past events that the model reads, together."),
    "user": message("What the model reads about the user, against an unknown user."),
    ID: message("What the model learnt from the users of the item, against an average item."),
}
PART = message("This part of the item, against an average item.")


def notes(breakdown: BreakdownReport) -> list[Message]:
    """A line for the start, for each of the sources, and for the item; "" where there is nothing to say."""
    of_sources = [_note(key, breakdown) for key in breakdown.keys]
    if not breakdown.start:
        return [NO_TEXT, *of_sources, NO_TEXT]
    ends = AVERAGE.format(chance=chance(breakdown.start)), THIS.format(chance=chance(breakdown.value))
    return [ends[0], *of_sources, ends[1]]


def _note(key: str, breakdown: BreakdownReport) -> Message:
    kind = source_kind(key)
    if kind == "popularity":
        return POPULARITY.get(breakdown.quantity, SCORE_ALONE)
    return NOTES.get(kind, PART)
