"""Canvas of the sample's pictures: shapes in a square of 100 x 100 units, painted with pens, not colours.

A drawing is an array of pen numbers, four times as large as the picture. Colours and the pattern come in when it is
painted, so one drawing serves all items of its kind: MAIN, DARK and LIGHT take the item's colour, MAIN its pattern.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

SIZE, SCALE = 128, 3  # pixels of a picture; drawings are larger, for smooth edges
SIDE = SIZE * SCALE
UNIT = SIDE / 100

Point = tuple[float, float]
Colour = tuple[int, int, int]

NOTHING, MAIN, PATTERNED, DARK, LIGHT, GROUND, HALO, SHADOW = range(8)
INK, GREY, SILVER, WHITE, WOOD, BARK, NOODLE, YOLK, LEAF, CREAM, GLASS, SKIN, COCOA = range(8, 21)
INKS: dict[int, Colour] = {
    INK: (52, 58, 72), GREY: (128, 136, 148), SILVER: (198, 204, 212), WHITE: (255, 255, 255), WOOD: (214, 170, 118),
    BARK: (150, 106, 70), NOODLE: (248, 220, 140), YOLK: (250, 178, 48), LEAF: (104, 152, 84), CREAM: (250, 238, 214),
    GLASS: (206, 226, 238), SKIN: (222, 178, 134), COCOA: (104, 66, 48),
}  # fmt: skip


class Canvas:
    """Drawing under way. Coordinates grow to the right and downwards; `pen` is one of the names above."""

    def __init__(self) -> None:
        self.image = Image.new("L", (SIDE, SIDE), NOTHING)
        self.draw = ImageDraw.Draw(self.image)

    def box(self, left: float, top: float, right: float, bottom: float, pen: int, round: float = 0) -> None:
        edges = tuple(v * UNIT for v in (left, top, right, bottom))
        self.draw.rounded_rectangle(edges, radius=round * UNIT, fill=pen)

    def oval(self, x: float, y: float, width: float, height: float, pen: int) -> None:
        """Ellipse with its centre at (x, y) and these radii."""
        self.draw.ellipse([v * UNIT for v in (x - width, y - height, x + width, y + height)], fill=pen)

    def dot(self, x: float, y: float, radius: float, pen: int) -> None:
        self.oval(x, y, radius, radius, pen)

    def ring(self, x: float, y: float, width: float, height: float, pen: int, thick: float) -> None:
        edges = [v * UNIT for v in (x - width, y - height, x + width, y + height)]
        self.draw.ellipse(edges, outline=pen, width=int(thick * UNIT))

    def poly(self, points: Sequence[Point], pen: int) -> None:
        self.draw.polygon([(x * UNIT, y * UNIT) for x, y in points], fill=pen)

    def line(self, points: Sequence[Point], pen: int, thick: float) -> None:
        """Line with round ends and joints."""
        scaled = [(x * UNIT, y * UNIT) for x, y in points]
        self.draw.line(scaled, fill=pen, width=int(thick * UNIT), joint="curve")
        for x, y in points:
            self.dot(x, y, thick / 2 - 0.1, pen)

    def arc(
        self, x: float, y: float, width: float, height: float, start: float, end: float, pen: int, thick: float
    ) -> None:
        """Part of an ellipse's outline, in degrees clockwise from the right."""
        self.line(bow(x, y, width, height, start, end), pen, thick)

    def sector(self, x: float, y: float, width: float, height: float, start: float, end: float, pen: int) -> None:
        """Part of an ellipse, cut off straight from `start` to `end`."""
        self.poly(bow(x, y, width, height, start, end), pen)

    def curve(self, points: Sequence[Point], pen: int, thick: float) -> None:
        """Smooth line through points."""
        self.line(smooth(points, closed=False), pen, thick)

    def blob(self, points: Sequence[Point], pen: int) -> None:
        """Smooth closed shape through points."""
        self.poly(smooth(points, closed=True), pen)


def bow(x: float, y: float, width: float, height: float, start: float, end: float) -> list[Point]:
    steps = np.radians(np.linspace(start, end, max(8, int(abs(end - start) / 5))))
    return [(x + width * math.cos(step), y + height * math.sin(step)) for step in steps]


def smooth(points: Sequence[Point], closed: bool, steps: int = 10) -> list[Point]:
    """Catmull-Rom spline through points."""
    given = np.array(points, dtype=float)
    ends = (given[-1:], given[:2]) if closed else (given[:1], given[-1:])
    padded = np.concatenate([ends[0], given, ends[1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    curve = np.concatenate(parts if closed else [*parts, given[-1:]])
    return [(float(x), float(y)) for x, y in curve]
