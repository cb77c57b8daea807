"""Drawings of electronics."""

from __future__ import annotations

from sample_data.canvas import (
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


@drawing
def headphones(c: Canvas) -> None:
    c.arc(50, 52, 33, 38, 180, 360, MAIN, 9)
    c.arc(50, 53, 27, 32, 200, 340, DARK, 3)
    for x, side in ((18, 1), (82, -1)):
        c.box(x - 11, 50, x + 11, 86, MAIN, 9)
        c.box(x + side * 9 - 5, 52, x + side * 9 + 5, 84, INK, 5)


@drawing
def speaker(c: Canvas) -> None:
    c.oval(50, 91, 28, 3, SHADOW)
    c.box(24, 8, 76, 91, MAIN, 7)
    c.dot(50, 28, 11, INK)
    c.dot(50, 28, 5, GREY)
    c.dot(50, 64, 20, INK)
    c.ring(50, 64, 15, 15, GREY, 2.4)
    c.dot(50, 64, 7, SILVER)


@drawing
def gamepad(c: Canvas) -> None:
    c.blob([(24, 30), (50, 33), (76, 30), (88, 44), (95, 72), (85, 82), (70, 66), (50, 64), (30, 66), (15, 82), (5, 72),
            (12, 44)], MAIN)  # fmt: skip
    c.box(21, 45, 37, 50, INK, 1)
    c.box(26.5, 39.5, 31.5, 55.5, INK, 1)
    for x, y, pen in ((72, 40, YOLK), (72, 54, GLASS), (65, 47, WHITE), (79, 47, CREAM)):
        c.dot(x, y, 3.6, pen)
    c.dot(40, 58, 6, INK)
    c.dot(60, 58, 6, INK)
    c.box(46, 40, 54, 43, INK, 1)


@drawing
def watch(c: Canvas) -> None:
    c.box(34, 3, 66, 30, MAIN, 6)
    c.box(34, 70, 66, 97, MAIN, 6)
    for y in (80, 87):
        c.dot(50, y, 1.8, DARK)
    c.box(24, 22, 76, 78, INK, 13)
    c.box(29, 27, 71, 73, GLASS, 9)
    c.box(75, 42, 80, 54, GREY, 2)
    c.line([(50, 50), (50, 35)], INK, 3.4)
    c.line([(50, 50), (60, 56)], INK, 3.4)
    c.dot(50, 50, 3, INK)
    for x, y in ((50, 31), (67, 50), (50, 69), (33, 50)):
        c.dot(x, y, 1.6, INK)


@drawing
def camera(c: Canvas) -> None:
    c.oval(50, 84, 38, 4, SHADOW)
    c.box(36, 15, 64, 34, INK, 5)
    c.box(14, 22, 28, 32, INK, 3)
    c.box(8, 28, 92, 84, MAIN, 8)
    c.box(8, 28, 92, 37, SILVER, 5)
    c.dot(50, 58, 24, INK)
    c.dot(50, 58, 19, GREY)
    c.dot(50, 58, 14, INK)
    c.dot(44.5, 52, 4.5, GLASS)
    c.box(74, 41, 86, 48, YOLK, 2)


@drawing
def lens(c: Canvas) -> None:
    c.oval(50, 90, 28, 3.5, SHADOW)
    c.box(29, 74, 71, 90, GREY, 3)
    c.box(24, 32, 76, 76, INK, 4)
    c.box(22, 40, 78, 62, MAIN, 3)
    for x in range(25, 78, 6):
        c.line([(x, 66), (x, 73)], GREY, 1.6)
    c.box(20, 22, 80, 38, INK, 4)
    c.oval(50, 22, 30, 13, INK)
    c.oval(50, 22, 25, 10, GREY)
    c.oval(50, 22, 20, 8, DARK)
    c.oval(43, 20, 7, 3, GLASS)


@drawing
def tripod(c: Canvas) -> None:
    for foot in ((20, 94), (50, 95), (80, 94)):
        c.line([(50, 32), foot], INK, 5)
        c.line([((50 + foot[0]) / 2, (32 + foot[1]) / 2), foot], SILVER, 3)
        c.dot(foot[0], foot[1], 3, INK)
    c.line([(33, 68), (50, 60), (67, 68)], GREY, 2.4)
    c.box(40, 28, 60, 46, DARK, 4)
    c.box(46, 18, 54, 30, GREY)
    c.box(28, 6, 72, 21, MAIN, 3)
    c.line([(60, 36), (80, 44)], INK, 3.4)


@drawing
def phone(c: Canvas) -> None:
    c.box(27, 4, 73, 96, INK, 9)
    c.box(30, 8, 70, 92, MAIN, 6)
    c.box(42, 8, 58, 12, INK, 2)
    for row in range(3):
        for column, pen in enumerate((WHITE, CREAM, GLASS)):
            c.box(34.5 + column * 11.5, 40 + row * 12, 42.5 + column * 11.5, 48 + row * 12, pen, 2.4)
    c.box(34, 80, 66, 88, LIGHT, 3)
    c.box(40, 18, 60, 24, WHITE, 2)
    c.box(37, 27, 63, 30, WHITE, 1)


@drawing
def phone_case(c: Canvas) -> None:
    c.box(26, 4, 74, 96, DARK, 11)
    c.box(29, 7, 71, 93, MAIN, 9)
    c.box(33, 11, 53, 33, INK, 6)
    for x, y in ((39, 17), (47, 17), (39, 27)):
        c.dot(x, y, 3.4, GREY)
        c.dot(x, y, 1.6, GLASS)
    c.dot(47, 27, 2, YOLK)


@drawing
def charger(c: Canvas) -> None:
    c.line([(42, 12), (42, 30)], GREY, 5)
    c.line([(58, 12), (58, 30)], GREY, 5)
    c.box(26, 26, 74, 68, MAIN, 9)
    c.poly([(53, 33), (39, 50), (49, 50), (46, 62), (61, 45), (51, 45)], YOLK)
    c.box(44, 66, 56, 74, INK, 2)
    c.curve([(50, 73), (50, 86), (64, 92), (80, 88), (84, 74)], INK, 4)
    c.box(79, 56, 89, 74, INK, 2)
    c.box(81, 49, 87, 57, SILVER)


@drawing
def laptop(c: Canvas) -> None:
    c.oval(50, 82, 44, 3.5, SHADOW)
    c.box(16, 16, 84, 68, INK, 5)
    c.box(20, 20, 80, 64, MAIN, 2)
    c.box(28, 28, 56, 33, WHITE, 1)
    c.box(28, 37, 48, 41, WHITE, 1)
    c.poly([(16, 66), (84, 66), (96, 80), (4, 80)], SILVER)
    for y, inset in ((68, 4), (71.5, 1)):
        c.poly([(20 - 6 + inset, y), (86 - inset, y), (87 - inset, y + 2.4), (13 + inset, y + 2.4)], GREY)
    c.poly([(40, 75.5), (60, 75.5), (61, 79), (39, 79)], GREY)
    c.box(4, 79, 96, 83, GREY, 2)


@drawing
def mouse(c: Canvas) -> None:
    c.oval(52, 91, 24, 4, SHADOW)
    c.blob([(50, 8), (70, 14), (77, 42), (75, 72), (63, 89), (50, 91), (37, 89), (25, 72), (23, 42), (30, 14)], DARK)
    c.blob([(50, 11), (68, 17), (74, 42), (72, 71), (61, 86), (50, 88), (39, 86), (28, 71), (26, 42), (32, 17)], MAIN)
    c.blob([(50, 11), (68, 17), (74, 42), (70, 49), (50, 52), (30, 49), (26, 42), (32, 17)], SILVER)
    c.line([(50, 11), (50, 52)], GREY, 1.8)
    c.box(45.5, 20, 54.5, 40, INK, 4)
    c.box(48, 23, 52, 31, WHITE, 2)


@drawing
def sleeve(c: Canvas) -> None:
    c.oval(50, 90, 40, 3, SHADOW)
    c.box(18, 8, 82, 60, GREY, 5)
    c.box(20, 10, 80, 60, SILVER, 4)
    c.dot(50, 22, 4.5, GREY)
    c.box(8, 34, 92, 90, MAIN, 7)
    c.box(8, 34, 92, 43, DARK, 4)
    c.line([(13, 38.5), (87, 38.5)], SILVER, 1.8)
    c.line([(78, 39), (78, 50)], YOLK, 3.2)
    c.box(34, 66, 66, 78, CREAM, 2)
