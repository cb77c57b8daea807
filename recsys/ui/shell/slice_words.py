"""Facets and values of slices as people read them, in the session's language. Not escaped: `plain` does that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from recsys.data.dataset import AGE, CATEGORY, GENDER, PRICE
from recsys.evaluation.segments import ITEM_SEGMENTS
from recsys.messages import Message, message, plural
from recsys.services.data.value_names import gender_names, range_name
from recsys.services.workspace.slices import (
    ACTIVITY,
    ACTIVITY_LEVELS,
    ITEM_COLUMN,
    ITEM_IDS,
    LAST,
    POPULARITY,
    RANGE,
    RANK,
    USER_COLUMN,
    USER_IDS,
    number_text,
    read_range,
)
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import comma_list

NAMES = {
    GENDER: message("Gender"), AGE: message("Age"), ACTIVITY: message("Activity"), LAST: message("Last event"),
    CATEGORY: message("Category"), PRICE: message("Price"), POPULARITY: message("Popularity"),
    RANK: message("Rank of the held-out item"), USER_IDS: message("Picked users"), ITEM_IDS: message("Picked items"),
}  # fmt: skip
PICKED = {
    USER_IDS: plural("{n:,} picked user", "{n:,} picked users", 0),
    ITEM_IDS: plural("{n:,} picked item", "{n:,} picked items", 0),
}
AT_MOST, AT_LEAST, BETWEEN = message("up to {high}"), message("{low} or more"), message("{low}–{high}")
MOST_EVENTS, LEAST_EVENTS = message("up to {high} events"), message("{low} events or more")
EVENTS = message("{low}–{high} events")
UNTIL, SINCE, SPAN = message("until {high}"), message("since {low}"), message("{low} to {high}")
SEGMENTS = {str(name): name for name in ITEM_SEGMENTS}


def facet_name(facet: str) -> str:
    """The name of a facet; that of another column is the file's."""
    if facet in NAMES:
        return tr(NAMES[facet])
    return facet.removeprefix(USER_COLUMN).removeprefix(ITEM_COLUMN)


def value_name(facet: str, value: str, genders: Sequence[str] = (), sizes: Mapping[str, int] | None = None) -> str:
    """A value of a facet. `genders`: all of the dataset. `sizes`: number of ids by name of a picked set."""
    if facet in PICKED:
        return tr(PICKED[facet].format(n=(sizes or {}).get(value, 0)))
    if facet == GENDER:
        return tr(gender_names([*genders, value]).get(value, value))
    if facet == POPULARITY:
        return tr(SEGMENTS.get(value, value))
    if facet == LAST:
        return _period(value)
    ends = ACTIVITY_LEVELS.get(value) if facet == ACTIVITY else None
    ends = ends or (read_range(value) if RANGE in value else None)
    if ends is None:
        return range_name(value)
    return _range(*ends, *((MOST_EVENTS, LEAST_EVENTS, EVENTS) if facet == ACTIVITY else (AT_MOST, AT_LEAST, BETWEEN)))


def condition_name(
    facet: str, values: Sequence[str], genders: Sequence[str] = (), sizes: Mapping[str, int] | None = None
) -> str:
    """ "Gender: female, male"."""
    names = comma_list(value_name(facet, value, genders, sizes) for value in values)
    return names if facet in PICKED else tr("{facet}: {values}", facet=facet_name(facet), values=names)


def _range(low: float, high: float, most: Message, least: Message, between: Message) -> str:
    if low == high:
        return number_text(low)
    if not np.isfinite(high):
        return tr(least.format(low=number_text(low)))
    if not np.isfinite(low) or (low == 1 and between is EVENTS):
        return tr(most.format(high=number_text(high)))
    if low < 0:
        between = SPAN  # a dash would look like another sign
    return tr(between.format(low=number_text(low), high=number_text(high)))


def _period(value: str) -> str:
    low, has_range, high = value.partition(RANGE)
    if not has_range:
        return value
    template = SPAN if low and high else SINCE if low else UNTIL
    return tr(template.format(low=low, high=high))
