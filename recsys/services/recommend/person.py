"""The user of a query in a few facts: events, mean rating, period, favourite categories."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from recsys.services.recommend.query import Query, history_events
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import split_categories

FAVOURITES = 3


@dataclass(frozen=True)
class PersonSummary:
    """`mean_rating` and `period` (first and last day) are None if unknown. `traits` is "" if unknown."""

    num_events: int
    mean_rating: float | None
    period: tuple[str, str] | None
    favourites: tuple[str, ...]
    traits: str


def person_summary(run: OpenRun, query: Query) -> PersonSummary:
    events = history_events(run, query)
    ratings = [event.rating for event in events if event.rating is not None and np.isfinite(event.rating)]
    days = [event.when for event in events if event.when]
    categories = Counter(part for event in events for part in split_categories(event.category))
    return PersonSummary(
        len(events),
        float(np.mean(ratings)) if ratings else None,
        (min(days), max(days)) if days else None,
        tuple(name for name, _ in categories.most_common(FAVOURITES)),
        query.traits,
    )
