"""Drawings of the home, of books and of stationery."""

from __future__ import annotations

from sample_data.canvas import (
    BARK,
    CREAM,
    DARK,
    GLASS,
    GREY,
    INK,
    LEAF,
    LIGHT,
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
def lamp(c: Canvas) -> None:
    c.poly([(30, 46), (70, 46), (88, 86), (12, 86)], CREAM)
    c.oval(50, 88, 26, 4, SHADOW)
    c.box(46, 44, 54, 84, BARK, 2)
    c.oval(50, 86, 20, 5, BARK)
    c.dot(50, 48, 7, YOLK)
    c.poly([(34, 10), (66, 10), (82, 48), (18, 48)], MAIN)
    c.box(33, 8, 67, 12, DARK, 1)
    c.box(17, 46, 83, 50, DARK, 1)


@drawing
def chair(c: Canvas) -> None:
    c.oval(50, 91, 30, 3, SHADOW)
    c.line([(30, 56), (26, 90)], WOOD, 5)
    c.line([(70, 56), (76, 90)], WOOD, 5)
    c.line([(38, 54), (38, 82)], BARK, 4.5)
    c.line([(64, 54), (66, 82)], BARK, 4.5)
    c.line([(31, 10), (31, 54)], WOOD, 5)
    c.line([(69, 10), (69, 54)], WOOD, 5)
    for y in (10, 23, 36):
        c.box(29, y, 71, y + 9, MAIN, 2.5)
    c.poly([(27, 50), (73, 50), (80, 62), (20, 62)], MAIN)
    c.box(20, 61, 80, 66, DARK, 2)


@drawing
def armchair(c: Canvas) -> None:
    c.oval(50, 90, 36, 4, SHADOW)
    c.line([(24, 80), (21, 91)], BARK, 5)
    c.line([(76, 80), (79, 91)], BARK, 5)
    c.box(22, 10, 78, 72, DARK, 14)
    c.box(25, 12, 75, 70, MAIN, 12)
    c.box(24, 54, 76, 70, LIGHT, 5)
    c.box(20, 68, 80, 84, MAIN, 3)
    c.line([(28, 69), (72, 69)], DARK, 1.8)
    for x in (7, 69):
        c.box(x, 42, x + 24, 85, DARK, 10)
        c.box(x + 2, 44, x + 22, 83, MAIN, 9)


@drawing
def plant(c: Canvas) -> None:
    c.oval(50, 90, 24, 3.5, SHADOW)
    for tip, bend in (((18, 26), (30, 40)), ((82, 26), (70, 40)), ((34, 10), (42, 34)), ((66, 10), (58, 34))):
        c.curve([(50, 60), bend, tip], LEAF, 3)
        x, y = tip
        middle = (x + bend[0]) / 2, (y + bend[1]) / 2
        across = (bend[1] - y) * 0.42, (x - bend[0]) * 0.42
        c.blob(
            [tip, (middle[0] + across[0], middle[1] + across[1]), bend, (middle[0] - across[0], middle[1] - across[1])],
            LEAF,
        )
    c.blob([(50, 4), (60, 24), (50, 56), (40, 24)], LEAF)
    c.line([(50, 12), (50, 58)], GLASS, 1.4)
    c.poly([(26, 58), (74, 58), (67, 90), (33, 90)], MAIN)
    c.box(22, 54, 78, 65, DARK, 2)


@drawing
def clock(c: Canvas) -> None:
    c.dot(50, 50, 41, MAIN)
    c.dot(50, 50, 30, WHITE)
    for x, y in ((50.0, 24.0), (76.0, 50.0), (50.0, 76.0), (24.0, 50.0)):
        c.dot(x, y, 2.4, INK)
    for x, y in ((63, 27.5), (72.5, 37), (72.5, 63), (63, 72.5), (37, 72.5), (27.5, 63), (27.5, 37), (37, 27.5)):
        c.dot(x, y, 1.2, GREY)
    c.line([(50, 50), (36, 41)], INK, 4)
    c.line([(50, 50), (60, 30)], INK, 3)
    c.dot(50, 50, 3.4, DARK)


@drawing
def cushion(c: Canvas) -> None:
    c.oval(50, 86, 34, 4, SHADOW)
    c.blob([(12, 16), (50, 22), (88, 16), (84, 50), (88, 86), (50, 82), (12, 86), (16, 50)], DARK)
    c.blob([(16, 20), (50, 25), (84, 20), (80, 50), (84, 82), (50, 78), (16, 82), (20, 50)], MAIN)
    for x, y, dx, dy in ((16, 20, 7, 8), (84, 20, -7, 8), (16, 82, 7, -8), (84, 82, -7, -8)):
        c.line([(x, y), (x + dx, y + dy)], DARK, 1.6)
    c.dot(50, 51, 3, DARK)


@drawing
def book(c: Canvas) -> None:
    c.oval(52, 91, 30, 3, SHADOW)
    c.box(22, 14, 82, 90, DARK, 4)
    c.box(28, 80, 84, 88, WHITE, 2)
    c.line([(30, 84), (82, 84)], SILVER, 1)
    c.box(22, 8, 80, 81, MAIN, 4)
    c.box(22, 8, 31, 86, DARK, 3)
    c.box(39, 20, 73, 44, CREAM, 2)
    c.box(44, 26, 68, 29.5, INK, 1)
    c.box(48, 34, 64, 37, INK, 1)
    c.poly([(64, 80), (72, 80), (72, 96), (68, 91), (64, 96)], YOLK)


@drawing
def notebook(c: Canvas) -> None:
    c.poly([(78, 88), (72, 88), (86, 20), (92, 21)], YOLK)
    c.poly([(72, 88), (78, 88), (73.5, 96)], CREAM)
    c.poly([(86, 20), (92, 21), (93, 15), (87, 14)], INK)
    c.box(14, 10, 70, 90, DARK, 4)
    c.box(20, 10, 70, 90, MAIN, 4)
    c.box(30, 22, 60, 34, WHITE, 2)
    c.line([(35, 28), (55, 28)], GREY, 1.6)
    for y in range(17, 88, 9):
        c.dot(20, y, 2.4, INK)
        c.line([(10, y), (20, y)], SILVER, 2.6)
    c.box(62, 10, 66, 90, INK)


@drawing
def pencils(c: Canvas) -> None:
    c.oval(50, 91, 24, 3.5, SHADOW)
    for x, top, pen in ((30, 22, LEAF), (43, 10, YOLK), (57, 16, INK), (70, 24, WOOD)):
        c.box(x - 5, top + 14, x + 5, 60, pen)
        c.poly([(x - 5, top + 15), (x, top), (x + 5, top + 15)], CREAM)
        c.poly([(x - 1.8, top + 5.2), (x, top), (x + 1.8, top + 5.2)], pen)
    c.box(24, 48, 76, 92, MAIN, 5)
    c.box(22, 46, 78, 53, DARK, 2)


@drawing
def globe(c: Canvas) -> None:
    c.oval(50, 93, 24, 3, SHADOW)
    c.arc(50, 44, 39, 39, -60, 120, BARK, 4)
    c.box(47, 80, 53, 90, BARK)
    c.oval(50, 90, 18, 4, BARK)
    c.dot(50, 44, 33, MAIN)
    c.blob([(28, 26), (42, 18), (48, 28), (40, 38), (44, 48), (36, 62), (30, 48), (24, 40)], CREAM)
    c.blob([(58, 24), (70, 26), (76, 38), (66, 40), (68, 54), (60, 62), (54, 46), (56, 34)], CREAM)
    c.arc(50, 44, 33, 33, 20, 120, DARK, 1.4)
