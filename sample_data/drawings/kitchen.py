"""Drawings of the kitchen and of food."""

from __future__ import annotations

from sample_data.canvas import (
    BARK,
    COCOA,
    CREAM,
    DARK,
    INK,
    LEAF,
    LIGHT,
    MAIN,
    NOODLE,
    SHADOW,
    SILVER,
    WHITE,
    WOOD,
    YOLK,
    Canvas,
)  # fmt: skip
from sample_data.drawings.register import drawing


@drawing
def ramen_bowl(c: Canvas) -> None:
    c.oval(50, 87, 28, 4, SHADOW)
    c.line([(58, 42), (92, 10)], BARK, 3)
    c.line([(64, 42), (96, 18)], BARK, 3)
    c.oval(50, 45, 40, 13, DARK)
    c.oval(50, 45, 37, 11, YOLK)
    for x in (22, 30, 38, 46, 54, 62):
        c.arc(x + 6, 47, 9, 10, 190, 350, NOODLE, 3)
    for x in (24, 33, 42, 51):
        c.arc(x + 8, 51, 8, 7, 190, 350, NOODLE, 3)
    c.oval(33, 40, 10, 7, WHITE)
    c.oval(33, 40, 5, 3.6, YOLK)
    for x, y in ((56, 39), (62, 43), (52, 44)):
        c.oval(x, y, 3.4, 2, LEAF)
    c.sector(50, 48, 40, 36, 0, 180, MAIN)
    c.poly([(10, 45), (90, 45), (90, 49), (10, 49)], MAIN)
    c.oval(50, 45, 37, 8.5, YOLK)
    for x in (20, 29, 38, 47, 56, 65):
        c.arc(x + 7, 49, 8, 9, 195, 345, NOODLE, 3.2)
    c.oval(34, 43, 9.5, 6.5, WHITE)
    c.oval(34, 43, 5, 3.6, YOLK)
    for x, y in ((56, 41), (63, 44), (50, 45)):
        c.oval(x, y, 3.6, 2.2, LEAF)
    c.sector(50, 47, 40, 36, 8, 172, MAIN)
    c.box(36, 80, 64, 87, DARK, 2)


@drawing
def mug(c: Canvas) -> None:
    c.oval(50, 87, 30, 4, SHADOW)
    c.ring(71, 54, 17, 19, DARK, 7)
    c.box(20, 24, 70, 87, MAIN, 8)
    c.box(20, 24, 70, 40, MAIN)
    c.oval(45, 25, 25, 7, LIGHT)
    c.oval(45, 26, 21, 5, COCOA)
    for x in (36, 52):
        c.curve([(x, 17), (x + 3, 12), (x - 2, 8), (x + 1, 3)], SILVER, 2.4)


@drawing
def teapot(c: Canvas) -> None:
    c.oval(50, 87, 30, 4, SHADOW)
    c.arc(76, 54, 16, 17, -110, 110, DARK, 6)
    c.poly([(30, 72), (20, 52), (5, 38), (12, 33), (26, 40), (38, 52)], DARK)
    c.oval(52, 59, 30, 28, MAIN)
    c.box(38, 82, 66, 88, DARK, 3)
    c.sector(52, 37, 19, 12, 180, 360, LIGHT)
    c.box(32, 34, 72, 39, DARK, 2)
    c.dot(52, 22, 5, DARK)


@drawing
def pan(c: Canvas) -> None:
    c.line([(66, 42), (94, 20)], INK, 8)
    c.line([(62, 45), (74, 36)], SILVER, 6)
    c.dot(41, 58, 36, MAIN)
    c.dot(41, 58, 27, INK)
    c.blob([(24, 54), (32, 42), (45, 44), (57, 48), (58, 62), (46, 72), (32, 70)], WHITE)
    c.dot(41, 57, 8.5, YOLK)
    c.oval(38.5, 54, 2.4, 1.8, CREAM)


@drawing
def toaster(c: Canvas) -> None:
    c.oval(50, 87, 36, 4, SHADOW)
    for x in (20, 50):
        c.box(x, 14, x + 28, 50, BARK, 7)
        c.box(x + 3, 17, x + 25, 50, NOODLE, 5)
    c.box(10, 38, 88, 84, MAIN, 14)
    c.box(16, 38, 82, 43, INK, 2)
    c.box(18, 82, 28, 88, INK, 2)
    c.box(70, 82, 80, 88, INK, 2)
    c.box(86, 54, 95, 61, INK, 2)
    c.dot(74, 70, 6, SILVER)
    c.line([(74, 70), (77, 66)], INK, 2)


@drawing
def jam(c: Canvas) -> None:
    c.oval(50, 88, 26, 4, SHADOW)
    c.box(24, 30, 76, 88, MAIN, 9)
    c.box(28, 24, 72, 36, LIGHT)
    c.box(22, 12, 78, 27, DARK, 3)
    for x in range(26, 78, 7):
        c.box(x, 15, x + 2, 25, MAIN)
    c.box(24, 46, 76, 74, CREAM)
    c.blob([(50, 71), (40, 61), (41, 54), (50, 56), (59, 54), (60, 61)], MAIN)
    c.poly([(50, 57), (42, 52), (48, 52), (50, 48), (52, 52), (58, 52)], LEAF)
    for x, y in ((46, 60), (54, 60), (50, 65)):
        c.oval(x, y, 0.9, 1.4, CREAM)


@drawing
def coffee(c: Canvas) -> None:
    c.oval(50, 88, 30, 4, SHADOW)
    c.poly([(26, 20), (74, 20), (80, 34), (78, 88), (22, 88), (20, 34)], MAIN)
    c.poly([(26, 20), (74, 20), (78, 30), (22, 30)], DARK)
    c.box(25, 12, 75, 21, DARK, 2)
    c.box(30, 14.5, 70, 17, LIGHT)
    c.dot(50, 58, 20, CREAM)
    c.oval(50, 58, 10, 14, COCOA)
    c.curve([(52, 45), (47, 53), (53, 63), (48, 71)], CREAM, 2.4)


@drawing
def chocolate(c: Canvas) -> None:
    c.box(26, 8, 74, 60, COCOA, 3)
    for x in (29, 44.5, 60):
        for y in (11, 25, 39):
            c.box(x, y, x + 12, y + 11, BARK, 2)
    c.poly([(23, 48), (32, 43), (41, 49), (50, 43), (59, 49), (68, 43), (77, 48), (77, 92), (23, 92)], SILVER)
    c.box(22, 54, 78, 93, MAIN, 2)
    c.box(22, 66, 78, 82, CREAM)
    c.box(32, 70, 68, 73, COCOA, 1)
    c.box(38, 76, 62, 78, COCOA, 1)


@drawing
def cupcake(c: Canvas) -> None:
    c.oval(50, 88, 24, 4, SHADOW)
    c.poly([(24, 54), (76, 54), (68, 88), (32, 88)], BARK)
    for x in range(30, 76, 9):
        c.line([(x, 56), (50 + (x - 50) * 0.7, 86)], WOOD, 2)
    c.oval(50, 52, 31, 11, MAIN)
    c.oval(50, 41, 25, 11, MAIN)
    c.oval(50, 30, 17, 9, MAIN)
    c.oval(50, 22, 9, 7, MAIN)
    c.curve([(22, 56), (50, 61), (78, 53)], DARK, 1.6)
    c.curve([(28, 45), (50, 49), (73, 42)], DARK, 1.6)
    c.curve([(35, 34), (50, 37), (66, 31)], DARK, 1.6)
    c.dot(50, 13, 6, INK)
    c.curve([(50, 9), (53, 4), (58, 2)], LEAF, 1.8)


@drawing
def tea(c: Canvas) -> None:
    c.oval(50, 89, 26, 4, SHADOW)
    c.box(24, 28, 76, 90, MAIN, 4)
    c.box(22, 12, 78, 30, DARK, 4)
    c.box(42, 7, 58, 14, DARK, 2)
    c.box(22, 27, 78, 30, LIGHT)
    c.oval(50, 60, 21, 20, CREAM)
    c.blob([(50, 45), (58, 56), (50, 74), (42, 56)], LEAF)
    c.blob([(36, 54), (46, 60), (50, 72), (39, 66)], LEAF)
    c.blob([(64, 54), (54, 60), (50, 72), (61, 66)], LEAF)
    c.line([(50, 49), (50, 74)], CREAM, 1.2)
