"""Description of a picture by the colours and edges in it: no training, no model.

The colours are a joint histogram of red, green and blue (Swain & Ballard 1991, Color Indexing). The edges are histograms of
the directions of brightness changes, weighted by their strength, one for each quarter of the picture, as in the edge
histogram of MPEG-7 (Manjunath et al. 2001) with the gradients of Dalal & Triggs (2005). Of both, the square roots of the
shares are kept, so that a product of two descriptions is the mean of two Bhattacharyya coefficients, 0 to 1.

Nothing is resampled: the same pixels give the same numbers with any version of the picture library.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

LEVELS = 4  # of each colour
DIRECTIONS = 8  # of edges, from 0 to 180 degrees: dark on bright and bright on dark are one
CELLS = 2  # on each side, whose edges are counted apart
STEP = 2  # pixels: every second one is read
NUM_COLOURS, NUM_EDGES = LEVELS**3, CELLS**2 * DIRECTIONS
SIZE = NUM_COLOURS + NUM_EDGES
GREY = (0.299, 0.587, 0.114)  # brightness of red, green and blue, ITU-R BT.601


def describe_file(path: Path) -> np.ndarray:
    """Describe a PNG file, see `describe`."""
    with Image.open(path, formats=["PNG"]) as picture:
        return describe(np.asarray(picture.convert("RGB")))


def describe(rgb_HW3: np.ndarray) -> np.ndarray:
    """Compute the unit vector [SIZE] float64 of a picture, [H, W, 3] uint8; of one without edges, that of its colours.

    >>> red, black = np.zeros((2, 4, 4, 3), dtype=np.uint8)
    >>> red[..., 0] = 255
    >>> float(describe(red) @ describe(red)), float(describe(red) @ describe(black))
    (1.0, 0.0)
    """
    read_HW3 = rgb_HW3[::STEP, ::STEP]
    parts = [_colours(read_HW3), _edges(read_HW3.astype(np.float64) @ GREY)]
    roots = np.sqrt(np.concatenate([counts / (counts.sum() or 1.0) for counts in parts]))
    return np.asarray(roots / np.sqrt(sum(counts.any() for counts in parts)))


def _colours(rgb_HW3: np.ndarray) -> np.ndarray:
    """Number of pixels of each colour, [NUM_COLOURS]."""
    levels_HW3 = rgb_HW3.astype(np.int64) * LEVELS // 256
    codes_HW = (levels_HW3[..., 0] * LEVELS + levels_HW3[..., 1]) * LEVELS + levels_HW3[..., 2]
    return np.bincount(codes_HW.ravel(), minlength=NUM_COLOURS)


def _edges(grey_HW: np.ndarray) -> np.ndarray:
    """Strength of the edges of each direction in each cell, [NUM_EDGES], from differences of neighbouring pixels."""
    down, right = grey_HW[1:, :-1] - grey_HW[:-1, :-1], grey_HW[:-1, 1:] - grey_HW[:-1, :-1]
    angles = np.arctan2(down, right) % np.pi  # rounding may give pi itself
    directions = np.minimum((angles / np.pi * DIRECTIONS).astype(np.int64), DIRECTIONS - 1)
    rows, columns = (np.arange(length) * CELLS // max(length, 1) for length in directions.shape)
    codes = (rows[:, None] * CELLS + columns[None, :]) * DIRECTIONS + directions
    return np.bincount(codes.ravel(), np.hypot(down, right).ravel(), minlength=NUM_EDGES)
