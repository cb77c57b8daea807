"""Drawings of toys and games."""

from __future__ import annotations

from sample_data.canvas import (
    BARK,
    CREAM,
    DARK,
    GLASS,
    GREY,
    HALO,
    INK,
    LIGHT,
    MAIN,
    SHADOW,
    SILVER,
    SKIN,
    WHITE,
    YOLK,
    Canvas,
)  # fmt: skip
from sample_data.drawings.register import drawing


@drawing
def teddy(c: Canvas) -> None:
    c.oval(50, 92, 32, 4, SHADOW)
    for x in (31, 69):
        c.dot(x, 16, 9, SKIN)
        c.dot(x, 16, 5, BARK)
        c.oval(x - 12 if x < 50 else x + 12, 62, 8, 12, SKIN)
        c.dot(x, 84, 11, SKIN)
        c.dot(x, 85, 6, CREAM)
    c.oval(50, 70, 25, 21, MAIN)
    c.oval(50, 33, 27, 23, SKIN)
    c.oval(50, 41, 11, 9, CREAM)
    c.oval(50, 36.5, 4, 2.8, INK)
    c.line([(50, 39), (50, 43)], INK, 1.6)
    c.arc(50, 42, 5, 4, 20, 160, INK, 1.6)
    for x in (40, 60):
        c.dot(x, 29, 2.8, INK)
    c.poly([(50, 56), (38, 50), (38, 63)], DARK)
    c.poly([(50, 56), (62, 50), (62, 63)], DARK)
    c.dot(50, 56.5, 3.4, LIGHT)


@drawing
def toy_car(c: Canvas) -> None:
    c.oval(50, 82, 42, 4, SHADOW)
    c.blob([(24, 48), (34, 26), (42, 22), (62, 22), (70, 28), (80, 48)], MAIN)
    c.box(6, 44, 94, 74, MAIN, 10)
    c.poly([(31, 46), (38, 29), (49, 29), (49, 46)], GLASS)
    c.poly([(54, 46), (54, 29), (64, 29), (73, 46)], GLASS)
    c.box(6, 64, 94, 72, DARK, 4)
    for x in (27, 73):
        c.dot(x, 72, 13, INK)
        c.dot(x, 72, 6.5, SILVER)
    c.dot(90, 54, 3.6, YOLK)
    c.line([(58, 52), (64, 52)], DARK, 2)


@drawing
def blocks(c: Canvas) -> None:
    c.oval(50, 91, 42, 3.5, SHADOW)
    for x, y in ((28, 70.5), (72, 70.5), (50, 29.5)):
        c.box(x - 20, y - 19.5, x + 20, y + 19.5, DARK, 3)
        c.box(x - 16, y - 15.5, x + 16, y + 15.5, MAIN, 2)
        c.box(x - 9, y - 10, x + 9, y + 10, CREAM, 3)
    c.line([(45, 36), (50, 23), (55, 36)], INK, 3)
    c.line([(47, 32), (53, 32)], INK, 2.4)
    c.line([(23, 64), (23, 77)], INK, 3)  # A, H and T: letters that mirrored pictures do not turn round
    c.line([(33, 64), (33, 77)], INK, 3)
    c.line([(23, 70.5), (33, 70.5)], INK, 2.4)
    c.line([(66.5, 64.5), (77.5, 64.5)], INK, 3)
    c.line([(72, 64), (72, 77)], INK, 3)


@drawing
def kite(c: Canvas) -> None:
    c.curve([(34, 66), (28, 76), (38, 82), (32, 92), (42, 97)], INK, 1.8)
    for x, y in ((30, 76), (35, 86), (37, 95)):
        c.poly([(x, y), (x - 7, y - 4), (x - 7, y + 4)], YOLK)
        c.poly([(x, y), (x + 7, y - 4), (x + 7, y + 4)], YOLK)
    c.poly([(64, 4), (88, 32), (34, 68), (30, 22)], MAIN)
    c.poly([(64, 4), (88, 32), (55, 28)], LIGHT)
    c.poly([(34, 68), (30, 22), (55, 28)], LIGHT)
    c.line([(64, 4), (34, 68)], BARK, 2)
    c.line([(30, 22), (88, 32)], BARK, 2)


@drawing
def robot(c: Canvas) -> None:
    c.oval(50, 93, 28, 3.5, SHADOW)
    c.line([(50, 6), (50, 16)], GREY, 2.6)
    c.dot(50, 6, 4, YOLK)
    for x in (36, 56):
        c.box(x - 1, 78, x + 9, 88, GREY)
        c.box(x - 5, 86, x + 12, 93, INK, 3)
    for x in (10, 80):
        c.box(x, 50, x + 10, 72, GREY, 5)
        c.dot(x + 5, 75, 6.5, INK)
    c.box(24, 14, 76, 44, MAIN, 7)
    c.box(31, 20, 69, 38, CREAM, 5)
    for x in (41, 59):
        c.dot(x, 27, 4.6, INK)
        c.dot(x + 1, 26, 1.4, WHITE)
    c.line([(43, 34.5), (57, 34.5)], INK, 2)
    c.box(44, 43, 56, 48, GREY)
    c.box(20, 47, 80, 80, MAIN, 6)
    c.box(34, 53, 66, 68, SILVER, 3)
    for x, pen in ((41, YOLK), (50, LIGHT), (59, DARK)):
        c.dot(x, 60.5, 3.2, pen)
    c.line([(36, 74), (64, 74)], DARK, 2)


@drawing
def puzzle(c: Canvas) -> None:
    c.box(10, 40, 60, 90, DARK, 3)
    c.box(10, 38, 60, 87, MAIN, 3)
    c.dot(35, 33, 8.5, MAIN)
    c.dot(10, 62, 8, HALO)
    c.dot(66, 62, 8.5, MAIN)
    c.dot(35, 85, 7, DARK)
    c.poly([(58, 12), (92, 20), (84, 56), (50, 48)], DARK)
    c.poly([(58, 10), (92, 18), (84, 53), (50, 45)], LIGHT)
    c.dot(75, 13, 6, LIGHT)
    c.dot(53.5, 28, 5.5, HALO)
    c.dot(66.5, 50.5, 6, LIGHT)
    c.dot(89, 36, 6, LIGHT)
