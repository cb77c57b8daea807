"""What items are, as numbers that a model can read: text, picture, category, price. Row 0 belongs to no item."""

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
from recsys.models.inputs.tokens import Vocabulary
from recsys.models.inputs.traits import Feature, named_feature

PICTURE = "picture"
COLUMNS = (TITLE, TEXT, CATEGORY, PRICE, PICTURE)
SIDE = 64  # pixels
JOINT = ". "  # between title and text


def parse_columns(text: str) -> tuple[str, ...]:
    """The content columns that a setting names ("title, picture"), in the order of COLUMNS. Raises ValueError."""
    named = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in named if name not in COLUMNS]:
        raise ValueError(f"there is no content {unknown[0]!r}; choose from {', '.join(COLUMNS)}")
    return tuple(column for column in COLUMNS if column in named)


def content_columns(dataset: Dataset) -> tuple[str, ...]:
    """Which content this dataset has. A title that is only the id again is none."""
    items = dataset.items
    columns = {column for column in (TEXT, CATEGORY, PRICE) if column in items}
    if (items[TITLE].to_numpy()[1:] != dataset.interactions.item_ids[1:]).any():
        columns.add(TITLE)
    return tuple(column for column in COLUMNS if column in columns or (column == PICTURE and dataset.images))


@dataclass(frozen=True, eq=False)
class Content:
    """`texts` [N] joins the text columns; `category` holds codes, `prices` [N] float, NaN unknown."""

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
        """uint8; items without a picture are all zero."""
        pictures = np.zeros((self.num_items + 1, 3, SIDE, SIDE), dtype=np.uint8)
        for item, file in (self.picture_files or {}).items():
            pictures[item] = read_file(file)
        return torch.from_numpy(pictures)

    def picture(self, item: int) -> np.ndarray | None:
        """[3, SIDE, SIDE] uint8 of one item, None where it has none."""
        file = (self.picture_files or {}).get(item)
        return None if file is None else read_file(file)


def read_file(file: Path) -> np.ndarray:
    """[3, SIDE, SIDE] uint8."""
    with Image.open(file, formats=["PNG"]) as picture:
        return read_picture(picture)


def read_picture(picture: Image.Image) -> np.ndarray:
    """[3, SIDE, SIDE] uint8."""
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(small).transpose(2, 0, 1)


def content_of(dataset: Dataset, columns: Sequence[str]) -> Content | None:
    """What the named columns say of the items, None where none is named. Raises SettingError for one it lacks."""
    if not columns:
        return None
    has = content_columns(dataset)
    if missing := [column for column in columns if column not in has]:
        raise SettingError(
            f"Dataset {dataset.name!r} has no {missing[0]} of its items. It has: {', '.join(has) or 'no content'}.",
            column="content",
        )
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
