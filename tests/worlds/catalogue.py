"""A catalogue with texts, categories, prices and pictures, and models of it whose towers have read it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from recsys.data.interactions import PAD
from recsys.models.base import SequenceModel, Shape
from recsys.models.inputs.content_embedding import content_embedding
from recsys.models.inputs.item_content import PICTURE, Content
from recsys.models.inputs.traits import Feature
from recsys.training.towers import read_catalogue
from tests.worlds.small_models import build_model

NUM_ITEMS, NUM_USERS = 30, 60
CATEGORIES = ("unknown", "garden", "kitchen")
LACKING = 7  # an item without text, category, price or picture
UNTOUCHED = 30


def text_of(item: int) -> str:
    return (
        ""
        if item == LACKING
        else f"Oak chair. A {('red', 'blue', '绿色')[item % 3]} chair number {item % 4}" * (1 + item % 2)
    )


def draw(item: int, folder: Path) -> Path:
    pixels = np.random.default_rng(item).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / f"{item}.png")
    return folder / f"{item}.png"


def content(folder: Path, *, all_known: bool = False) -> Content:
    """`all_known`: no item lacks anything."""
    items = range(1, NUM_ITEMS + 1)
    known = [all_known or item != LACKING for item in items]
    texts = [text_of(item) or "Oak chair" * all_known for item in items]
    codes = [(1 + item % 2) * has for item, has in zip(items, known, strict=True)]
    prices = [3.0 + item if has else np.nan for item, has in zip(items, known, strict=True)]
    return Content(
        columns=("title", "text", "category", "price", PICTURE),
        texts=("", *texts),
        category=Feature("category", np.array([0, *codes]), CATEGORIES),
        prices=np.array([np.nan, *prices]),
        picture_files={item: draw(item, folder) for item, has in zip(items, known, strict=True) if has},
        num_items=NUM_ITEMS,
    )


def reader(name: str, content: Content) -> SequenceModel:
    """Random weights, in evaluation mode; every item but UNTOUCHED has events."""
    model = build_model(
        name, Shape(NUM_USERS, NUM_ITEMS, content=content), content="title, text, category, price, picture"
    )
    assert isinstance(model, SequenceModel)
    embedding = content_embedding(model)
    assert embedding is not None
    model.eval()
    for tower, inputs in (("text", content.tokens_NT), (PICTURE, content.pictures_N3SS)):
        read = read_catalogue(embedding.towers[tower], inputs, torch.device("cpu"))
        embedding.get_buffer(f"{tower}_vectors").copy_(read)
    embedding.has_events[PAD + 1 :] = True
    embedding.has_events[UNTOUCHED] = False
    embedding.new_offset.fill_(0.4)
    with torch.no_grad():
        for part in embedding.parameters():
            part.mul_(1 if part in set(embedding.towers.parameters()) else 8)  # so that histories tell users apart
    return model
