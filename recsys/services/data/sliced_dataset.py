"""The part of a dataset that a slice holds, for tables and charts. It has indices of its own and is not to train on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from recsys.data.dataset import Dataset
from recsys.data.interactions import ITEM, MIN_ITEMS, MIN_ROWS, MIN_USERS, USER, Interactions
from recsys.errors import DataError
from recsys.messages import message


def sliced_dataset(dataset: Dataset, users: np.ndarray, items: np.ndarray) -> Dataset:
    """The events of `users` [num_users + 1] with `items` [num_items + 1], bool masks; users without such an event are left out.

    Raises DataError if too little is left to be a dataset.
    """
    log = dataset.interactions
    events = users[log.users] & items[log.items]
    kept_users = users & (np.bincount(log.users[events], minlength=len(users)) > 0)
    kept_users[0] = True
    kept_items = items.copy()
    kept_items[0] = True
    if events.sum() < MIN_ROWS or kept_users.sum() <= MIN_USERS or kept_items.sum() <= MIN_ITEMS:
        raise DataError(
            message("The slice holds {rows:,} events, too few to describe. Remove a filter.", rows=int(events.sum()))
        )
    new_user, new_item = np.cumsum(kept_users) - 1, np.cumsum(kept_items) - 1
    part = Interactions(
        user_ids=log.user_ids[kept_users],
        item_ids=log.item_ids[kept_items],
        users=new_user[log.users[events]],
        items=new_item[log.items[events]],
        ratings=None if log.ratings is None else log.ratings[events],
        times=None if log.times is None else log.times[events],
    )
    return replace(
        dataset,
        interactions=part,
        items=dataset.items[kept_items].reset_index(drop=True),
        users=dataset.users[kept_users].reset_index(drop=True),
        images={int(new_item[item]): path for item, path in dataset.images.items() if kept_items[item]},
        impressions=_impressions(dataset.impressions, kept_users, kept_items, new_user, new_item),
    )


def _impressions(
    shown: pd.DataFrame | None, users: np.ndarray, items: np.ndarray, new_user: np.ndarray, new_item: np.ndarray
) -> pd.DataFrame | None:
    if shown is None:
        return None
    part = shown[users[shown[USER]] & items[shown[ITEM]]]
    if part.empty:
        return None
    return part.assign(**{USER: new_user[part[USER]], ITEM: new_item[part[ITEM]]}).reset_index(drop=True)
