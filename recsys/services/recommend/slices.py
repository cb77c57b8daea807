"""Item filters: categories, also multi-valued ones such as "Crime|Drama", and items the user dislikes."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from recsys.data.dataset import CATEGORY, Dataset

SEPARATOR = "|"


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
