"""What is behind a point of a chart of an explanation: past events, the item, or the user.

A point has an id: "3 17" (positions of events in the history), "item", "category" or "user".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from recsys.data.dataset import CATEGORY, TEXT, TITLE
from recsys.explain import EventContribution, Explanation, FeatureContribution
from recsys.explain.questions.breakdown import EVENTS, USER_FEATURES
from recsys.models.inputs.fields import ITEM, USER, split_field
from recsys.services.data.tables import items_table, users_table
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import item_filter

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


def rows(run: OpenRun, query: Query, item_id: str, point: str, effects: Mapping[int, float]) -> pd.DataFrame:
    """Past events (`event`, `item`, `title`, `effect` by position), items (`item`, `title`) or users (`user`)."""
    dataset = run.dataset
    log = dataset.interactions
    if point == USER:
        return (
            users_table(dataset, "", np.arange(len(log.user_ids)) == query.user).rows if query.user else pd.DataFrame()
        )
    if point in (ITEM, CATEGORY):
        item = log.item_index[item_id]
        only = np.arange(len(log.item_ids)) == item
        if point == CATEGORY:
            only = item_filter(dataset, [str(dataset.items[CATEGORY].iloc[item])])
        return items_table(dataset, "", only).rows[["item", TITLE, "events"]]
    positions = [int(position) for position in point.split()]
    return pd.DataFrame(
        {
            "event": [position + 1 for position in positions],
            "item": [str(log.item_ids[query.history[position]]) for position in positions],
            TITLE: [dataset.title(int(query.history[position])) for position in positions],
            "effect": [effects.get(position) for position in positions],
        }
    )


def items_with_word(run: OpenRun, word: str) -> pd.DataFrame:
    """Items with the word in their title or text, most popular first: `item`, `title`, `events`."""
    items = run.dataset.items
    texts = [items[column].astype("str") for column in (TITLE, TEXT) if column in items]
    has_word = np.logical_or.reduce(
        [text.str.contains(rf"(?i)(?<!\w){re.escape(word)}(?!\w)").to_numpy() for text in texts]
    )
    has_word[0] = False  # padding
    return items_table(run.dataset, "", has_word).rows[["item", TITLE, "events"]]
