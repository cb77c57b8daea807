"""Slices: filters of users by gender, age band and activity, and of items by category.

An item may have several categories, as "Crime|Drama". Items that the user dislikes are filtered, too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from urllib.parse import parse_qsl, urlencode

import numpy as np

from recsys.data.dataset import CATEGORY, Dataset

SEPARATOR = "|"
ACTIVITY = {"low": (1, 10), "medium": (11, 50), "high": (51, np.inf)}  # number of events


@dataclass(frozen=True)
class Slice:
    """A filter of users; "" does not filter. Gender and age band are as in `recommend.popular`, activity in ACTIVITY."""

    gender: str = ""
    age: str = ""
    activity: str = ""

    def text(self) -> str:
        """Short form for links, e.g. "gender=F&activity=high"; "" where nothing is filtered."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    @classmethod
    def read(cls, text: str) -> Slice:
        """Read the short form; what is unknown is ignored."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in parse_qsl(text) if name in names})


def facets(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """Values to filter users by, by field of Slice; only fields that tell users apart."""
    from recsys.recommend.popular import age_bands, genders  # imports torch: Slice does without

    lengths = np.diff(dataset.interactions.offsets)[1:]
    active = tuple(name for name, (low, high) in ACTIVITY.items() if ((lengths >= low) & (lengths <= high)).any())
    found = {"gender": genders(dataset), "age": age_bands(dataset), "activity": active}
    return {name: values for name, values in found.items() if len(values) > 1}


def slice_users(dataset: Dataset, chosen: Slice) -> np.ndarray:
    """[num_users + 1] bool mask of the users in the slice; index 0 is False."""
    from recsys.recommend.popular import Person, users_like

    lengths = np.diff(dataset.interactions.offsets)
    mask_U = users_like(dataset, Person(chosen.gender, chosen.age)) & (np.arange(len(lengths)) > 0)
    if chosen.activity in ACTIVITY:
        low, high = ACTIVITY[chosen.activity]
        mask_U &= (lengths >= low) & (lengths <= high)
    return mask_U


def categories(dataset: Dataset) -> list[str]:
    """All single categories in alphabetical order."""
    if CATEGORY not in dataset.items:
        return []
    return sorted({part for text in set(dataset.items[CATEGORY].iloc[1:]) for part in split_categories(str(text))})


def split_categories(text: str) -> list[str]:
    """ "Crime|Drama" -> ["Crime", "Drama"]."""
    return [part.strip() for part in text.split(SEPARATOR) if part.strip()]


def item_filter(dataset: Dataset, chosen: Collection[str], disliked: Collection[int] = ()) -> np.ndarray | None:
    """[num_items + 1] bool mask of the items in one of the chosen categories that are not disliked (item indices).

    No chosen category allows all of them. None if every item is allowed.
    """
    if not chosen and not disliked:
        return None
    allowed_N = np.ones(len(dataset.items), dtype=bool)
    if chosen and CATEGORY in dataset.items:
        wanted, texts = set(chosen), dataset.items[CATEGORY].astype("str")
        matching = [text for text in texts.unique() if wanted.intersection(split_categories(text))]
        allowed_N &= texts.isin(matching).to_numpy()
    allowed_N[list(disliked)] = False
    return allowed_N
