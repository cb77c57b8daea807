"""What a lasso and a box hold."""

from __future__ import annotations

import numpy as np

from recsys.services.explore.map_region import in_box, in_polygon

POINTS = np.array([[1, 1], [3, 1], [1, 3], [np.nan, np.nan]], dtype=np.float32)


def test_a_lasso_holds_what_is_within_its_bends() -> None:
    u_shape = ([0, 4, 4, 2.5, 2.5, 1.5, 1.5, 0], [0, 0, 4, 4, 0.5, 0.5, 4, 4])
    points = np.array([[0.5, 3], [2, 3], [3, 3], [2, 0.25], [9, 9]])
    assert in_polygon(points, *u_shape).tolist() == [True, False, True, True, False]


def test_the_direction_of_a_lasso_does_not_matter() -> None:
    xs, ys = [0, 2, 2, 0], [0, 0, 2, 2]
    assert (
        in_polygon(POINTS, xs, ys).tolist()
        == in_polygon(POINTS, xs[::-1], ys[::-1]).tolist()
        == [True, False, False, False]
    )


def test_a_box_may_be_drawn_from_any_corner() -> None:
    for xs, ys in (([0, 2], [0, 2]), ([2, 0], [0, 2]), ([2, 0], [2, 0])):
        assert in_box(POINTS, xs, ys).tolist() == [True, False, False, False]
