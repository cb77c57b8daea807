"""Pictures of the sample's items: products drawn in a flat style on a soft ground, as PNG files.

The drawing tells the kind of product and the ground its category. Colour and pattern are drawn independently of both
(shop.py) and stand in no title and no description: the picture taste can be read from the picture alone.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from sample_data.canvas import (
    DARK,
    GROUND,
    HALO,
    INKS,
    LIGHT,
    MAIN,
    NOTHING,
    PATTERNED,
    SHADOW,
    SIDE,
    SIZE,
    UNIT,
    Canvas,
    Colour,
)  # fmt: skip
from sample_data.drawings import DRAWINGS
from sample_data.shop import CATEGORIES, Item, kinds

MAINS: dict[str, Colour] = {
    "red": (214, 62, 64), "orange": (240, 140, 40), "green": (66, 158, 84), "teal": (26, 156, 164),
    "blue": (58, 108, 206), "purple": (140, 84, 182),
}  # fmt: skip
GROUNDS: tuple[Colour, ...] = (  # by category; pale, so that no ground is taken for a colour
    (250, 240, 230), (252, 243, 224), (240, 240, 232), (232, 239, 246), (248, 236, 240),
    (240, 236, 246), (232, 244, 236), (244, 240, 226), (250, 244, 230), (238, 236, 240),
)  # fmt: skip
NUM_COLOURS = 48  # of a file's palette
MEAN_SCALE, STRETCH = 0.95, 0.05  # of width and height
TILT, SHIFT = 0.06, 2.0  # most, in radians and in units
COLUMNS, GAP = 10, 8  # of the sheet


def draw(item: Item, rng: np.random.Generator) -> bytes:
    """Draw the item's PNG file. Place, size, tilt, side and shade vary and mean nothing."""
    drawing = _moved(_drawing(item.kind), rng)
    shade = rng.uniform(0.92, 1.06)
    main = _scaled(MAINS[item.colour], shade)
    if item.pattern != "plain":
        drawing = np.where((drawing == MAIN) & _pattern(item.pattern), np.uint8(PATTERNED), drawing)
    drawing = np.where(drawing == NOTHING, _ground(), drawing)
    ground = GROUNDS[list(CATEGORIES).index(item.category)]
    inks = INKS | {
        MAIN: main, PATTERNED: _mixed(main, 0.7), DARK: _scaled(main, 0.74), LIGHT: _mixed(main, 0.3),
        GROUND: ground, HALO: _mixed(ground, 0.6), SHADOW: _scaled(ground, 0.9),
    }  # fmt: skip
    picture = Image.fromarray(drawing).convert("P")
    picture.putpalette([part for pen in range(max(inks) + 1) for part in inks.get(pen, (0, 0, 0))])
    small = picture.convert("RGB").reduce(SIDE // SIZE)
    buffer = io.BytesIO()
    # Octree: a median cut spends the palette on the ground and leaves none for the blends that smooth an edge.
    few = small.quantize(NUM_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _scaled(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, int(part * factor)) for part in colour)
    return red, green, blue


def _mixed(colour: Colour, white: float) -> Colour:
    red, green, blue = (int(part + (255 - part) * white) for part in colour)
    return red, green, blue


@cache
def _drawing(kind: str) -> Image.Image:
    canvas = Canvas()
    DRAWINGS[kind](canvas)
    return canvas.image


def _moved(drawing: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """Stretch, turn, shift and perhaps mirror a drawing about the middle of the picture."""
    wide, high = MEAN_SCALE + rng.uniform(-STRETCH, STRETCH, 2)
    tilt = rng.uniform(-TILT, TILT)
    right, down = SIDE / 2 + rng.uniform(-SHIFT, SHIFT, 2) * UNIT
    side = -1 if rng.random() < 0.5 else 1
    a, b = side * math.cos(tilt) / wide, side * math.sin(tilt) / wide
    d, e = -math.sin(tilt) / high, math.cos(tilt) / high
    c, f = SIDE / 2 - a * right - b * down, SIDE / 2 - d * right - e * down
    return np.asarray(drawing.transform((SIDE, SIDE), Image.Transform.AFFINE, (a, b, c, d, e, f)))


@cache
def _ground() -> np.ndarray:
    canvas = Canvas()
    canvas.box(0, 0, 100, 100, GROUND)
    canvas.dot(50, 50, 42, HALO)
    return np.asarray(canvas.image)


@cache
def _pattern(name: str) -> np.ndarray:
    """[SIDE, SIDE] bool: where a pattern lies on the main colour."""
    y, x = np.mgrid[:SIDE, :SIDE] / UNIT
    if name == "stripes":
        return (y % 12) < 5
    if name == "checks":
        return ((x % 14) < 7) ^ ((y % 14) < 7)
    if name == "zigzag":
        return ((y + 6 * np.abs((x / 12) % 1 * 2 - 1)) % 13) < 4.5
    image = Image.new("1", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    step, radius = (11, 3.1) if name == "dots" else (17, 6.5)
    for row in range(-1, int(100 / step) + 2):
        for column in range(-1, int(100 / step) + 2):
            centre = (column + row % 2 / 2) * step, row * step
            turns = np.linspace(0, 2 * np.pi, 10 if name == "stars" else 24, endpoint=False)
            radii = [radius, radius * 0.45] * 5 if name == "stars" else [radius] * 24
            pen.polygon(
                [
                    ((centre[0] + r * math.sin(t)) * UNIT, (centre[1] - r * math.cos(t)) * UNIT)
                    for t, r in zip(turns, radii, strict=True)
                ],
                fill=1,
            )
    return np.asarray(image)


def sheet(items: Sequence[Item], rngs: Sequence[np.random.Generator]) -> bytes:
    """Draw a PNG sheet: the first item of each kind, as its picture is in images.zip."""
    first = {item.kind: (item, rng) for item, rng in reversed(list(zip(items, rngs, strict=True)))}
    shown = [first[kind] for kind in kinds()]
    rows = math.ceil(len(shown) / COLUMNS)
    step = SIZE + GAP
    image = Image.new("RGB", (COLUMNS * step + GAP, rows * step + GAP), (255, 255, 255))
    for number, (item, rng) in enumerate(shown):
        corner = number % COLUMNS * step + GAP, number // COLUMNS * step + GAP
        with Image.open(io.BytesIO(draw(item, rng))) as picture:
            image.paste(picture.convert("RGB"), corner)
    buffer = io.BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
