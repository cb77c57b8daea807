"""Drawings of musical instruments and of what belongs to them."""

from __future__ import annotations

from sample_data.canvas import (
    BARK,
    COCOA,
    CREAM,
    DARK,
    GLASS,
    GREY,
    INK,
    MAIN,
    SHADOW,
    SILVER,
    WHITE,
    WOOD,
    YOLK,
    Canvas,
)  # fmt: skip
from sample_data.drawings.register import drawing


@drawing
def drum(c: Canvas) -> None:
    c.oval(50, 89, 34, 4, SHADOW)
    c.box(14, 40, 86, 80, MAIN)
    c.oval(50, 80, 36, 10, SILVER)
    c.oval(50, 75, 36, 10, MAIN)
    c.oval(50, 40, 36, 12, SILVER)
    c.oval(50, 38, 33, 10, CREAM)
    for x in (17, 34, 50, 66, 83):
        low = 10 * (1 - ((x - 50) / 36) ** 2) ** 0.5
        c.line([(x, 42 + low), (x, 76 + low)], SILVER, 2.6)
    c.line([(26, 34), (70, 6)], WOOD, 4)
    c.line([(74, 34), (30, 6)], WOOD, 4)
    c.dot(26, 34, 3.6, BARK)
    c.dot(74, 34, 3.6, BARK)


@drawing
def keyboard(c: Canvas) -> None:
    c.oval(50, 76, 46, 3.5, SHADOW)
    c.box(4, 26, 96, 76, MAIN, 5)
    for x in (20, 26, 32):
        c.dot(x, 35, 2, INK)
    c.box(42, 31, 60, 39, GLASS, 1)
    for y in (31, 34, 37):
        c.line([(70, y), (88, y)], DARK, 1.6)
    c.box(9, 44, 91, 72, WHITE, 1)
    width = 82 / 10
    for key in range(1, 10):
        c.line([(9 + key * width, 44), (9 + key * width, 72)], GREY, 1)
        if key not in (3, 7):
            c.box(9 + key * width - 2.6, 44, 9 + key * width + 2.6, 61, INK, 1)


@drawing
def microphone(c: Canvas) -> None:
    c.poly([(54, 45), (43, 34), (14, 84), (21, 91)], MAIN)
    c.line([(17.5, 87.5), (14, 92)], INK, 7)
    c.line([(42, 48), (36, 56)], INK, 4)
    c.poly([(60, 47), (40, 28), (35, 34), (54, 53)], INK)
    c.dot(62, 27, 22, GREY)
    for shift in (-15, -7.5, 0, 7.5, 15):
        reach = (22**2 - shift**2) ** 0.5 * 0.68
        c.line([(62 + shift * 0.7 - reach, 27 + shift * 0.7 + reach), (62 + shift * 0.7 + reach, 27 + shift * 0.7 - reach)],
               SILVER, 1.4)  # fmt: skip
        c.line([(62 + shift * 0.7 - reach, 27 - shift * 0.7 - reach), (62 + shift * 0.7 + reach, 27 - shift * 0.7 + reach)],
               SILVER, 1.4)  # fmt: skip


@drawing
def maracas(c: Canvas) -> None:
    for x, side in ((30, 1), (70, -1)):
        c.line([(x, 40), (x + side * 30, 90)], WOOD, 6)
        c.dot(x + side * 30, 90, 4, BARK)
    for x, side in ((30, 1), (70, -1)):
        c.blob([(x - side * 14, 10), (x + side * 6, 8), (x + side * 18, 28), (x + side * 14, 52), (x - side * 2, 46),
                (x - side * 18, 28)], MAIN)  # fmt: skip
        c.curve([(x - side * 6, 45), (x + side * 6, 44), (x + side * 17, 38)], DARK, 3)


@drawing
def guitar(c: Canvas) -> None:
    c.line([(44, 60), (84, 16)], COCOA, 7)
    c.line([(83, 17), (91, 8)], BARK, 10)
    for x, y in ((80, 10), (85, 4), (90, 19), (96, 13)):
        c.dot(x, y, 2, SILVER)
    c.blob([(10, 72), (16, 54), (30, 54), (38, 40), (52, 38), (60, 48), (58, 60), (46, 68), (46, 82), (30, 92), (14, 86)],
           DARK)  # fmt: skip
    c.blob([(13, 72), (18, 57), (31, 57), (40, 43), (51, 41), (57, 49), (55, 58), (43, 66), (43, 80), (30, 89), (16, 84)],
           MAIN)  # fmt: skip
    c.dot(42, 61, 8, INK)
    c.line([(44, 60), (70, 31)], COCOA, 6)
    c.line([(24, 72), (33, 81)], COCOA, 4)
    for shift in (-1.4, 0, 1.4):
        c.line([(28.5 + shift, 76.5 + shift), (86 + shift, 14 + shift)], CREAM, 0.8)


@drawing
def guitar_case(c: Canvas) -> None:
    outline = [(44, 4), (56, 4), (58, 40), (70, 44), (74, 54), (69, 63), (80, 74), (80, 86), (68, 96), (50, 97), (32, 96),
               (20, 86), (20, 74), (31, 63), (26, 54), (30, 44), (42, 40)]  # fmt: skip
    c.arc(80, 66, 9, 9, -100, 100, INK, 4)
    c.blob([(50 + (x - 50) * 1.08, y) for x, y in outline], DARK)
    c.blob([(50 + (x - 50) * 0.95, 50 + (y - 50) * 0.95) for x, y in outline], MAIN)
    c.box(42, 3, 58, 9, DARK, 3)
    for x, y in ((22, 50), (72, 50), (16, 78), (78, 78)):
        c.box(x, y, x + 7, y + 6, YOLK, 1)
    c.box(40, 62, 60, 72, CREAM, 2)


@drawing
def amplifier(c: Canvas) -> None:
    c.oval(50, 91, 36, 3.5, SHADOW)
    c.arc(50, 15, 14, 8, 180, 360, INK, 4)
    c.box(12, 14, 88, 90, MAIN, 6)
    c.box(18, 20, 82, 34, SILVER, 2)
    for x in (27, 39, 51):
        c.dot(x, 27, 4, INK)
        c.line([(x, 27), (x + 1.6, 24)], WHITE, 1.2)
    c.dot(74, 27, 3, YOLK)
    c.box(18, 38, 82, 84, INK, 3)
    c.dot(50, 61, 19, GREY)
    c.dot(50, 61, 15, COCOA)
    c.dot(50, 61, 6, GREY)


@drawing
def record(c: Canvas) -> None:
    c.dot(62, 50, 34, INK)
    for radius in (29, 24, 19):
        c.ring(62, 50, radius, radius, GREY, 0.8)
    c.dot(62, 50, 11, YOLK)
    c.dot(62, 50, 2, INK)
    c.box(6, 14, 64, 86, MAIN, 1)
    c.box(6, 14, 9, 86, DARK)
    c.dot(36, 45, 15, CREAM)
    c.dot(36, 45, 4, DARK)
    c.box(18, 70, 54, 76, CREAM, 1)
