"""k-anonymity of user attributes: how large the groups of users are that agree in all of some columns.

A table is k-anonymous if each group has at least k users: Sweeney (2002), k-anonymity, International Journal of Uncertainty,
Fuzziness and Knowledge-Based Systems 10(5). An unknown value counts as a value of its own. Only attributes count here: what
events tell of users is in reidentification.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from recsys.data.dataset import UNKNOWN
from recsys.messages import Message, message, plural

K, SHOWN = 5, 10  # least size of a safe group by default, smallest groups that are listed


@dataclass(frozen=True)
class Group:
    """Users who agree: the value of each column, as text, and how many they are."""

    values: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class UserGroups:
    """Groups by `columns`, the smallest SHOWN of them. `num_exposed` of `num_users` are in groups smaller than `k`."""

    columns: tuple[str, ...]
    k: int
    num_users: int
    num_groups: int
    num_exposed: int
    smallest: tuple[Group, ...]

    @property
    def smallest_size(self) -> int:
        return self.smallest[0].size


def user_groups(users: pd.DataFrame, columns: Sequence[str] | None = None, k: int = K) -> UserGroups | None:
    """Groups of a users table (row 0 is empty) by some of its columns, all by default; None without a column or a user."""
    chosen = list(users.columns if columns is None else columns)
    if not chosen or len(users) < 2:
        return None
    rows = pd.DataFrame({name: _texts(users[name].iloc[1:]) for name in chosen})
    sizes = rows.groupby(chosen, sort=True).size().sort_values(kind="stable")
    smallest = [
        Group(tuple(map(str, values if isinstance(values, tuple) else (values,))), int(size))
        for values, size in sizes.head(SHOWN).items()
    ]
    return UserGroups(tuple(chosen), k, len(rows), len(sizes), int(sizes[sizes < k].sum()), tuple(smallest))


def _texts(values: pd.Series) -> pd.Series:
    """Values as text, numbers in their shortest form, "" where unknown."""
    if pd.api.types.is_numeric_dtype(values):
        return values.map(lambda value: f"{value:g}" if value == value else "").astype("str")
    return values.astype("str")


def headline(groups: UserGroups) -> Message:
    """How many users the columns expose, in a sentence."""
    columns = message(", ").join(groups.columns)
    if not groups.num_exposed:
        text = message("By {columns}, every user is in a group of at least {size:,} users.")
        return text.format(columns=columns, size=groups.smallest_size)
    return plural(
        "By {columns}, {n:,} of {users:,} users is in a group smaller than {k}.",
        "By {columns}, {n:,} of {users:,} users are in groups smaller than {k}.",
        groups.num_exposed, columns=columns, users=groups.num_users, k=groups.k,
    )  # fmt: skip


def shown_value(value: str) -> str:
    return value or UNKNOWN
