"""Draws the article pictures: one shape in one colour on a pale, speckled ground, 64 x 64 pixels, as PNG.

It knows a look and nothing else of an article, so that a picture cannot tell category, title, word or price.
"""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image, ImageDraw

SIZE, SCALE = 64, 4  # drawn larger and scaled down, for smooth edges
INKS = {
    "red": (205, 52, 60), "orange": (238, 138, 32), "green": (62, 152, 74), "teal": (22, 150, 160),
    "blue": (48, 98, 200), "purple": (128, 70, 170),
}  # fmt: skip
NUM_SPECKLES, NUM_COLOURS = 36, 48
GROUNDS = ((246, 243, 236), (237, 242, 245), (243, 238, 244), (239, 244, 236), (245, 240, 240))


def draw(colour: str, shape: str, rng: np.random.Generator) -> bytes:
    """The PNG's bytes. Place, size, tilt, shade, ground and speckles vary and mean nothing."""
    side = SIZE * SCALE
    ground = GROUNDS[int(rng.integers(len(GROUNDS)))]
    picture = Image.new("RGB", (side, side), ground)
    pen = ImageDraw.Draw(picture)
    _speckle(pen, ground, rng)
    radius = side * rng.uniform(0.26, 0.36)
    x, y = side / 2 + rng.uniform(-0.05, 0.05, 2) * side
    shade = rng.uniform(0.88, 1.1)
    ink = tuple(min(255, int(part * shade)) for part in INKS[colour])
    pen.ellipse((x - radius, y + radius * 0.92, x + radius, y + radius * 1.18), fill=(222, 220, 216))
    _SHAPES[shape](pen, x, y, radius, rng.uniform(-0.25, 0.25), ink)
    small = picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    # Octree: a median cut spends the palette on the ground and leaves none for the blends that smooth an edge.
    few = small.quantize(NUM_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", compress_level=9)
    return buffer.getvalue()


def _speckle(pen: ImageDraw.ImageDraw, ground: tuple[int, int, int], rng: np.random.Generator) -> None:
    side = SIZE * SCALE
    for x, y, size, darker in rng.uniform((0, 0, 3, 6), (side, side, 7, 20), (NUM_SPECKLES, 4)):
        pen.ellipse((x - size, y - size, x + size, y + size), fill=tuple(part - int(darker) for part in ground))


def _polygon(x: float, y: float, radii: list[float], tilt: float) -> list[tuple[float, float]]:
    turn = 2 * math.pi / len(radii)
    return [(x + r * math.sin(tilt + i * turn), y - r * math.cos(tilt + i * turn)) for i, r in enumerate(radii)]


def _circle(pen: ImageDraw.ImageDraw, x: float, y: float, r: float, tilt: float, ink: tuple[int, ...]) -> None:
    pen.ellipse((x - r, y - r, x + r, y + r), fill=ink)


def _ring(pen: ImageDraw.ImageDraw, x: float, y: float, r: float, tilt: float, ink: tuple[int, ...]) -> None:
    pen.ellipse((x - r, y - r, x + r, y + r), outline=ink, width=int(r * 0.38))


def _square(pen: ImageDraw.ImageDraw, x: float, y: float, r: float, tilt: float, ink: tuple[int, ...]) -> None:
    pen.polygon(_polygon(x, y, [r * 1.2] * 4, tilt + math.pi / 4), fill=ink)


def _triangle(pen: ImageDraw.ImageDraw, x: float, y: float, r: float, tilt: float, ink: tuple[int, ...]) -> None:
    pen.polygon(_polygon(x, y + r * 0.15, [r * 1.25] * 3, tilt), fill=ink)


def _star(pen: ImageDraw.ImageDraw, x: float, y: float, r: float, tilt: float, ink: tuple[int, ...]) -> None:
    pen.polygon(_polygon(x, y, [r * 1.25, r * 0.5] * 5, tilt), fill=ink)


def _cross(pen: ImageDraw.ImageDraw, x: float, y: float, r: float, tilt: float, ink: tuple[int, ...]) -> None:
    for turn in (0.0, math.pi / 2):
        ends = _polygon(x, y, [r * 1.15, r * 1.15], tilt + turn)
        pen.line(ends, fill=ink, width=int(r * 0.62))


_SHAPES = {
    "circle": _circle, "square": _square, "triangle": _triangle, "star": _star, "ring": _ring, "cross": _cross,
}  # fmt: skip
