"""Text from uploaded files, escaped for Markdown: shown as text, never as a link or picture.

Streamlit draws labels, buttons, the options of radio, pills, segmented controls and select sliders, tabs, expanders, metrics,
progress texts and tooltips as Markdown. Options of select boxes, tables, placeholders, `alt` and `st.text` are plain text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from babel.dates import format_skeleton
from babel.numbers import format_compact_decimal

from recsys.messages import Message, message
from recsys.ui.shell.language import locale, localized, tr

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

    Characters that change the direction of writing are left out. A message is shown in the session's language."""
    shown = localized(text) if isinstance(text, str) else str(text)
    flat = " ".join(DIRECTION.sub("", shown).split())
    if len(flat) > longest:
        flat = flat[: longest - 1].rstrip() + "…"
    for pattern in BROKEN:
        flat = pattern.sub(rf"\g<0>{JOINER}", flat)
    return SPECIAL.sub(r"\\\1", flat)


def unescaped(markdown: str) -> str:
    """The text that `plain` escaped within a Markdown text, for attributes that are no Markdown (`alt`)."""
    return re.sub(rf"\\{SPECIAL.pattern}", r"\1", markdown)


def capitalized(text: str) -> str:
    """The text in the session's language, with a capital letter first."""
    shown = localized(text)
    return shown[:1].upper() + shown[1:]


def comma_list(texts: Iterable[str]) -> str:
    """The texts one after the other, in the session's language and with its comma: "a, b", "甲、乙"; not escaped."""
    return tr(message(", ").join(texts))


def duration(seconds: float) -> Message:
    """A length of time in two units at most."""
    seconds = round(seconds)
    if seconds < 60:
        return message("{seconds} s", seconds=seconds)
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return message("{minutes} min {seconds:02d} s", minutes=minutes, seconds=rest)
    return message("{hours} h {minutes:02d} min", hours=minutes // 60, minutes=minutes % 60)


def size(num_bytes: float) -> str:
    return f"{num_bytes / 1e9:.1f} GB" if num_bytes >= 1e9 else f"{num_bytes / 1e6:.0f} MB"


def day(stamp: str) -> str:
    """An ISO time as day and minute."""
    time = datetime.fromisoformat(stamp)
    return f"{format_skeleton('yMMMd', time, locale=locale())} {format_skeleton('Hm', time, locale=locale())}"


def clock(stamp: str) -> str:
    """An ISO time as hour and minute."""
    return str(format_skeleton("Hm", datetime.fromisoformat(stamp), locale=locale()))


def short_number(number: float) -> str:
    """ "999", "1.2K", "120万"."""
    return str(format_compact_decimal(number, locale=locale(), fraction_digits=1))


def unique_labels(names: Mapping[str, str]) -> dict[str, str]:
    """The name of each id, with the id behind it where several ids have that name."""
    times = Counter(names.values())
    return {key: name if times[name] == 1 else f"{name} ({key})" for key, name in names.items()}
