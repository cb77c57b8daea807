"""Known traits of users and items as codes that a model can embed: numbers in bands, texts as they are, 0 = unknown."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, GENDER, UNKNOWN, Dataset
from recsys.errors import SettingError

STANDARD = (AGE, GENDER)  # traits with a role: named for datasets that may lack them
AGE_BANDS = (0, 18, 25, 35, 45, 55, 65)  # lower bounds, in years
MAX_VALUES = 200  # of a trait: rarer values beyond these count as unknown
MAX_NUMBERS, NUM_BANDS = 32, 8  # more different numbers than this are parted into bands of about as many users


@dataclass(frozen=True, eq=False)
class Feature:
    """A known trait of users or items, as codes: `codes` [count + 1] int64, 0 = unknown; `values` names codes."""

    name: str
    codes: np.ndarray
    values: tuple[str, ...]


def age_feature(ages: pd.Series) -> Feature:
    years = pd.to_numeric(ages, errors="coerce").to_numpy("float64", na_value=np.nan)
    codes = np.where(np.isfinite(years), np.searchsorted(AGE_BANDS, np.nan_to_num(years), side="right"), 0)
    highs = [f"{low}-{high - 1}" for low, high in itertools.pairwise(AGE_BANDS)]
    return Feature(AGE, codes.astype(np.int64), (UNKNOWN, *highs, f"{AGE_BANDS[-1]}+"))


def named_feature(name: str, values: pd.Series) -> Feature:
    text = values.astype("str").fillna("").str.strip()
    text.iloc[0] = ""  # the row of no one
    frequent = text[text != ""].value_counts().sort_index().nlargest(MAX_VALUES, keep="first").index
    kept = sorted(frequent)
    codes = pd.Index(kept).get_indexer(pd.Index(text)) + 1
    return Feature(name, codes.astype(np.int64), (UNKNOWN, *kept))


def banded_feature(name: str, values: pd.Series) -> Feature:
    """Numbers in at most NUM_BANDS bands with about as many users in each."""
    numbers = _numbers(values)
    is_known = np.isfinite(numbers)
    edges = band_edges(numbers[is_known])
    codes = np.where(is_known, 1 + np.searchsorted(edges, np.nan_to_num(numbers), side="right"), 0)
    middle = [f"{low:g} to below {high:g}" for low, high in itertools.pairwise(edges)]
    return Feature(name, codes.astype(np.int64), (UNKNOWN, f"below {edges[0]:g}", *middle, f"{edges[-1]:g} or more"))


def band_edges(numbers: np.ndarray) -> np.ndarray:
    """The numbers from which on a higher band begins, at most NUM_BANDS - 1 of them, with about as many in each band."""
    shares = np.arange(1, NUM_BANDS) / NUM_BANDS
    return np.unique(np.quantile(numbers, shares, method="higher"))


def parse_names(text: str) -> tuple[str, ...]:
    """The columns that a setting names ("age, occupation"), each once, in the order they are named in."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def user_columns(dataset: Dataset) -> tuple[str, ...]:
    """Which columns of the users table can be features: age, gender and what else says more than who a user is."""
    users = dataset.users
    others = [str(name) for name in users if name not in STANDARD and parse_names(str(name)) == (name,)]
    return (*(name for name in STANDARD if name in users), *(name for name in others if _is_shared(users[name])))


def user_features_of(dataset: Dataset, names: Sequence[str]) -> tuple[Feature, ...]:
    """The named columns of the users table; age and gender are left out where the dataset lacks them.

    Raises SettingError for another column that it lacks, or that has another value for every user.
    """
    has = user_columns(dataset)
    for name in names:
        if name not in has and name not in STANDARD:
            fault = "says nothing that two users share" if name in dataset.users else "is not there"
            raise SettingError(
                f"Column {name!r} of the users {fault} in dataset {dataset.name!r}. It has: {', '.join(has) or 'none'}.",
                column="user_features",
            )
    return tuple(_user_feature(name, dataset.users[name]) for name in names if name in has)


def _is_shared(values: pd.Series) -> bool:
    """Whether some users have the same value: else the column is but another id."""
    values_known = values.astype("str").str.strip().iloc[1:]
    values_known = values_known[(values_known != "") & values.iloc[1:].notna()]
    return bool(values_known.duplicated().any())


def _user_feature(name: str, values: pd.Series) -> Feature:
    if name == AGE:
        return age_feature(values)
    text = values.astype("str").str.strip()
    values_known = text[(text != "") & values.notna()]
    if values_known.nunique() > MAX_NUMBERS and np.isfinite(_numbers(values_known)).all():
        return banded_feature(name, values)
    return named_feature(name, values)


def _numbers(values: pd.Series) -> np.ndarray:
    text = values.astype("str").str.strip().str.replace(",", ".", regex=False)
    return pd.to_numeric(text, errors="coerce").to_numpy("float64", na_value=np.nan)
