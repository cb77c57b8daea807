"""Text from uploaded files, escaped for Markdown: shown as text, never as a link or picture.

Streamlit draws labels, buttons, the options of radio, pills, segmented controls and select sliders, tabs, expanders, metrics,
progress texts and tooltips as Markdown. Options of select boxes, tables, placeholders, `alt` and `st.text` are plain text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@\"'/=^])")
LONGEST = 300
JOINER = "\u2060"  # invisible; breaks what Streamlit replaces after Markdown is parsed, where a backslash is gone
BROKEN = (
    re.compile(r":(?=//)|:(?=[\w+-]+:)|@"),  # links, icons and emoji (:streamlit:, :material_home:), e-mail addresses
    re.compile(r"www(?=\.)", re.IGNORECASE),
    re.compile(r"(?<!\S)[<>~-](?=(?:->|>|-|=)(?!\S))"),  # arrows, dashes and comparisons: -> -- >=
)
DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")  # would turn what stands around the name as well


def plain(text: object, longest: int = LONGEST) -> str:
    """The text with Markdown characters escaped and Streamlit's own replacements broken by a word joiner, cut to `longest`.

    Characters that change the direction of writing are left out."""
    flat = " ".join(DIRECTION.sub("", str(text)).split())
    if len(flat) > longest:
        flat = flat[: longest - 1] + "…"
    for pattern in BROKEN:
        flat = pattern.sub(rf"\g<0>{JOINER}", flat)
    return SPECIAL.sub(r"\\\1", flat)


def unescaped(markdown: str) -> str:
    """The text that `plain` escaped within a Markdown text, for attributes that are no Markdown (`alt`)."""
    return re.sub(rf"\\{SPECIAL.pattern}", r"\1", markdown)


def count(number: float, word: str) -> str:
    """ "1 item", "1,682 items"."""
    return f"{number:,.0f} {word}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """A length of time in two units at most."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(num_bytes: float) -> str:
    return f"{num_bytes / 1e9:.1f} GB" if num_bytes >= 1e9 else f"{num_bytes / 1e6:.0f} MB"


def day(stamp: str) -> str:
    """An ISO time as day and minute."""
    return stamp[:16].replace("T", " ")


def unique_labels(names: Mapping[str, str]) -> dict[str, str]:
    """The name of each id, with the id behind it where several ids have that name."""
    times = Counter(names.values())
    return {key: name if times[name] == 1 else f"{name} ({key})" for key, name in names.items()}
