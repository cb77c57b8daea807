"""User and item features as codes for embeddings: numbers in bands, texts as categories, 0 = unknown."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, AGE_BANDS, GENDER, UNKNOWN, Dataset
from recsys.data.importing.decimal_marks import plain_numbers
from recsys.errors import SettingError
from recsys.messages import message

STANDARD = (AGE, GENDER)  # features with a mapped column; datasets may lack them
MAX_VALUES = 200  # most frequent values of a feature; the rest count as unknown
MAX_NUMBERS, NUM_BANDS = 32, 8  # more distinct numbers are grouped in bands with about equally many users


@dataclass(frozen=True, eq=False)
class Feature:
    """A user or item feature: `codes` [count + 1] int64, 0 = unknown; `values` names the codes."""

    name: str
    codes: np.ndarray
    values: tuple[str, ...]


def age_feature(ages: pd.Series) -> Feature:
    years = pd.to_numeric(ages, errors="coerce").to_numpy("float64", na_value=np.nan)
    codes = np.where(np.isfinite(years), np.searchsorted(AGE_BANDS, np.nan_to_num(years), side="right"), 0)
    bands = [f"{low}-{high - 1}" for low, high in itertools.pairwise(AGE_BANDS)]
    return Feature(AGE, codes.astype(np.int64), (UNKNOWN, *bands, f"{AGE_BANDS[-1]}+"))


def named_feature(name: str, values: pd.Series) -> Feature:
    texts = values.astype("str").fillna("").str.strip()
    texts.iloc[0] = ""  # row 0: unknown user or PAD
    frequent = texts[texts != ""].value_counts().sort_index().nlargest(MAX_VALUES, keep="first").index
    categories = sorted(frequent)
    codes = pd.Index(categories).get_indexer(pd.Index(texts)) + 1
    return Feature(name, codes.astype(np.int64), (UNKNOWN, *categories))


def banded_feature(name: str, values: pd.Series) -> Feature:
    """Encode numbers in at most NUM_BANDS bands with about equally many users."""
    numbers = _numbers(values)
    is_known = np.isfinite(numbers)
    edges = band_edges(numbers[is_known])
    codes = np.where(is_known, 1 + np.searchsorted(edges, np.nan_to_num(numbers), side="right"), 0)
    middle = [message("{low:g} to below {high:g}", low=low, high=high) for low, high in itertools.pairwise(edges)]
    return Feature(
        name,
        codes.astype(np.int64),
        (UNKNOWN, message("below {edge:g}", edge=edges[0]), *middle, message("{edge:g} or more", edge=edges[-1])),
    )


def band_edges(numbers: np.ndarray) -> np.ndarray:
    """Lower bounds of all bands but the first, at most NUM_BANDS - 1, with about equally many numbers per band."""
    shares = np.arange(1, NUM_BANDS) / NUM_BANDS
    return np.unique(np.quantile(numbers, shares, method="higher"))


def parse_names(text: str) -> tuple[str, ...]:
    """Parse a setting such as "age, occupation" to distinct column names, in their order."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def user_columns(dataset: Dataset) -> tuple[str, ...]:
    """List the columns of the users table that can be features: age, gender and columns with shared values."""
    users = dataset.users
    other_columns = [str(name) for name in users if name not in STANDARD and parse_names(str(name)) == (name,)]
    return (*(name for name in STANDARD if name in users), *(name for name in other_columns if is_shared(users[name])))


def user_features_of(dataset: Dataset, names: Sequence[str]) -> tuple[Feature, ...]:
    """Encode the named columns of the users table. Age and gender are skipped if the dataset lacks them.

    Raises SettingError for any other missing column, and for a column whose values are all different.
    """
    available = user_columns(dataset)
    for name in names:
        if name not in available and name not in STANDARD:
            unshared = message(
                "No two users share a value of column {name!r} in dataset {dataset!r}. Columns with shared values: {columns}."
            )
            missing = message("There is no column {name!r} of users in dataset {dataset!r}. Available: {columns}.")
            raise SettingError(
                (unshared if name in dataset.users else missing).format(
                    name=name, dataset=dataset.name, columns=", ".join(available) or message("none")
                ),
                column="user_features",
            )
    return tuple(column_feature(name, dataset.users[name]) for name in names if name in available)


def is_shared(values: pd.Series) -> bool:
    """Whether some users share a value; otherwise the column is just another id."""
    known_values = values.astype("str").str.strip().iloc[1:]
    known_values = known_values[(known_values != "") & values.iloc[1:].notna()]
    return bool(known_values.duplicated().any())


def column_feature(name: str, values: pd.Series, max_numbers: int = MAX_NUMBERS) -> Feature:
    """Encode a column: ages in AGE_BANDS, more than `max_numbers` distinct numbers in bands, anything else by value."""
    if name == AGE:
        return age_feature(values)
    texts = values.astype("str").str.strip()
    known_values = texts[(texts != "") & values.notna()]
    if known_values.nunique() > max_numbers and np.isfinite(_numbers(known_values)).all():
        return banded_feature(name, values)
    return named_feature(name, values)


def _numbers(values: pd.Series) -> np.ndarray:
    texts = plain_numbers(values.astype("str").str.strip().tolist()).texts
    return pd.to_numeric(pd.Series(texts, dtype="str"), errors="coerce").to_numpy("float64", na_value=np.nan)
