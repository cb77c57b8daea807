"""Filters of events that the user chooses: period, ratings, a sample of users, least numbers of events, k-core.

They are applied in this order, after all faults are treated. Each is reported with rows, users and items before and after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.importing.import_choices import Filters
from recsys.data.interactions import ITEM, RATING, TIME, USER
from recsys.errors import DataError
from recsys.messages import Message, message

Step = tuple[str, Message, Callable[[pd.DataFrame], np.ndarray]]
EFFECT = message(
    "{name}: kept {rows_after:,} of {rows:,} events, {users_after:,} of {users:,} users and {items_after:,} of {items:,} items."
)
OF_USERS = message("Users with at least {least} events, counted after repeats were merged")
DAY = timedelta(days=1)


def filtered(frame: pd.DataFrame, filters: Filters, repairs: list[Repair]) -> pd.DataFrame:
    """The events that all filters keep. `frame` has the columns USER, ITEM and optionally RATING and TIME.

    Raises DataError for a filter whose column the events lack, and where a filter keeps nothing.
    """
    for kind, name, kept_by in _steps(frame, filters):
        kept = frame[kept_by(frame)]
        sentence = EFFECT.format(
            name=name,
            rows=len(frame), users=frame[USER].nunique(), items=frame[ITEM].nunique(),
            rows_after=len(kept), users_after=kept[USER].nunique(), items_after=kept[ITEM].nunique(),
        )  # fmt: skip
        if not len(kept):
            text = message("{effect} Nothing is left: choose a weaker filter.")
            raise DataError(text.format(effect=sentence), column=kind)
        repairs.append(Repair(kind=kind, message=sentence, count=len(frame) - len(kept)))
        frame = kept
    return frame


def _steps(frame: pd.DataFrame, filters: Filters) -> list[Step]:
    """(kind, name, function that gives the [num_rows] mask of kept rows) of each chosen filter."""
    steps: list[Step] = []
    if filters.since is not None or filters.until is not None:
        if TIME not in frame:
            raise DataError(message("A period was chosen, and the events have no times."), column="filter_period")
        steps.append(("filter_period", message("Period"), lambda rows: in_period(rows[TIME], filters)))
    if filters.least_rating is not None:
        if RATING not in frame:
            raise DataError(
                message("A least rating was chosen, and the events have no ratings."), column="filter_rating"
            )
        name = message("Ratings of at least {rating:g}", rating=filters.least_rating)
        steps.append(("filter_rating", name, lambda rows: rows[RATING].to_numpy() >= np.float32(filters.least_rating)))
    if filters.sample < 1:
        name = message("Sample of users ({share:g} of them, seed {seed})", share=filters.sample, seed=filters.seed)
        steps.append(("filter_sample", name, lambda rows: in_sample(rows[USER], filters.sample, filters.seed)))
    if filters.least_events > 1:
        name = OF_USERS.format(least=filters.least_events)
        steps.append(("filter_events", name, lambda rows: _counts(rows[USER]) >= filters.least_events))
    if filters.user_core > 1 or filters.item_core > 1:
        name = _core_name(filters.user_core, filters.item_core)
        steps.append(
            ("filter_core", name, lambda rows: in_core(rows[USER], rows[ITEM], filters.user_core, filters.item_core))
        )
    return steps


def _core_name(users: int, items: int) -> Message:
    """The name of a core; only with both numbers it is about users and items."""
    if items <= 1:
        return OF_USERS.format(least=users)
    if users <= 1:
        return message("Items with at least {least} events, counted after repeats were merged", least=items)
    return message(
        "Core with at least {users} events of each user and {items} of each item, counted after repeats were merged",
        users=users, items=items,
    )  # fmt: skip


def in_period(times: pd.Series, filters: Filters) -> np.ndarray:
    """[num_rows] bool: times from `since` to `until`, both included; a date without a time is the whole day, in UTC."""
    is_kept = np.ones(len(times), dtype=bool)
    if filters.since is not None:
        is_kept &= times.to_numpy() >= _seconds(filters.since)
    if filters.until is not None:
        is_day = not isinstance(filters.until, datetime)
        is_kept &= times.to_numpy() < _seconds(filters.until + DAY if is_day else filters.until) + (0 if is_day else 1)
    return is_kept


def _seconds(moment: date) -> int:
    """Seconds since 1970; without a time zone in UTC."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def in_sample(users: pd.Series, share: float, seed: int) -> np.ndarray:
    """[num_rows] bool: rows of a share of the users, at least one, drawn by a hash of seed and id.

    The draw does not depend on the order of the rows, and a smaller share is a part of a larger one.
    """
    codes, ids = pd.factorize(users)
    draws = [hashlib.blake2b(f"{seed}\0{user}".encode(), digest_size=8).digest() for user in ids]
    count = max(1, round(share * len(ids)))
    is_drawn = np.zeros(len(ids), dtype=bool)
    is_drawn[sorted(range(len(ids)), key=draws.__getitem__)[:count]] = True
    return is_drawn[codes]


def in_core(users: pd.Series, items: pd.Series, least_of_user: int, least_of_item: int) -> np.ndarray:
    """[num_rows] bool: the largest part in which each user and each item has the least number of events (k-core)."""
    user_codes, item_codes = pd.factorize(users)[0], pd.factorize(items)[0]
    is_kept = np.ones(len(user_codes), dtype=bool)
    while True:
        enough_of_user = np.bincount(user_codes[is_kept], minlength=1) >= least_of_user
        enough_of_item = np.bincount(item_codes[is_kept], minlength=1) >= least_of_item
        kept = is_kept.copy()
        kept[is_kept] = enough_of_user[user_codes[is_kept]] & enough_of_item[item_codes[is_kept]]
        if (kept == is_kept).all():
            return kept
        is_kept = kept


def _counts(values: pd.Series) -> np.ndarray:
    """[num_rows] number of rows with the row's value."""
    codes, _ = pd.factorize(values)
    return np.bincount(codes, minlength=1)[codes]
