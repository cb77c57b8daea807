"""Characters without a mark of their own: blanks, format characters, and those that a renderer may ignore.

Format characters are those of the Unicode category Cf, and the Default_Ignorable_Code_Point set. Signs that stand before
Arabic numbers and the controls of hieroglyphs are in Cf and are visible: they stay.
"""

from __future__ import annotations

import re
import unicodedata

# Default_Ignorable_Code_Point (Unicode 16), without what Cf holds anyway
IGNORABLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip
FORMAT = (
    (0x00AD, 0x00AD), (0x061C, 0x061C), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
)  # fmt: skip
CLASS = "".join(f"{chr(start)}-{chr(end)}" for start, end in (*IGNORABLE, *FORMAT))
INVISIBLE = re.compile(f"[{CLASS}]")
BLANK_BRAILLE = "\u2800"
EDGES = re.compile(f"^[\\s{BLANK_BRAILLE}{CLASS}]+|[\\s{BLANK_BRAILLE}{CLASS}]+$")
JOINERS, SELECTORS = "\u200c\u200d", "\ufe0e\ufe0f"
TAGS = ("\U000e0020", "\U000e007f")
KEYCAP = "\u20e3"
# Scripts in which a joiner between two letters changes the word: Arabic and its like, Indic scripts, Mongolian
JOINED_SCRIPTS = (
    "ARABIC", "SYRIAC", "MANDAIC", "NKO", "MONGOLIAN", "PHAGS-PA", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA",
    "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN", "TAI", "LAO", "THAI",
)  # fmt: skip


def without_edges(text: str) -> str:
    """The text without blanks and invisible characters at its ends; a variation selector after an emoji stays.

    >>> without_edges("\\u200banna\\ufeff "), without_edges("\\u2764\\ufe0f ") == "\\u2764\\ufe0f"
    ('anna', True)
    """
    trimmed = EDGES.sub("", text)
    if trimmed and _is_emoji(trimmed[-1]):  # its selector or the end of a flag belongs to it
        rest = text[text.index(trimmed) + len(trimmed) :]
        return trimmed + rest[: len(rest) - len(rest.lstrip(SELECTORS + "".join(map(chr, range(0xE0020, 0xE0080)))))]
    return trimmed


def without_invisible(text: str) -> str:
    """The text without invisible characters inside, except joiners that a script needs and those of emoji.

    >>> without_invisible("an\\u00adna"), len(without_invisible("\\U0001f469\\u200d\\U0001f4bb"))
    ('anna', 3)
    """
    if not INVISIBLE.search(text):
        return text
    kept = [c for i, c in enumerate(text) if not INVISIBLE.match(c) or _has_meaning(text, i)]
    return "".join(kept)


def _has_meaning(text: str, place: int) -> bool:
    """Whether the invisible character at `place` changes what is before or behind it."""
    character, before = text[place], _visible(text[:place][::-1])
    behind = _visible(text[place + 1 :])
    if character in JOINERS:
        if _is_emoji(before) and _is_emoji(behind):
            return character == "\u200d"
        return all(c.isalpha() or unicodedata.combining(c) for c in (before, behind) if c) and bool(
            before and behind and _needs_joiners(before) and _needs_joiners(behind)
        )
    if character in SELECTORS:
        return _is_emoji(before) or behind == KEYCAP
    if TAGS[0] <= character <= TAGS[1]:
        return _is_emoji(before)
    return "\u180b" <= character <= "\u180f" and _script(before) == "MONGOLIAN"


def _visible(text: str) -> str:
    """The first visible character, or ""."""
    return next((c for c in text if not INVISIBLE.match(c)), "")


def _needs_joiners(character: str) -> bool:
    return _script(character) in JOINED_SCRIPTS


def _script(character: str) -> str:
    return unicodedata.name(character, "").split(" ")[0] if character else ""


def _is_emoji(character: str) -> bool:
    """Whether a character may be part of an emoji: a pictograph, a colour of skin, or a sign such as ™."""
    if not character:
        return False
    return (unicodedata.category(character) in ("So", "Sk") and ord(character) > 0x2000) or character in "©®‼⁉〰〽"
