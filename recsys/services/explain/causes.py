"""The strongest causes of a recommendation: past events, inputs, or sources of the score breakdown.

They agree with the headline: events or inputs where it names them, else the sources of the breakdown.
"""

from __future__ import annotations

from dataclasses import dataclass

from recsys.explain import EventContribution, FeatureContribution
from recsys.explain.questions.breakdown import EVENTS, POPULARITY, USER_FEATURES
from recsys.messages import message
from recsys.models.inputs.fields import ITEM, USER, split_field
from recsys.services.explain.explain_item import ItemExplanation, part_name
from recsys.services.explain.score_breakdown import BreakdownReport

STRONGEST = 3
EVENT, ID = "event", "id"
DOUBLES = message("An effect of 0.69 doubles the odds.")


@dataclass(frozen=True)
class Cause:
    """What raises the score by `value`.

    `item` is the item index of a past event, None for any other cause. `kind` is "event", "user", "events" for the
    history as a whole, "popularity", or a part of the item: "id", "text", "picture", "category" …
    """

    name: str
    value: float
    kind: str
    item: int | None = None


def strongest_causes(explained: ItemExplanation | None, breakdown: BreakdownReport, *, of_parts: bool) -> list[Cause]:
    """At most STRONGEST causes that raise the score, largest first.

    `of_parts`: the headline names events or inputs, whose contributions by exact removals are taken from `explained`,
    None for a model that recommends the same to everyone.
    """
    if of_parts and explained is not None:
        causes = [_of_part(explained, part) for part in (*explained.exact.contributions, *explained.exact.features)]
    else:
        names = [POPULARITY] * len(breakdown.sources)
        if explained is not None:
            names = [source.name for source in explained.breakdown.sources]
        causes = [
            Cause(text, value, source_kind(name))
            for (text, value), name in zip(breakdown.sources, names, strict=True)
        ]  # fmt: skip
    return sorted((cause for cause in causes if cause.value > 0), key=lambda cause: -cause.value)[:STRONGEST]


def _of_part(explained: ItemExplanation, part: EventContribution | FeatureContribution) -> Cause:
    name = part_name(part, explained.exact, explained.titles)
    if isinstance(part, EventContribution):
        return Cause(name, part.value, EVENT, part.item)
    return Cause(name, part.value, USER if part in explained.exact.features else source_kind(part.feature))


def source_kind(source: str) -> str:
    """The kind of a source of the breakdown or of an input of a pair model: "item.category" is "category"."""
    table, column = split_field(source)
    if source in (USER_FEATURES, EVENTS, POPULARITY):
        return USER if source == USER_FEATURES else source
    if column:
        return column if table == ITEM else USER
    return ID if table == ITEM else table
