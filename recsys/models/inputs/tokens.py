"""Tokenisation: words in scripts with spaces, single characters in scripts without (中文, ไทย …).

Words without spaces are left to the convolutions over characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

MAX_TOKENS = 96  # of an item's text; the rest is ignored
MAX_WORDS = 20_000  # of a vocabulary
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
    tokens = []
    for match in TOKEN.finditer(text):
        tokens.append(Token(unicodedata.normalize("NFKC", match[0]).lower(), *match.span()))
        if len(tokens) == MAX_TOKENS:
            break
    return tokens


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Word codes: `words[code - 2]` is the word of a code, 0 is no token, 1 an unknown word."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """Build from the words of at least two texts, most frequent first, ties in alphabetical order."""
        counts = Counter(word for text in texts for word in {token.text for token in tokenise(text)})
        frequent = sorted((word for word, count in counts.items() if count > 1), key=lambda word: (-counts[word], word))
        return cls(tuple(frequent[:MAX_WORDS]))

    def __len__(self) -> int:
        return len(self.words) + 2

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts as [num_texts, T] int64, padded on the right with NO_TOKEN; T is the longest, at least 1."""
        codes = {word: code for code, word in enumerate(self.words, start=2)}
        rows = [[codes.get(token.text, UNKNOWN_TOKEN) for token in tokenise(text)] for text in texts]
        table = np.full((len(rows), max([1, *map(len, rows)])), NO_TOKEN, dtype=np.int64)
        for row, encoded in zip(table, rows, strict=True):
            row[: len(encoded)] = encoded
        return table
