"""Where the rows of a file went, from the tables between the steps of an import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.data.balance import Balance
from recsys.data.importing.event_types import EVENT
from recsys.data.interactions import ITEM, RATING, USER
from recsys.errors import DataError
from recsys.messages import message


@dataclass(frozen=True, eq=False)
class Steps:
    """The events after each step: `read`, of types that count, with ratings, without repeats, and filtered.

    Their index is that of `read`. `weights` are those of the types. `no_conflicts`: ratings of one item that differ were not
    merged but left out.
    """

    read: pd.DataFrame
    weights: Mapping[str, float] | None
    typed: pd.DataFrame
    rated: pd.DataFrame
    merged: pd.DataFrame
    kept: pd.DataFrame
    no_conflicts: bool = False


def balance_of(num_rows: int, steps: Steps, *, is_later: bool) -> Balance:
    """The balance of a file with `num_rows` rows; `is_later`: it is appended to events, whose `line` is 0."""
    is_there = in_earlier(steps.read) if is_later else None

    def count(frame: pd.DataFrame) -> int:
        """Rows of the file that no earlier event equals."""
        return len(frame) if is_there is None else int(((frame["line"] > 0) & ~is_there.loc[frame.index]).sum())

    num_there = 0 if is_there is None else int(is_there.sum())
    weightless = steps.read
    if steps.weights is not None:
        weightless = weightless[weightless[EVENT].map(steps.weights).to_numpy("float64") == 0]
    num_weightless = 0 if steps.weights is None else count(weightless)
    read, typed, rated, merged = map(count, (steps.read, steps.typed, steps.rated, steps.merged))
    num_conflicting = 0
    if steps.no_conflicts:
        num_conflicting = count(steps.rated[~steps.rated.duplicated([USER, ITEM, RATING])]) - merged
    left_out = num_rows - read - num_there + num_weightless + typed - rated + num_conflicting
    return Balance(
        rows=num_rows,
        left_out=left_out,
        repeats=read - num_weightless - typed + rated - merged - num_conflicting,
        filtered=merged - count(steps.kept),
        there=num_there,
        is_later=is_later,
    )


def in_earlier(rows: pd.DataFrame) -> pd.Series:
    """[num_rows] bool: rows of a later file that an earlier event equals in all columns; none where events have only a user and an
    item, for then repeats are events."""
    names = [name for name in rows.columns if name != "line"]
    is_later = (rows["line"] > 0).to_numpy()
    if set(names) <= {USER, ITEM}:
        return pd.Series(np.zeros(len(rows), dtype=bool), index=rows.index)
    hashes = pd.util.hash_pandas_object(rows[names], index=False).to_numpy()
    return pd.Series(is_later & np.isin(hashes, hashes[~is_later]), index=rows.index)


def check_adds_events(balance: Balance) -> None:
    """Raise DataError for a later file without a new event."""
    if balance.is_later and not balance.kept:
        raise DataError(message("Nothing new in this file. {balance}", balance=balance.in_words()))
