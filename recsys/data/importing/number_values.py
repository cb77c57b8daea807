"""Numbers, and answers of yes or no."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from recsys.data.importing.column import Column
from recsys.data.importing.decimal_marks import AMBIGUOUS, PlainNumbers, decimal_mark, plain_numbers
from recsys.data.importing.faults import DROP_ROWS, Treatment
from recsys.messages import Message, message

PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
MOST = 1e30
MEDIAN = Treatment(name="median", label=message("take the median rating"))
IMPLICIT = Treatment(name="implicit", label=message("use no ratings at all: every row is an event"))
CLIP = Treatment(name="clip", label=message("take the nearest end of the scale"))
RESCALE = Treatment(name="rescale", label=message("stretch all ratings so that they fit the scale"))
KEEP = Treatment(name="keep", label=message("keep the number"))
NO_RATING = (DROP_ROWS, MEDIAN, IMPLICIT)  # events have ratings or not, all of them
ZERO_SHARE = 0.1  # of the ratings, from which on 0 may stand for none
ZERO = "zero_rating"
ZEROS = (
    Treatment(name="keep", label=message("0 is a rating, the lowest one")),
    Treatment(name="implicit", label=message("0 means no rating: keep every event, and use no ratings at all")),
    Treatment(name="median", label=message("0 means no rating: keep these events with the median rating")),
    Treatment(name="drop", label=message("0 means no rating: leave these rows out")),
)
CLICKS = {"1": True, "true": True, "0": False, "false": False}
LIKES = dict.fromkeys(
    ["true", "t", "yes", "y", "like", "liked", "likes", "是", "有", "喜欢", "喜歡", "赞", "讚", "好评"], "1"
) | dict.fromkeys(
    ["false", "f", "no", "n", "dislike", "disliked", "dislikes", "否", "无", "無", "不喜欢", "不喜歡", "踩", "差评"],
    "0",
)
WIDE_MARKS = str.maketrans("．，／％－＋", ".,/%-+")
UNRATED = (-1, -9, -99, -999, -9999)
PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s?%")
STARS = re.compile(r"(★+)[☆✩]*|([☆⭐🌟]️?)+")
OUT_OF = re.compile(r"(\d+(?:\.\d+)?)\s?(?:/|out of|of)\s?(\d+(?:\.\d+)?)(?:\s?stars?)?", re.IGNORECASE)
WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s?(?:stars?|points?|pts?|星|颗星|顆星|分|★|⭐)", re.IGNORECASE)
CURRENCIES = r"[$€£¥₹₩₽฿元円]|rmb|cny|usd|eur|gbp|jpy|hkd|twd|nt\$|us\$|hk\$|人民币|块"
AMOUNT = re.compile(
    rf"\s*(?P<before>{CURRENCIES})?\s*(?P<number>[+-]?[\d.,]+)\s*(?P<after>{CURRENCIES})?\s*", re.IGNORECASE
)


def parse_numbers(column: Column, scale: tuple[float, float] | None = None) -> np.ndarray:
    """Parse finite numbers as float32. Decimal commas and digits of other scripts are read if consistent, answers of yes
    and no as ratings of 1 and 0.

    Numbers that are empty, none, marked (80%, 4/5), or outside the `scale` are faults to decide about, as is a rating of
    -1 among positive ones, and 0 where no other is below 1; NaN in rows that are dropped, and in those that rating_treatments.py fills. What looks at all
    ratings at once (median, rescaling) is done there, too.
    """
    digits = _likes(column, _plain_digits(column))
    digits = _without_units(column, _decimal_points(column, digits))
    empty = [i for i, text in enumerate(digits) if not text]
    bad = [i for i, text in enumerate(digits) if text and not PLAIN_NUMBER.fullmatch(text) and not _is_marked(text)]
    values = np.array([float(text) if PLAIN_NUMBER.fullmatch(text) else np.nan for text in digits])
    large = [int(i) for i in np.flatnonzero(np.abs(values) >= MOST)]
    values[large] = np.nan
    unread = NO_RATING if column.role == "rating" else (DROP_ROWS,)
    if bad:
        column.ask("bad_number", bad, message("{text} is not a number."), unread)
    if large:
        column.ask("large_number", large, message("{text} is too large to be finite here."), unread)
    if column.role == "rating":
        _ask_unrated(column, values)
        _ask_zeros(column, values)
    if empty:
        column.ask("no_number", empty, message("the {role} is empty (missing)."), unread, role=column.role)
    if scale is not None:
        lowest, highest = scale
        outside = [int(i) for i in np.flatnonzero((values < lowest) | (values > highest))]
        outside = [i for i in outside if not column.dropped[column.codes == i].all()]
        fault = message("{text} is outside the scale of {lowest:g} to {highest:g}.")
        treatments = (DROP_ROWS, CLIP, RESCALE)
        if outside and column.ask("off_scale", outside, fault, treatments, lowest=lowest, highest=highest) == CLIP.name:
            values[outside] = values[outside].clip(lowest, highest)
    if len(np.unique(values)) == 1 and not np.isnan(values[0]) and len(column.codes) > 1 and column.role == "rating":
        column.note(
            "constant",
            message("Every rating is the same (constant): ratings are of no use, events count as such (implicit)."),
        )
    return column.filled(values.astype("float32"))


def _plain_digits(column: Column) -> list[str]:
    """The texts, trimmed and with the digits 0 to 9."""
    texts = [text.strip() for text in column.distinct]
    digits = [ascii_digits(text).translate(WIDE_MARKS) for text in texts]
    if changed := [i for i, text in enumerate(digits) if text != texts[i]]:
        sentence = message("Digits of another script in {column} were read as numbers.", column=column.name)
        column.note("digits", sentence, changed)
    return digits


def _likes(column: Column, texts: list[str]) -> list[str]:
    """The texts of ratings with 1 and 0 for yes and no, if there is nothing but these."""
    words = [text.lower() for text in texts]
    is_answer = [word in LIKES for word in words]
    if (
        column.role != "rating"
        or not any(is_answer)
        or not all(word in LIKES or word in ("", "0", "1") for word in words)
    ):
        return texts
    answered = [i for i, is_word in enumerate(is_answer) if is_word]
    yes = next((texts[i] for i in answered if LIKES[words[i]] == "1"), "–")
    no = next((texts[i] for i in answered if LIKES[words[i]] == "0"), "–")
    sentence = message(
        "Answers in {column} were read as ratings: {yes} as 1 and {no} as 0.", column=column.name, yes=yes, no=no
    )
    column.note("likes", sentence, answered)
    return [LIKES.get(word, text) for word, text in zip(words, texts, strict=True)]


def _decimal_points(column: Column, texts: list[str]) -> list[str]:
    """The texts with decimal points and without thousands separators; a comma with two readings is a question."""
    plain = plain_numbers(texts)
    marked = [i for i, text in enumerate(texts) if "," in text and decimal_mark(text)]
    if not marked:
        return texts if not plain.points else _report_marks(column, plain)
    open_marks = [i for i in marked if decimal_mark(texts[i]) == AMBIGUOUS]
    if plain.is_ambiguous and open_marks:
        first = column.first_code(open_marks)
        readings = {"thousands": texts[first].replace(",", ""), "decimal": texts[first].replace(",", ".")}
        label = message("{text} is {number}")
        treatments = tuple(
            Treatment(name=n, label=label.format(text=texts[first], number=readings[n])) for n in readings
        )
        fault = message("{text}: decimal comma or thousands? Write the number without it.")
        if column.ask("decimal_mark", open_marks, fault, (*treatments, DROP_ROWS), None) == "decimal":
            return [text.replace(",", ".") if i in set(open_marks) else plain.texts[i] for i, text in enumerate(texts)]
        return plain.texts
    if plain.decimals and any("." in text and decimal_mark(text) == "." for text in texts):
        fault = message("{text} has a decimal comma where other numbers have a point.")
        comma = Treatment(name="decimal", label=message("read the comma as a decimal point"))
        column.ask("decimal_mark", plain.decimals, fault, (comma, DROP_ROWS), None)
        return plain.texts
    return _report_marks(column, plain)


def _report_marks(column: Column, plain: PlainNumbers) -> list[str]:
    if plain.decimals:
        sentence = message("A decimal comma in {column} was read as a decimal point.", column=column.name)
        column.note("decimal_comma", sentence, plain.decimals)
    if changed := [*plain.thousands, *plain.points]:
        first = changed[0]
        sentence = message("Thousands separators in {column} were removed: {text} is {number}.")
        sentence = sentence.format(column=column.name, text=column.distinct[first].strip(), number=plain.texts[first])
        column.note("thousands", sentence, changed)
    return plain.texts


def _is_marked(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in (PERCENT, STARS, OUT_OF, WITH_UNIT))


def _without_units(column: Column, texts: list[str]) -> list[str]:
    """The texts with numbers for per cents, stars and shares of a maximum, by decision."""
    if column.role != "rating":
        return texts
    numbers = list(texts)
    percents = {i: match[1] for i, text in enumerate(texts) if (match := PERCENT.fullmatch(text))}
    if percents:
        first = column.first_code(list(percents))
        share = f"{float(percents[first]) / 100:g}"
        label = message("{text} is {number}")
        treatments = (
            Treatment(name="number", label=label.format(text=texts[first], number=percents[first])),
            Treatment(name="share", label=label.format(text=texts[first], number=share)),
            DROP_ROWS,
        )
        chosen = column.ask("percent", list(percents), message("{text} is a share in per cent, not a number such as 4."), treatments, None)  # fmt: skip
        for i, number in percents.items():
            numbers[i] = f"{float(number) / 100:g}" if chosen == "share" else number
    stars = {i: number for i, text in enumerate(texts) if (number := _stars(text))}
    most = {match[2] for text in texts if (match := OUT_OF.fullmatch(text))}
    if stars and len(most) <= 1:
        first = column.first_code(list(stars))
        label = message("{text} is {number}", text=texts[first], number=stars[first])
        fault = message("{text} is written with its scale or unit, not as a number such as 4.")
        column.ask("stars", list(stars), fault, (Treatment(name="number", label=label), DROP_ROWS), None)
        for i, number in stars.items():
            numbers[i] = number
    elif stars:
        fault = message("{text} is written with its scale, and the scales differ. Write all ratings on one scale.")
        column.ask("scales", list(stars), fault)
    return numbers


def _stars(text: str) -> str:
    """The number in ★★★★☆, 4/5, 4 out of 5 or 4 stars; "" for any other text."""
    if STARS.fullmatch(text):
        return str(text.count("★") or len(text.replace("\ufe0f", "")))
    match = OUT_OF.fullmatch(text) or WITH_UNIT.fullmatch(text)
    return match[1] if match else ""


def _ask_unrated(column: Column, values: np.ndarray) -> None:
    """Ask about -1 (or -99, …) where it is the only negative rating: it may stand for none."""
    negative = np.flatnonzero(values < 0)
    others = values[values >= 0]
    if len(negative) != 1 or values[negative[0]] not in UNRATED or not len(others) or set(others) <= {0, 1}:
        return
    fault = message("{text} is the only rating below 0: does it stand for no rating?")
    column.ask("unrated", negative, fault, (DROP_ROWS, KEEP), DROP_ROWS.name)


def zeros_stand_out(values: np.ndarray, counts: np.ndarray | None = None) -> bool:
    """Whether 0 may stand for no rating, as in Book-Crossing: no other is below 1, and the lowest of them is less frequent.

    `counts` [num_values]: how often there is each value; None: once. NaN counts for nothing.
    """

    def num(is_such: np.ndarray) -> int:
        return int(np.count_nonzero(is_such) if counts is None else counts[is_such].sum())

    is_zero, is_other = values == 0, values >= 1
    num_zeros, num_others = num(is_zero), num(is_other)
    if not num_others or num_zeros <= ZERO_SHARE * (num_zeros + num_others) or ((values < 1) & ~is_zero).any():
        return False
    return num_zeros > num(values == values[is_other].min())


def _ask_zeros(column: Column, values: np.ndarray) -> None:
    """Ask about 0 where it may stand for no rating; a decision counts where it is rare, too. NaN where it gets the median."""
    is_zero = values == 0
    is_answer = any(note.kind == "likes" for note in column.repairs)
    if column.decisions is None or is_answer or not is_zero.any():
        return
    if ZERO not in column.decisions.treatments and not zeros_stand_out(values, column.counts):
        return
    fault = message("no rating but {text} is below 1: does it stand for no rating?")
    if column.ask(ZERO, np.flatnonzero(is_zero), fault, ZEROS, None, ZEROS[0].name) == MEDIAN.name:
        values[is_zero] = np.nan


@dataclass(frozen=True)
class Amounts:
    """`texts` without currency signs; `currencies` are those found, in the order of the first cells with them."""

    texts: list[str]
    currencies: tuple[str, ...]


def without_currency(texts: list[str]) -> Amounts:
    """Remove currency signs around the numbers of a column.

    >>> without_currency(["¥1,299", "12.50 元", "free"])
    Amounts(texts=['1,299', '12.50', 'free'], currencies=('¥', '元'))
    """
    matches = [AMOUNT.fullmatch(text) for text in texts]
    plain = [match["number"] if match else text for match, text in zip(matches, texts, strict=True)]
    signs = [sign for match in matches if match for sign in (match["before"], match["after"]) if sign]
    return Amounts(plain, tuple(dict.fromkeys(signs)))


def currency_note(amounts: Amounts, column: str) -> Message | None:
    """How the currency signs of a column were read; None without any."""
    if not amounts.currencies:
        return None
    signs = ", ".join(amounts.currencies[:5])
    if len(amounts.currencies) > 1:
        text = message("Currencies in {column} ({signs}) were left out, and amounts were not converted.")
        return text.format(column=column, signs=signs)
    return message("The currency in {column} ({signs}) was left out.", column=column, signs=signs)


def parse_clicks(column: Column) -> np.ndarray:
    """Parse yes or no as bool, from 1 and 0 or true and false; False in rows that are dropped."""
    texts = [ascii_digits(text.strip()).lower() for text in column.distinct]
    if empty := [i for i, text in enumerate(texts) if not text]:
        fault = message("the cell is empty (missing). Write 1 for {role}, 0 for not.")
        column.ask("no_click", empty, fault, role=column.role)
    if bad := [i for i, text in enumerate(texts) if text and text not in CLICKS]:
        column.ask("bad_click", bad, message("{text} is neither yes nor no. Write 1 or 0, or true or false."))
    return column.filled(np.array([CLICKS.get(text, False) for text in texts], dtype=bool))


def ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
