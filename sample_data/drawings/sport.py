"""Drawings of sport and of the outdoors."""

from __future__ import annotations

import math

from sample_data.canvas import (
    BARK,
    CREAM,
    DARK,
    GLASS,
    GREY,
    INK,
    LIGHT,
    MAIN,
    SHADOW,
    SILVER,
    WHITE,
    YOLK,
    Canvas,
)  # fmt: skip
from sample_data.drawings.register import drawing


def around(x: float, y: float, radius: float, count: int, turn: float = 0) -> list[tuple[float, float]]:
    """Corners of a regular polygon, the first one above its centre."""
    steps = [turn + 2 * math.pi * number / count for number in range(count)]
    return [(x + radius * math.sin(step), y - radius * math.cos(step)) for step in steps]


@drawing
def football(c: Canvas) -> None:
    c.oval(50, 89, 30, 4, SHADOW)
    c.dot(50, 48, 40, INK)
    c.dot(50, 48, 38.4, WHITE)
    inner, outer = around(50, 48, 15, 5), around(50, 48, 29, 5)
    for (x, y), (far_x, far_y) in zip(inner, outer, strict=True):
        c.line([(x, y), (far_x, far_y)], INK, 2)
    c.poly(inner, MAIN)
    for turn in range(5):
        angle = 2 * math.pi * turn / 5
        x, y = outer[turn]
        left, right = angle - 0.42, angle + 0.42
        rim = [(50 + 38 * math.sin(step), 48 - 38 * math.cos(step)) for step in (left, (left + angle) / 2, angle,
               (right + angle) / 2, right)]  # fmt: skip
        side = [(50 + 31 * math.sin(step), 48 - 31 * math.cos(step)) for step in (right + 0.02, left - 0.02)]
        c.poly([*rim, side[0], (x, y), side[1]], MAIN)
        c.line([side[0], (50 + 30 * math.sin(angle + 0.63), 48 - 30 * math.cos(angle + 0.63))], INK, 2)
        c.line([side[1], (50 + 30 * math.sin(angle - 0.63), 48 - 30 * math.cos(angle - 0.63))], INK, 2)


@drawing
def skateboard(c: Canvas) -> None:
    c.oval(50, 80, 40, 3.5, SHADOW)
    for x in (27, 73):
        c.poly([(x - 8, 56), (x + 8, 56), (x + 4, 68), (x - 4, 68)], GREY)
        c.dot(x, 70, 9.5, CREAM)
        c.dot(x, 70, 4, INK)
    c.curve([(6, 36), (14, 46), (26, 52), (74, 52), (86, 46), (94, 36)], INK, 12)
    c.curve([(6, 36), (14, 46), (26, 52), (74, 52), (86, 46), (94, 36)], MAIN, 9.5)


@drawing
def bottle(c: Canvas) -> None:
    c.oval(50, 93, 20, 3, SHADOW)
    c.ring(50, 10, 8, 7, INK, 3)
    c.box(38, 12, 62, 24, INK, 3)
    c.box(40, 22, 60, 34, SILVER)
    c.box(32, 28, 68, 94, MAIN, 10)
    c.box(32, 78, 68, 84, DARK)
    c.box(37, 38, 41, 72, LIGHT, 2)


@drawing
def racket(c: Canvas) -> None:
    c.line([(52, 52), (84, 88)], MAIN, 6)
    c.line([(66, 68), (86, 90)], INK, 8)
    c.line([(45, 62), (60, 61), (62, 46)], DARK, 4)
    tilt = math.radians(45)
    points = []
    for number in range(40):
        step = 2 * math.pi * number / 40
        along, across = 32 * math.cos(step), 24 * math.sin(step)
        points.append(
            (
                36 + along * math.cos(tilt) - across * math.sin(tilt),
                35 + along * math.sin(tilt) + across * math.cos(tilt),
            )
        )
    c.poly(points, CREAM)
    for shift in range(-24, 25, 6):
        reach = 24 * (1 - (shift / 32) ** 2) ** 0.5
        c.line([(36 + shift * 0.707 + reach * 0.707, 35 + shift * 0.707 - reach * 0.707),
                (36 + shift * 0.707 - reach * 0.707, 35 + shift * 0.707 + reach * 0.707)], GREY, 1)  # fmt: skip
    for shift in range(-18, 19, 6):
        reach = 32 * (1 - (shift / 24) ** 2) ** 0.5
        c.line([(36 - shift * 0.707 - reach * 0.707, 35 + shift * 0.707 - reach * 0.707),
                (36 - shift * 0.707 + reach * 0.707, 35 + shift * 0.707 + reach * 0.707)], GREY, 1)  # fmt: skip
    c.line([*points, points[0]], MAIN, 6)
    c.dot(78, 34, 9, YOLK)
    c.arc(70, 28, 10, 10, -10, 80, WHITE, 1.6)


@drawing
def bicycle(c: Canvas) -> None:
    c.oval(50, 89, 44, 3, SHADOW)
    for x in (24, 76):
        c.ring(x, 66, 21, 21, INK, 3.6)
        for spoke in around(x, 66, 18, 8):
            c.line([(x, 66), spoke], SILVER, 0.9)
    c.line([(24, 66), (38, 36), (68, 36), (48, 67), (24, 66)], MAIN, 5)
    c.line([(34, 27), (48, 67)], MAIN, 5)
    c.line([(76, 66), (66, 26)], MAIN, 5)
    c.line([(66, 26), (60, 20), (76, 18), (81, 23)], INK, 4)
    c.box(25, 22, 43, 28, INK, 3)
    c.dot(48, 67, 6, GREY)
    c.line([(48, 67), (54, 77)], INK, 2.6)
    c.line([(50, 78), (59, 77)], INK, 3)
    c.dot(24, 66, 3, INK)
    c.dot(76, 66, 3, INK)


@drawing
def helmet(c: Canvas) -> None:
    c.curve([(24, 62), (32, 80), (46, 88), (58, 62)], INK, 3)
    c.line([(42, 86), (50, 86)], GREY, 5)
    c.sector(48, 62, 40, 46, 180, 360, MAIN)
    c.blob([(8, 56), (48, 60), (88, 54), (94, 62), (84, 68), (48, 66), (10, 66)], DARK)
    for points in (
        [(20, 52), (26, 34), (32, 32), (29, 52)],
        [(38, 50), (42, 25), (50, 24), (48, 50)],
        [(57, 50), (60, 27), (66, 31), (67, 50)],
        [(75, 50), (74, 38), (79, 44), (81, 51)],
    ):
        c.blob(points, INK)


@drawing
def lock(c: Canvas) -> None:
    c.oval(50, 91, 28, 3, SHADOW)
    c.arc(50, 38, 19, 26, 180, 360, GREY, 9)
    c.line([(31, 38), (31, 50)], GREY, 9)
    c.line([(69, 38), (69, 50)], GREY, 9)
    c.box(20, 44, 80, 91, MAIN, 8)
    c.dot(50, 64, 7, INK)
    c.poly([(47, 66), (53, 66), (56, 80), (44, 80)], INK)


@drawing
def tent(c: Canvas) -> None:
    c.oval(50, 83, 46, 4, SHADOW)
    c.poly([(56, 20), (96, 82), (40, 82)], DARK)
    c.poly([(44, 20), (56, 20), (84, 82), (6, 82)], MAIN)
    c.poly([(46, 20), (54, 82), (26, 82)], INK)
    c.poly([(46, 20), (38, 82), (26, 82)], LIGHT)
    c.line([(44, 20), (48, 14)], BARK, 2.6)
    c.line([(6, 82), (2, 87)], BARK, 2)
    c.line([(96, 82), (99, 87)], BARK, 2)


@drawing
def sleeping_bag(c: Canvas) -> None:
    c.blob([(34, 8), (50, 4), (66, 8), (76, 26), (74, 60), (66, 92), (50, 96), (34, 92), (26, 60), (24, 26)], MAIN)
    c.blob([(36, 13), (50, 9), (64, 13), (70, 26), (62, 38), (38, 38), (30, 26)], DARK)
    c.blob([(36, 20), (50, 16), (64, 20), (66, 30), (50, 34), (34, 30)], CREAM)
    for y, width in ((50, 24), (62, 22.5), (74, 20), (85, 17)):
        c.curve([(50 - width, y), (50, y + 3), (50 + width, y)], DARK, 1.6)
    c.line([(64, 40), (60, 90)], SILVER, 2)
    c.line([(64, 40), (66, 47)], YOLK, 2.6)


@drawing
def lantern(c: Canvas) -> None:
    c.oval(50, 93, 24, 3, SHADOW)
    c.ring(50, 18, 16, 14, GREY, 3)
    c.poly([(34, 24), (66, 24), (72, 34), (28, 34)], MAIN)
    c.box(46, 18, 54, 26, DARK, 2)
    c.box(32, 34, 68, 72, GLASS)
    c.blob([(50, 40), (60, 56), (50, 68), (40, 56)], YOLK)
    c.blob([(50, 50), (55, 59), (50, 66), (45, 59)], CREAM)
    for x in (32, 68):
        c.line([(x, 34), (x, 72)], INK, 3)
    c.box(26, 70, 74, 92, MAIN, 5)
    c.box(26, 70, 74, 75, DARK, 2)
