"""Tokenisation: words in scripts with spaces, single characters in scripts without (中文, ไทย …).

Words without spaces are left to the convolutions over characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

MAX_TOKENS = 96  # of an item's text; the rest is ignored
MAX_WORDS = 20_000  # of a vocabulary
ENOUGH = 1000  # characters, which hold MAX_TOKENS of most languages
NO_TOKEN, UNKNOWN_TOKEN = 0, 1
# Scripts without spaces between words: Thai, Lao, Burmese, Khmer, kana, Han.
SINGLE = "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
TOKEN = re.compile(rf"[{SINGLE}]|[^\W\d_{SINGLE}]+|\d+")


@dataclass(frozen=True)
class Token:
    """`text` in lower case, from start : end of the original text."""

    text: str
    start: int
    end: int


def tokenise(text: str) -> list[Token]:
    """Split a text into its first MAX_TOKENS tokens."""
    return [Token(_normal(match[0]), *match.span()) for match in islice(TOKEN.finditer(text), MAX_TOKENS)]


def words(text: str) -> list[str]:
    """The texts of the tokens of `tokenise`, in a tenth of the time."""
    is_ascii = text.isascii()
    text = text.lower() if is_ascii else text
    found = TOKEN.findall(text, 0, ENOUGH)
    if len(found) <= MAX_TOKENS and len(text) > ENOUGH:  # few long words, the last of which may be cut
        found = TOKEN.findall(text)
    found = found[:MAX_TOKENS]
    return found if is_ascii else [word.lower() if word.isascii() else _normal(word) for word in found]


def _normal(token: str) -> str:
    return unicodedata.normalize("NFKC", token).lower()


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Word codes: `words[code - 2]` is the word of a code, 0 is no token, 1 an unknown word."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """Build from the words of at least two texts, most frequent first, ties in alphabetical order."""
        counts = Counter(word for text in texts for word in set(words(text)))
        frequent = sorted((word for word, count in counts.items() if count > 1), key=lambda word: (-counts[word], word))
        return cls(tuple(frequent[:MAX_WORDS]))

    def __len__(self) -> int:
        return len(self.words) + 2

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts as [num_texts, T] int64, padded on the right with NO_TOKEN; T is the longest, at least 1."""
        codes = {word: code for code, word in enumerate(self.words, start=2)}
        rows = [[codes.get(word, UNKNOWN_TOKEN) for word in words(text)] for text in texts]
        table = np.full((len(rows), max([1, *map(len, rows)])), NO_TOKEN, dtype=np.int64)
        for row, encoded in zip(table, rows, strict=True):
            row[: len(encoded)] = encoded
        return table
