"""Known traits of users and items as codes that a model can embed: age in bands, texts as they are, 0 = unknown."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, GENDER, UNKNOWN, Dataset
from recsys.models.base import Feature, Shape

AGE_BANDS = (0, 18, 25, 35, 45, 55, 65)  # lower bounds, in years
MAX_VALUES = 200  # of a trait: rarer values beyond these count as unknown


def shape_of(dataset: Dataset) -> Shape:
    """The shape of a model for this data set: age and gender of users, category of items, where there are any."""
    users, items = dataset.users, dataset.items
    user_features = [_age(users[AGE])] if AGE in users else []
    user_features += [_named(GENDER, users[GENDER])] if GENDER in users else []
    return Shape(
        num_users=dataset.interactions.num_users,
        num_items=dataset.interactions.num_items,
        user_features=tuple(user_features),
        item_features=(_named(CATEGORY, items[CATEGORY]),) if CATEGORY in items else (),
    )


def _age(ages: pd.Series) -> Feature:
    years = pd.to_numeric(ages, errors="coerce").to_numpy("float64", na_value=np.nan)
    codes = np.where(np.isfinite(years), np.searchsorted(AGE_BANDS, np.nan_to_num(years), side="right"), 0)
    highs = [f"{low}-{high - 1}" for low, high in itertools.pairwise(AGE_BANDS)]
    return Feature(AGE, codes.astype(np.int64), (UNKNOWN, *highs, f"{AGE_BANDS[-1]}+"))


def _named(name: str, values: pd.Series) -> Feature:
    text = values.astype("str").fillna("").str.strip()
    text.iloc[0] = ""  # the row of no one
    frequent = text[text != ""].value_counts().sort_index().nlargest(MAX_VALUES, keep="first").index
    kept = sorted(frequent)
    codes = pd.Index(kept).get_indexer(pd.Index(text)) + 1
    return Feature(name, codes.astype(np.int64), (UNKNOWN, *kept))
