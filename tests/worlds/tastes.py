"""A log with tastes: everyone likes items of one colour, which title, category and picture show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from recsys.data.dataset import Dataset
from recsys.data.interactions import ITEM, USER, Interactions

COLOURS = {"red": (200, 30, 30), "green": (30, 160, 40), "蓝": (20, 40, 200), "grey": (120, 120, 120)}
NUM_USERS, NUM_ITEMS, EVENTS = 120, 40, 8


def colour_of(item: int) -> str:
    """Of an item's index; index 40 has nothing to show."""
    return list(COLOURS)[item % 4]


def tastes(folder: Path) -> Dataset:
    """120 users, 40 items in four colours; the last item has no picture, no text and no price."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(4)
    rows = []
    for user in range(1, NUM_USERS + 1):
        liked = [item for item in range(1, NUM_ITEMS + 1) if item % 4 == user % 4]
        rows += [(f"u{user:03}", f"i{item:02}") for item in rng.permutation(liked)[:EVENTS]]
    log = Interactions.from_frame(pd.DataFrame(rows, columns=[USER, ITEM]))
    colours = [""] + [colour_of(item) for item in range(1, NUM_ITEMS + 1)]
    images = {}
    for item in range(1, NUM_ITEMS):
        images[item] = folder / f"{item:06d}.png"
        Image.new("RGB", (20, 30), COLOURS[colours[item]]).save(images[item])
    titles = ["", *(f"A {colour} thing" for colour in colours[1:])]
    prices = [np.nan, *(10.0 + 5 * (item % 4) for item in range(1, NUM_ITEMS)), np.nan]
    items = pd.DataFrame({"title": [*titles[:-1], log.item_ids[-1]], "category": [*colours[:-1], ""], "price": prices})
    return Dataset("tastes", "Tastes", log, items, pd.DataFrame(index=range(NUM_USERS + 1)), images)
