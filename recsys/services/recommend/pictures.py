"""The common shape of a dataset's pictures."""

from __future__ import annotations

import itertools
import statistics

from PIL import Image

from recsys.data.dataset import Dataset

LOOKED_AT = 30
PORTRAIT = 0.85  # width by height, below which a picture is upright


def are_portraits(dataset: Dataset) -> bool:
    """Whether most pictures are upright, such as posters and book covers."""
    shapes = []
    for path in itertools.islice(dataset.images.values(), LOOKED_AT):
        with Image.open(path) as image:
            shapes.append(image.width / image.height)
    return bool(shapes) and statistics.median(shapes) < PORTRAIT
