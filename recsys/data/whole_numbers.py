"""Texts that are whole numbers, read without looking at them one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def whole_numbers(texts: pa.LargeStringArray) -> np.ndarray | None:
    """[num_texts] int64 if each text is a whole number below 2^63, without sign, blanks or leading zeros; else None.

    Then the text of a number is `str` of it. `texts` has no nulls.
    """
    if not len(texts):
        return np.zeros(0, dtype=np.int64)
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64, count=len(texts) + 1, offset=8 * texts.offset)
    lengths = np.diff(ends)
    if lengths.min() == 0:
        return None
    characters = np.frombuffer(content, dtype=np.uint8)[ends[0] : ends[-1]]
    if characters.min() < ord("0") or characters.max() > ord("9"):
        return None
    if ((characters[ends[:-1] - ends[0]] == ord("0")) & (lengths > 1)).any():
        return None
    try:
        return texts.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:  # beyond int64
        return None
