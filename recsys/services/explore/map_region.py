"""Points within what was drawn on a map: a polygon by hand (lasso), or a box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def in_polygon(points_M2: np.ndarray, xs: Sequence[float], ys: Sequence[float]) -> np.ndarray:
    """[M] bool: which points lie within the closed polygon with these corners, by the even-odd rule.

    A ray to the right of a point crosses the polygon an odd number of times if the point is inside. Points without
    coordinates are not.

    >>> in_polygon(np.array([[1, 1], [3, 1], [np.nan, 1]]), [0, 2, 2, 0], [0, 0, 2, 2])
    array([ True, False, False])
    """
    x_M, y_M = points_M2.astype(np.float64).T
    inside_M = np.zeros(len(points_M2), dtype=bool)
    for x, y, to_x, to_y in zip(xs, ys, [*xs[1:], xs[0]], [*ys[1:], ys[0]], strict=True):
        if y != to_y:
            crosses_M = (y > y_M) != (to_y > y_M)
            inside_M ^= crosses_M & (x_M < (to_x - x) * (y_M - y) / (to_y - y) + x)
    return inside_M


def in_box(points_M2: np.ndarray, xs: Sequence[float], ys: Sequence[float]) -> np.ndarray:
    """[M] bool: which points lie within the box with these two corners.

    >>> in_box(np.array([[1, 1], [3, 1], [np.nan, 1]]), [2, 0], [0, 2])
    array([ True, False, False])
    """
    low, high = np.array([min(xs), min(ys)]), np.array([max(xs), max(ys)])
    return np.asarray(((points_M2 >= low) & (points_M2 <= high)).all(1))
