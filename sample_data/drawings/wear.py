"""Drawings of clothes, bags and what people travel with."""

from __future__ import annotations

from sample_data.canvas import (
    BARK,
    CREAM,
    DARK,
    GREY,
    INK,
    LIGHT,
    MAIN,
    SHADOW,
    SILVER,
    WHITE,
    YOLK,
    Canvas,
    bow,
)  # fmt: skip
from sample_data.drawings.register import drawing


@drawing
def tshirt(c: Canvas) -> None:
    c.poly([(34, 14), (66, 14), (92, 30), (82, 48), (73, 43), (73, 90), (27, 90), (27, 43), (18, 48), (8, 30)], MAIN)
    c.sector(50, 13, 13, 12, 0, 180, DARK)
    c.sector(50, 11, 11, 10, 0, 180, CREAM)
    c.line([(27, 43), (27, 34)], DARK, 1.6)
    c.line([(73, 43), (73, 34)], DARK, 1.6)
    c.line([(28, 87), (72, 87)], DARK, 1.4)


@drawing
def sneaker(c: Canvas) -> None:
    c.oval(50, 82, 44, 4, SHADOW)
    c.blob([(10, 34), (22, 38), (34, 30), (42, 28), (54, 44), (70, 52), (90, 58), (94, 72), (70, 76), (30, 76), (8, 74),
            (6, 52)], MAIN)  # fmt: skip
    c.poly([(40, 26), (30, 32), (46, 56), (62, 50)], LIGHT)
    for x, y in ((38, 36), (44, 42), (50, 48)):
        c.line([(x - 5, y + 3), (x + 7, y - 3)], WHITE, 2.6)
    c.sector(88, 74, 15, 14, 180, 270, WHITE)
    c.blob([(78, 74), (80, 60), (90, 58), (95, 68), (95, 74)], WHITE)
    c.box(5, 70, 96, 82, WHITE, 5)
    c.box(5, 77, 96, 82, GREY, 2.5)
    c.curve([(14, 64), (30, 66), (44, 60)], WHITE, 3)
    c.curve([(9, 36), (20, 41), (34, 32)], DARK, 3)


@drawing
def cap(c: Canvas) -> None:
    c.oval(52, 77, 38, 4, SHADOW)
    c.sector(42, 64, 34, 42, 180, 360, MAIN)
    c.arc(42, 64, 13, 42, 180, 270, DARK, 1.6)
    c.arc(42, 64, 13, 42, 270, 360, DARK, 1.6)
    c.dot(42, 22, 3.4, DARK)
    c.blob([(8, 62), (40, 58), (78, 58), (96, 70), (92, 76), (66, 68), (40, 68), (10, 70)], DARK)


@drawing
def dress(c: Canvas) -> None:
    c.line([(38, 6), (37, 20)], MAIN, 5)
    c.line([(62, 6), (63, 20)], MAIN, 5)
    c.poly([(35, 16), (43, 21), (50, 23), (57, 21), (65, 16), (69, 26), (62, 46), (38, 46), (31, 26)], MAIN)
    c.poly([(38, 46), (62, 46), (86, 88), (72, 93), (50, 95), (28, 93), (14, 88)], MAIN)
    c.box(37, 43, 63, 50, DARK, 1.5)
    for top, low in ((44, 34), (56, 66), (50, 50)):
        c.line([(top, 54), (low, 90)], DARK, 1.4)


@drawing
def socks(c: Canvas) -> None:
    for x, y in ((40, -4), (16, 6)):
        c.blob([(x, y + 12), (x + 24, y + 12), (x + 25, y + 46), (x + 42, y + 64), (x + 46, y + 78), (x + 34, y + 84),
                (x + 16, y + 74), (x + 2, y + 62)], DARK)  # fmt: skip
        c.poly([(x + 1, y + 10), (x + 23, y + 10), (x + 24, y + 48), (x + 2, y + 60)], MAIN)
        c.blob([(x + 2, y + 44), (x + 24, y + 44), (x + 38, y + 62), (x + 34, y + 80), (x + 18, y + 72), (x + 3, y + 60)],
               MAIN)  # fmt: skip
        c.box(x - 1, y + 8, x + 25, y + 18, WHITE, 2)
        for step in range(4, 24, 5):
            c.line([(x + step, y + 10), (x + step, y + 16)], SILVER, 1.2)


@drawing
def backpack(c: Canvas) -> None:
    c.oval(50, 91, 30, 4, SHADOW)
    c.ring(50, 14, 10, 9, INK, 3.4)
    c.box(12, 46, 24, 80, DARK, 5)
    c.box(76, 46, 88, 80, DARK, 5)
    c.box(20, 14, 80, 92, MAIN, 20)
    c.box(20, 60, 80, 92, MAIN, 8)
    c.arc(50, 40, 24, 18, 180, 360, DARK, 2)
    c.box(28, 54, 72, 84, DARK, 6)
    c.box(30, 56, 70, 82, LIGHT, 5)
    c.line([(32, 64), (68, 64)], INK, 2)
    c.line([(62, 64), (62, 71)], YOLK, 2.6)
    c.box(33, 16, 38, 50, INK, 1)
    c.box(62, 16, 67, 50, INK, 1)
    c.box(31.5, 43, 39.5, 51, YOLK, 1)
    c.box(60.5, 43, 68.5, 51, YOLK, 1)


@drawing
def suitcase(c: Canvas) -> None:
    c.oval(50, 93, 28, 3, SHADOW)
    c.line([(40, 26), (40, 6), (60, 6), (60, 26)], GREY, 3.4)
    c.line([(40, 6), (60, 6)], INK, 5)
    for x in (30, 70):
        c.dot(x, 91, 5, INK)
    c.box(20, 22, 80, 89, MAIN, 8)
    for x in (35, 50, 65):
        c.line([(x, 28), (x, 83)], DARK, 2.2)
    c.box(42, 20, 58, 26, INK, 2)
    for x, y in ((20, 22), (72, 22), (20, 81), (72, 81)):
        c.box(x, y, x + 8, y + 8, DARK, 3)


@drawing
def umbrella(c: Canvas) -> None:
    c.line([(50, 6), (50, 80)], BARK, 3.4)
    c.arc(58, 80, 8, 9, 0, 180, BARK, 4.4)
    dome = [*bow(50, 54, 44, 44, 180, 360)]
    for x in (79.5, 50, 20.5):
        dome += bow(x, 54, 14.7, 7, 0, -180)
    c.poly(dome, MAIN)
    c.arc(50, 54, 15, 44, 180, 360, DARK, 1.8)
    c.line([(50, 6), (50, 12)], DARK, 3)


@drawing
def handbag(c: Canvas) -> None:
    c.oval(50, 89, 36, 4, SHADOW)
    c.ring(50, 36, 22, 28, DARK, 5)
    c.poly([(20, 38), (80, 38), (92, 88), (8, 88)], MAIN)
    c.poly([(20, 36), (80, 36), (84, 56), (50, 66), (16, 56)], DARK)
    c.box(44, 56, 56, 70, YOLK, 3)
    c.dot(50, 63, 2, INK)
    c.dot(29, 40, 3, YOLK)
    c.dot(71, 40, 3, YOLK)


@drawing
def sunglasses(c: Canvas) -> None:
    c.line([(10, 40), (22, 24), (30, 22)], DARK, 4)
    c.line([(90, 40), (78, 24), (70, 22)], DARK, 4)
    c.arc(50, 49, 10, 8, 190, 350, MAIN, 6)
    for x in (27, 73):
        c.box(x - 22, 34, x + 22, 72, MAIN, 16)
        c.box(x - 16, 40, x + 16, 66, INK, 11)
        c.line([(x - 7, 58), (x + 3, 46)], GREY, 2.6)
        c.line([(x, 60), (x + 7, 51)], GREY, 1.8)
