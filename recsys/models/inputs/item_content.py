"""Item content as arrays: text, picture, category, price. Row 0 is PAD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from recsys.data.dataset import CATEGORY, PRICE, TEXT, TITLE, Dataset
from recsys.errors import SettingError
from recsys.messages import message
from recsys.models.inputs.tokens import Vocabulary
from recsys.models.inputs.traits import Feature, named_feature

PICTURE = "picture"
COLUMNS = (TITLE, TEXT, CATEGORY, PRICE, PICTURE)
SIDE = 64  # pixels
JOINT = ". "  # between title and text


def parse_columns(text: str) -> tuple[str, ...]:
    """Parse a content setting such as "title, picture" to columns in the order of COLUMNS. Raises ValueError."""
    named = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in named if name not in COLUMNS]:
        raise ValueError(
            message("there is no content {name!r}; choose from {columns}", name=unknown[0], columns=", ".join(COLUMNS))
        )
    return tuple(column for column in COLUMNS if column in named)


def content_columns(dataset: Dataset) -> tuple[str, ...]:
    """List the content columns of a dataset. Titles that only repeat the item ids do not count."""
    items = dataset.items
    columns = {column for column in (TEXT, CATEGORY, PRICE) if column in items}
    if (items[TITLE].to_numpy()[1:] != dataset.interactions.item_ids[1:]).any():
        columns.add(TITLE)
    return tuple(column for column in COLUMNS if column in columns or (column == PICTURE and dataset.images))


@dataclass(frozen=True, eq=False)
class Content:
    """Content of the catalogue: `texts` [N] joins title and text; `prices` [N] float, NaN where unknown."""

    columns: tuple[str, ...]
    texts: tuple[str, ...] = ()
    category: Feature | None = None
    prices: np.ndarray | None = None
    picture_files: dict[int, Path] | None = None
    num_items: int = 0

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary.of(self.texts)

    @cached_property
    def tokens_NT(self) -> Tensor:
        return torch.from_numpy(self.vocabulary.encode(self.texts))

    @cached_property
    def pictures_N3SS(self) -> Tensor:
        """[N, 3, SIDE, SIDE] uint8; all zero for items without a picture."""
        pictures = np.zeros((self.num_items + 1, 3, SIDE, SIDE), dtype=np.uint8)
        for item, file in (self.picture_files or {}).items():
            pictures[item] = read_file(file)
        return torch.from_numpy(pictures)

    def picture(self, item: int) -> np.ndarray | None:
        """Read the picture of an item, [3, SIDE, SIDE] uint8; None if it has none."""
        file = (self.picture_files or {}).get(item)
        return None if file is None else read_file(file)


def read_file(file: Path) -> np.ndarray:
    """Read a PNG file, resized to [3, SIDE, SIDE] uint8."""
    with Image.open(file, formats=["PNG"]) as picture:
        return read_picture(picture)


def read_picture(picture: Image.Image) -> np.ndarray:
    """Convert a picture to RGB, resized to [3, SIDE, SIDE] uint8."""
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(small).transpose(2, 0, 1)


def content_of(dataset: Dataset, columns: Sequence[str]) -> Content | None:
    """Read the named content columns; None if none is named. Raises SettingError if the dataset lacks one."""
    if not columns:
        return None
    available = content_columns(dataset)
    if missing := [column for column in columns if column not in available]:
        text = message("Dataset {dataset!r} has no {column} of its items. It has: {columns}.")
        if not available:
            text = message("Dataset {dataset!r} has no {column} of its items. It has no content.")
        text = text.format(dataset=dataset.name, column=missing[0], columns=", ".join(available))
        raise SettingError(text, column="content")
    items = dataset.items
    texts = [items[column].astype("str") for column in (TITLE, TEXT) if column in columns]
    return Content(
        columns=tuple(columns),
        texts=tuple(JOINT.join(parts) for parts in zip(*texts, strict=True)),
        category=named_feature(CATEGORY, items[CATEGORY]) if CATEGORY in columns else None,
        prices=pd.to_numeric(items[PRICE], errors="coerce").to_numpy("float64") if PRICE in columns else None,
        picture_files=dataset.images if PICTURE in columns else None,
        num_items=dataset.interactions.num_items,
    )
