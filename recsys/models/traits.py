"""Known traits of users and items as codes that a model can embed: age in bands, texts as they are, 0 = unknown."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, UNKNOWN

AGE_BANDS = (0, 18, 25, 35, 45, 55, 65)  # lower bounds, in years
MAX_VALUES = 200  # of a trait: rarer values beyond these count as unknown


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
