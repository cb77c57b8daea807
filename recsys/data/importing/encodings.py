"""The encoding of text that is not UTF-8, by the likelihood of what it decodes to.

Each candidate must decode the sample strictly. Its characters are then scored by a small model of the languages that are
written in it: log-probabilities by class of character (frequent characters, the first level of the national standard, the
second, others) and penalties for pairs of characters that do not follow each other in words. A candidate maps bytes to characters one to one, so
the sums are comparable.
"""

from __future__ import annotations

import codecs
import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from recsys.errors import DataError
from recsys.messages import message, short

NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16-LE",
    "utf-16-be": "UTF-16-BE",
    "utf-32-le": "UTF-32-LE",
    "utf-32-be": "UTF-32-BE",
    "gb18030": "GB18030 (GBK)",
    "cp950": "Big5",
    "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP",
    "cp949": "EUC-KR",
    "cp1251": "Windows-1251",
    "cp1252": "Windows-1252 (cp1252)",
    "latin-1": "Latin-1",
}
CANDIDATES = ("gb18030", "cp950", "cp932", "euc_jp", "cp949", "cp1251", "cp1252", "latin-1")
CLOSE = 5.0  # nats within which another reading is plausible too
FAR = 2.0  # nats for each non-ASCII byte below which a reading is not offered
LEAST = -11.0  # nats for each non-ASCII character below which no reading is plausible
IMPOSSIBLE = -25.0
PRIOR = {"euc_jp": -8.0}  # nats; hardly written any more

FREQUENT = {  # the most frequent characters of each language
    "gb18030": "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成"
    "方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明"
    "书电品手食水衣男女美新色户商号评价类别名称标题时间",
    "cp950": "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成"
    "方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日書電品手食水男女美新色戶商號評價類別名稱標題間",
    "cp932": "のにはをたがでてとしれさいるなこもかっすらりくるんーンスルトイラリクドアレプシジッマコタフロカグ日本人大年",
    "cp949": "이다는에의가을로하고지를은기도서사한자리인어대시아나전정부일수보라해상주스제원장성그만여과동구조들연국요소비화고선무적",
    "cp1251": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъОЕАИНТСРВЛКМДПУЯГЗБЧЙХЖШЮЦЩЭФ",
    "cp1252": "éèêëàâäáãåçñöóôõüúûùíïîìòßøæœšžÿÉÈÀÂÄÁÃÅÇÑÖÓÔÜÚÍÎØÆŒŠŽ’‘“”–—…€£°«»´·®™©¿¡ªº",
}
FREQUENT["euc_jp"], FREQUENT["latin-1"] = FREQUENT["cp932"], FREQUENT["cp1252"]
SHARES = {  # of frequent, first-level, second-level and other characters
    "gb18030": (0.4, 0.54, 0.01, 1e-5),
    "cp950": (0.4, 0.54, 0.01, 1e-5),
    "cp932": (0.45, 0.5, 0.01, 1e-5),
    "euc_jp": (0.45, 0.5, 0.01, 1e-5),
    "cp949": (0.45, 0.53, 0.002, 1e-5),
    "cp1251": (0.97, 0.0, 0.0, 3e-4),
    "cp1252": (0.95, 0.0, 0.0, 3e-4),
    "latin-1": (0.9, 0.0, 0.0, 3e-4),
}
LEVELS = {  # codec of the standard, first bytes of its first level and of its second, characters in each
    "gb18030": ("gb2312", range(0xB0, 0xD8), range(0xD8, 0xF8), 3755, 3008),
    "cp950": ("big5", range(0xA4, 0xC7), range(0xC9, 0xFA), 5401, 7652),
    "cp932": ("euc_jp", (0xA4, 0xA5, *range(0xB0, 0xD0)), range(0xD0, 0xF5), 3134, 3390),
    "euc_jp": ("euc_jp", (0xA4, 0xA5, *range(0xB0, 0xD0)), range(0xD0, 0xF5), 3134, 3390),
    "cp949": ("euc_kr", range(0xB0, 0xC9), range(0xCA, 0xFE), 2350, 4888),
}
EAST_ASIAN = frozenset(LEVELS)
CJK_MARKS = frozenset("，。、；：？！（）《》【】「」『』“”‘’—…・～　０１２３４５６７８９％￥·")


@dataclass(frozen=True)
class Guess:
    """Encodings that decode a sample plausibly, the likeliest first, as Python calls them."""

    encodings: tuple[str, ...]
    is_clear: bool  # whether the first is likelier than the others by far

    @property
    def best(self) -> str:
        return self.encodings[0]


def guess(lines: list[bytes]) -> Guess | None:
    """The encodings in which these non-ASCII lines may be written; None if in none that is tried here.

    >>> guess(["商品名称".encode("gbk"), "电子产品".encode("gbk")]).best
    'gb18030'
    """
    sample = b"\n".join(lines)
    scores: dict[str, float] = {}
    for encoding in CANDIDATES:
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        score, count = log_likelihood(text, encoding)
        if score >= LEAST * count:
            scores[encoding] = score + PRIOR.get(encoding, 0.0)
    if not scores:
        return None
    if "cp1252" in scores:
        scores.pop("latin-1", None)  # the same letters
    best, count = max(scores.values()), sum(byte > 0x7F for byte in sample)
    plausible = [encoding for encoding in scores if scores[encoding] >= best - FAR * count]
    ranked = sorted(plausible, key=lambda encoding: -scores[encoding])
    return Guess(tuple(ranked), all(scores[encoding] < best - CLOSE for encoding in ranked[1:]))


def log_likelihood(text: str, encoding: str) -> tuple[float, int]:
    """Log-likelihood (nats) of the non-ASCII characters of a text in an encoding, and their number."""
    total, count, previous = 0.0, 0, " "
    for character in text:
        if character > "\x7f":
            count += 1
            total += _log_probability(character, encoding)
        total += _penalty(previous, character, encoding)
        previous = character
    return total, count


@lru_cache(maxsize=65_536)
def _log_probability(character: str, encoding: str) -> float:
    frequent, first, second, other = SHARES[encoding]
    if unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs") or character == "\ufffd":
        return IMPOSSIBLE
    if character in FREQUENT[encoding]:
        return math.log(frequent / len(FREQUENT[encoding]))
    if encoding not in EAST_ASIAN:
        return math.log(other)
    if character in CJK_MARKS:
        return math.log(0.05 / len(CJK_MARKS))
    standard, first_level, second_level, num_first, num_second = LEVELS[encoding]
    try:
        code = character.encode(standard)
    except UnicodeEncodeError:
        return math.log(other / 20)
    if len(code) == 2 and code[0] in first_level:
        return math.log(first / num_first) + (_rarity(character) if encoding == "cp949" else 0.0)
    if len(code) == 2 and code[0] in second_level:
        return math.log(second / num_second)
    return math.log(other)


def _rarity(syllable: str) -> float:
    """Log-odds of a Hangul syllable by its sounds: doubled initials, some vowels and double finals are rare."""
    place = ord(syllable) - 0xAC00
    initial, vowel, final = place // 588, place % 588 // 28, place % 28
    rare = (initial in (1, 4, 8, 10, 13)) + (vowel in (3, 10, 15)) + (final in (3, 5, 6, *range(9, 16), 18))
    return 0.2 - 2.3 * rare


@lru_cache(maxsize=65_536)
def _penalty(previous: str, character: str, encoding: str) -> float:
    """What a pair of neighbours costs that hardly occurs within words of the encoding's languages."""
    if (previous <= "\x7f" and character <= "\x7f") or not (previous.isalpha() and character.isalpha()):
        return 0.0
    both = previous > "\x7f" and character > "\x7f"
    if encoding in ("cp1252", "latin-1"):
        return (-3.0 if both else 0.0) + (-2.5 if previous.islower() and character.isupper() else 0.0)
    if encoding == "cp1251":
        return -6.0 if not both else -3.0 if previous.islower() and character.isupper() else 0.0
    return 0.0 if both else -2.0  # a Latin letter beside an ideograph


def without_mark(start: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, by the places of the zero bytes; None for other content."""
    size = len(start) // 4 * 4
    if size < 8:
        return None
    zeros = [start[place:size:4].count(0) * 4 / size for place in range(4)]
    if zeros[2] > 0.9 and zeros[3] > 0.99 and zeros[0] < 0.1:
        return "utf-32-le"
    if zeros[0] > 0.99 and zeros[1] > 0.9 and zeros[3] < 0.1:
        return "utf-32-be"
    if min(zeros[1], zeros[3]) > 0.3 and max(zeros[0], zeros[2]) < 0.05:
        return "utf-16-le"
    if min(zeros[0], zeros[2]) > 0.3 and max(zeros[1], zeros[3]) < 0.05:
        return "utf-16-be"
    return None


def chosen_encoding(name: str) -> str:
    """Python's name of an encoding that the user chose. Raises DataError for one that does not exist."""
    shown = {label.lower(): encoding for encoding, label in NAMES.items()}
    wanted = shown.get(name.strip().lower(), name.strip())
    try:
        codec = codecs.lookup(wanted)
        "".encode(codec.name)  # a codec such as base64 is none of text
    except (LookupError, TypeError, ValueError, UnicodeError) as error:
        text = message("There is no encoding {name!r}. Choose one of these: {names}.")
        raise DataError(text.format(name=short(name), names=", ".join(NAMES.values()))) from error
    usual = {codecs.lookup(encoding).name: encoding for encoding in NAMES}
    return usual.get(codec.name, {"gbk": "gb18030", "gb2312": "gb18030", "big5": "cp950", "shift_jis": "cp932",
                                  "euc_kr": "cp949", "utf-8-sig": "utf-8"}.get(codec.name, codec.name))  # fmt: skip
