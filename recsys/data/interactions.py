"""Interactions of users with items, with optional times and ratings.

`Interactions` is validated once, on construction. It refuses fewer than `MIN_USERS` users, `MIN_ITEMS` items or
`MIN_ROWS` rows, ratings that are not finite, and empty ids.

Ids are the uploaded text. Indices are what tensors hold: users and items count from 1 in the order of their sorted
ids. Index 0 is reserved: `PAD` for items, `UNKNOWN_USER` for users.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.data.event_order import event_order, stable_order
from recsys.data.threads import in_threads
from recsys.data.whole_numbers import whole_numbers
from recsys.errors import DataError
from recsys.messages import message

USER, ITEM, RATING, TIME = "user_id", "item_id", "rating", "time"
PAD = 0
UNKNOWN_USER = 0
MIN_USERS, MIN_ITEMS, MIN_ROWS = 2, 2, 3
PLAIN_BELOW = 10**18  # ids of more digits are no plain whole numbers
EMPTY_ID = {
    "user": message("A user id is empty. Every row needs one."),
    "item": message("An item id is empty. Every row needs one."),
}


def sorted_ids(ids: pd.Series | np.ndarray | list[str]) -> np.ndarray:
    """Distinct ids in catalogue order: numeric if all are plain whole numbers, else alphabetical."""
    distinct = list(dict.fromkeys(map(str, np.asarray(ids, dtype=object).tolist())))
    return np.array(distinct, dtype=object)[_catalogue_order(distinct)]


def _catalogue_order(ids: list[str]) -> np.ndarray:
    """Positions of distinct ids in catalogue order."""
    numbers = whole_numbers(pa.array(ids, pa.large_string())) if "".join(ids).isascii() else None
    if numbers is None or (numbers >= PLAIN_BELOW).any():
        return np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.intp)
    return stable_order(numbers)


def _factorized(column: pd.Series, kind: str) -> tuple[np.ndarray, list[str]]:
    """Encode ids as codes; returns the code of each row and the distinct ids. Raises DataError if one is empty."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, distinct = column.cat.codes.to_numpy(), column.cat.categories.to_numpy(dtype=object)
        is_used = np.zeros(len(distinct) + 1, dtype=bool)
        is_used[codes] = True  # the last is for -1
        is_used = is_used[:-1]
        if not is_used.all():
            new_codes = np.where(is_used, np.cumsum(is_used) - 1, -1)
            codes, distinct = np.where(codes < 0, -1, new_codes[codes]), distinct[is_used]
    else:
        codes, distinct = pd.factorize(column.to_numpy(dtype=object))
    ids = list(map(str, distinct.tolist()))
    if (codes < 0).any() or "" in ids:
        raise DataError(EMPTY_ID[kind], column=str(column.name))
    return codes, ids


def _check_size(num_users: int, num_items: int, num_rows: int) -> None:
    if num_users < MIN_USERS:
        text = message("Found {count} users; at least {least} are needed to learn from.")
        raise DataError(text.format(count=num_users, least=MIN_USERS))
    if num_items < MIN_ITEMS:
        text = message("Found {count} items; at least {least} are needed to learn from.")
        raise DataError(text.format(count=num_items, least=MIN_ITEMS))
    if num_rows < MIN_ROWS:
        text = message("Found {count} rows; at least {least} are needed to learn from.")
        raise DataError(text.format(count=num_rows, least=MIN_ROWS))


def _indexed(column: pd.Series, kind: str, further_ids: list[str]) -> tuple[np.ndarray, np.ndarray, int]:
    """Index of each row, from 1, the sorted catalogue of the ids and further ones, and the number of distinct ids in the rows."""
    codes, ids = _factorized(column, kind)
    distinct = list(dict.fromkeys([*ids, *further_ids]))
    order = _catalogue_order(distinct)
    indices = np.empty(len(distinct), dtype=np.int64)
    indices[order] = np.arange(1, len(distinct) + 1)
    return indices[codes], np.array(distinct, dtype=object)[order], len(ids)


@dataclass(frozen=True, eq=False)
class Interactions:
    """The events of all users, sorted by user, time, then file order.

    `user_ids` [num_users + 1] and `item_ids` [num_items + 1] hold the text ids, "" at index 0.
    `users`, `items` [num_events] hold indices (int64); `ratings` (float32) and `times` (int64, seconds since 1970)
    are None if there are none. The catalogue may hold items without an event.
    """

    user_ids: np.ndarray
    item_ids: np.ndarray
    users: np.ndarray
    items: np.ndarray
    ratings: np.ndarray | None = None
    times: np.ndarray | None = None

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, catalogue_ids: list[str] | None = None) -> Interactions:
        """Build from rows in file order with columns USER, ITEM and optionally RATING and TIME.

        `catalogue_ids` adds items without an event, which may still be recommended. Raises DataError for too few users,
        items or rows, an empty id, or a rating that is not a finite number.
        """
        (users, user_ids, num_users), (items, item_ids, num_items) = in_threads(
            lambda of: _indexed(*of), ((frame[USER], "user", []), (frame[ITEM], "item", catalogue_ids or []))
        )
        ratings = frame[RATING].to_numpy("float32") if RATING in frame else None
        if ratings is not None and not np.isfinite(ratings).all():
            raise DataError(message("A rating is not a finite number. Every row needs one."), column=RATING)
        _check_size(num_users, num_items, len(frame))
        times = frame[TIME].to_numpy("int64") if TIME in frame else None
        order = event_order(users, times)  # ties keep file order
        columns = {"users": users, "items": items, "ratings": ratings, "times": times}
        given = {name: column for name, column in columns.items() if column is not None}
        ordered = in_threads(lambda column: column[order], given.values())
        return cls(
            user_ids=np.concatenate([[""], user_ids]).astype(object),
            item_ids=np.concatenate([[""], item_ids]).astype(object),
            **dict(zip(given, ordered, strict=True)),
        )

    def __len__(self) -> int:
        return len(self.users)

    @property
    def num_users(self) -> int:
        return len(self.user_ids) - 1

    @property
    def num_items(self) -> int:
        return len(self.item_ids) - 1

    @cached_property
    def offsets(self) -> np.ndarray:
        """[num_users + 2]: the events of user u are at offsets[u] : offsets[u + 1]."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.users, minlength=self.num_users + 1))])

    @cached_property
    def item_counts(self) -> np.ndarray:
        """[num_items + 1] number of events of each item; 0 at PAD."""
        return np.bincount(self.items, minlength=self.num_items + 1)

    @cached_property
    def has_repeats(self) -> bool:
        """Whether any user interacted twice with one item: seen items may then be recommended again."""
        return self.num_pairs < len(self)

    @cached_property
    def num_pairs(self) -> int:
        """Number of distinct (user, item) pairs."""
        pairs = np.sort(self.users * (self.num_items + 1) + self.items)  # ten times as fast as np.unique
        return int(np.count_nonzero(np.diff(pairs))) + 1

    @cached_property
    def user_index(self) -> dict[str, int]:
        return {user_id: index for index, user_id in enumerate(self.user_ids) if index}

    @cached_property
    def item_index(self) -> dict[str, int]:
        return {item_id: index for index, item_id in enumerate(self.item_ids) if index}

    def history(self, user: int) -> np.ndarray:
        """Item indices of a user's events, oldest first. A view: do not modify it."""
        return self.items[self.offsets[user] : self.offsets[user + 1]]

    def ratings_at(self, start: int, end: int) -> np.ndarray | None:
        """Ratings of the events from `start` to `end` (exclusive); None if there are none. A view."""
        return None if self.ratings is None else self.ratings[start:end]

    def ratings_of(self, user: int) -> np.ndarray | None:
        """Ratings of the events of `history(user)`."""
        return self.ratings_at(self.offsets[user], self.offsets[user + 1])

    def ratings_by(self, user: int, items: np.ndarray) -> np.ndarray | None:
        """[len(items)] float32: a user's newest rating of each of `items`, NaN if unrated.

        None if the interactions have no ratings.
        """
        ratings = self.ratings_of(user)
        if ratings is None:
            return None
        newest = dict(zip(self.history(user).tolist(), ratings.tolist(), strict=True))
        return np.array([newest.get(item, np.nan) for item in items.tolist()], dtype=np.float32)

    def keep(self, mask: np.ndarray) -> Interactions:
        """The events where `mask` [num_events] is true, with the same ids and indices."""
        return Interactions(
            user_ids=self.user_ids,
            item_ids=self.item_ids,
            users=self.users[mask],
            items=self.items[mask],
            ratings=None if self.ratings is None else self.ratings[mask],
            times=None if self.times is None else self.times[mask],
        )
