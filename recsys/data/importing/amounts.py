"""Whether a column of ratings holds amounts: hours, plays, quantities. They can be added up, and ratings can not."""

from __future__ import annotations

import re

import numpy as np

WORDS = re.compile(
    r"(?<![a-z])(hours?|minutes?|seconds?|duration|playtime|plays?|playcount|listens?|views?|clicks?|visits?|counts?|times"
    r"|quantity|qty|amount|units)(?![a-z])|时长|次数|数量|时间|小时|分钟|時長|次數|數量|時間|小時|分鐘"
)
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
TOP, BEYOND = 0.99, 5  # the quantile that is compared, and how many medians it lies beyond in a long tail
SCALE_END = 10  # scales of ratings rarely go further


def is_amount(name: str, values: np.ndarray) -> bool:
    """Whether the name of a column is that of an amount, or its values are not negative and have a long tail above 10.

    >>> is_amount("play_count", np.array([1.0, 2.0])), is_amount("stars", np.array([1.0, 2.0]))
    (True, False)
    """
    if (values < 0).any():
        return False
    if WORDS.search(CAMEL.sub("_", name).lower()):
        return True
    middle, top = np.quantile(values, [0.5, TOP])
    return bool(top > max(SCALE_END, BEYOND * middle))
