"""What is behind a point of a chart of an explanation: past events, the item, or the user.

A point has an id: "3 17" (positions of events in the history), "item", "category" or "user".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from recsys.data.dataset import CATEGORY, TEXT, TITLE
from recsys.explain import EventContribution, Explanation, FeatureContribution
from recsys.explain.questions.breakdown import EVENTS, USER_FEATURES
from recsys.models.inputs.fields import ITEM, USER, split_field
from recsys.models.inputs.tokens import tokenise
from recsys.services.data.tables import Table, items_table, users_table
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import item_filter, split_categories

Part = EventContribution | FeatureContribution


def id_of_events(positions: Iterable[int]) -> str:
    return " ".join(map(str, positions))


def id_of_part(part: Part, explanation: Explanation) -> str:
    """Id of the point of a contribution."""
    if isinstance(part, EventContribution):
        return id_of_events([part.position])
    return USER if part in explanation.features else id_of_source(part.feature, ())


def id_of_source(key: str, positions: Sequence[int]) -> str:
    """Id of the point of a source of the score breakdown; `positions` are the events that the model reads."""
    if key == EVENTS:
        return id_of_events(positions)
    table, column = split_field(key)
    if key == USER_FEATURES or table == USER:
        return USER
    return CATEGORY if CATEGORY in (key, column) else ITEM


def table(run: OpenRun, query: Query, item_id: str, point: str, effects: Mapping[int, float]) -> Table:
    """Past events (`event`, `item`, `title`, `effect` by position), items (`item`, `title`, `events`) or users (`user`)."""
    dataset = run.dataset
    log = dataset.interactions
    if point == USER:
        if query.user_id is None:  # a history without a user, whatever was told of its person
            return Table(pd.DataFrame({"user": []}), 0)
        return users_table(dataset, "", np.arange(len(log.user_ids)) == query.user)
    if point in (ITEM, CATEGORY):
        item = run.item(item_id)
        only: np.ndarray | None = np.arange(len(log.item_ids)) == item
        if point == CATEGORY:
            categories = split_categories(str(dataset.items[CATEGORY].iloc[item]))
            only = item_filter(dataset, categories) if categories else only
        return _items(run, only)
    positions = [int(position) for position in point.split()]
    events = pd.DataFrame(
        {
            "event": [position + 1 for position in positions],
            "item": [str(log.item_ids[query.history[position]]) for position in positions],
            TITLE: [dataset.title(int(query.history[position])) for position in positions],
            "effect": [effects.get(position) for position in positions],
        }
    )
    return Table(events, len(events))


def items_with_word(run: OpenRun, word: str) -> Table:
    """Items with the word in their title or text, most popular first: `item`, `title`, `events`."""
    items, wanted = run.dataset.items, {token.text for token in tokenise(word)}
    columns = [items[column].astype("str") for column in (TITLE, TEXT) if column in items]
    has_word = [
        any(wanted & {token.text for token in tokenise(text)} for text in texts) for texts in zip(*columns, strict=True)
    ]
    return _items(run, np.array([False, *has_word[1:]]))  # the first row is padding


def _items(run: OpenRun, only: np.ndarray | None) -> Table:
    items = items_table(run.dataset, "", only, pictures=False)
    return Table(items.rows[["item", TITLE, "events"]], items.total)
