"""Which points of a chart have room for their name, and at which side: beside other points, names and lines."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from recsys.ui.parts import chart_frame

FONT = 11  # pixels
LETTER = 0.56  # about the width of a Latin letter, in font sizes
OFFSET = 9  # pixels between a point and its name
STEPS = 24  # points of a line that a name must not cover
# By the names that plotly has for them: where a name stands, in its widths and heights from the point.
SIDES = {
    "middle right": (1, 0), "middle left": (-1, 0), "top center": (0, 1), "bottom center": (0, -1),
    "top right": (1, 1), "top left": (-1, 1), "bottom right": (1, -1), "bottom left": (-1, -1),
}  # fmt: skip

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top


def sides(
    points: Sequence[Point], names: Sequence[str], line: Sequence[Point], size: Point, always: Collection[int]
) -> dict[int, str]:
    """Index of a point -> side of its name, for the points whose name covers nothing.

    `points` and the corners of `line` are in pixels from the lower left corner of a plot of this `size` (width, height).
    Those in `always` are named first and in any case, at the side where they cover least.
    """
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in points]
    marks = [
        (x0 + (x1 - x0) * step / STEPS, y0 + (y1 - y0) * step / STEPS)
        for (x0, y0), (x1, y1) in itertools.pairwise(line)
        for step in range(STEPS + 1)
    ]
    chosen = {}
    for index in sorted(range(len(points)), key=lambda index: index not in always):
        boxes = {side: _box(points[index], names[index], shift) for side, shift in SIDES.items()}
        covered = {side: _covered(box, taken, marks, size) for side, box in boxes.items()}
        best = min(covered, key=covered.__getitem__)
        if covered[best] == 0 or index in always:
            chosen[index] = best
            taken.append(boxes[best])
    return chosen


def _box(point: Point, name: str, shift: tuple[int, int]) -> Box:
    width = FONT * sum(1.0 if ord(letter) >= chart_frame.EAST_ASIAN else LETTER for letter in name)
    height = 1.2 * FONT
    middle = [at + way * (OFFSET + side / 2) for at, way, side in zip(point, shift, (width, height), strict=True)]
    return middle[0] - width / 2, middle[1] - height / 2, middle[0] + width / 2, middle[1] + height / 2


def _covered(box: Box, taken: Sequence[Box], marks: Sequence[Point], size: Point) -> int:
    """How many boxes and points of lines a box covers; to leave the plot is as bad as to cover many."""
    left, bottom, right, top = box
    outside = left < 0 or bottom < 0 or right > size[0] or top > size[1]
    others = sum(left < r and lo < right and bottom < t and b < top for lo, b, r, t in taken)
    return others + sum(left < x < right and bottom < y < top for x, y in marks) + STEPS * outside
