"""Decimal marks and thousands separators of a column of numbers.

"1,299" alone is 1299 or 1.299. The other numbers of the column decide: "12,499.00" and "19.99" show a decimal point, "3,5"
and "1.299,00" a decimal comma. Without evidence, or with both, a comma before three digits separates thousands, and a
point is a decimal point.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)([.,])\d*)?")
ONE_MARK = re.compile(r"[+-]?(?:\d+([.,])\d*|([.,])\d+)(?:[eE][+-]?\d+)?")
OTHER = {",": ".", ".": ","}
AMBIGUOUS = "?"


@dataclass(frozen=True)
class PlainNumbers:
    """`texts` with decimal points and without thousands separators; what is no number is left as it is.

    Positions in `texts`: `thousands` had commas as thousands separators, `points` points as such, and `decimals` a decimal
    comma. `is_ambiguous`: a comma may be either, and the column does not show which.
    """

    texts: list[str]
    thousands: list[int]
    decimals: list[int]
    points: list[int]
    is_ambiguous: bool


def plain_numbers(texts: Sequence[str]) -> PlainNumbers:
    """Rewrite the numbers of a column as Python reads them.

    >>> plain_numbers(["1,299", "19.99"]).texts, plain_numbers(["1,299", "3,5"]).texts
    (['1299', '19.99'], ['1.299', '3.5'])
    """
    marks = [decimal_mark(text) for text in texts]
    has_point, has_comma = "." in marks, "," in marks
    usual = "," if has_comma and not has_point else "."
    plain: list[str] = []
    thousands: list[int] = []
    decimals: list[int] = []
    points: list[int] = []
    is_ambiguous = False
    for position, (text, mark) in enumerate(zip(texts, marks, strict=True)):
        decimal = usual if mark == AMBIGUOUS else mark
        if "," in text and decimal:
            (decimals if decimal == "," else thousands).append(position)
            is_ambiguous |= mark == AMBIGUOUS and has_point == has_comma
        elif "." in text and decimal == ",":
            points.append(position)
        plain.append(text.replace(OTHER[decimal], "").replace(decimal, ".") if decimal else text)
    return PlainNumbers(plain, thousands, decimals, points, is_ambiguous)


def decimal_mark(text: str) -> str:
    """The decimal mark that a text alone shows; `AMBIGUOUS` where it may be either, "" for what has no mark."""
    if grouped := GROUPED.fullmatch(text):
        is_single = grouped[2] is None and text.count(grouped[1]) == 1
        return AMBIGUOUS if is_single else OTHER[grouped[1]]
    number = ONE_MARK.fullmatch(text)
    return (number[1] or number[2]) if number else ""
