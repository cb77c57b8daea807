"""Text that came from a person's file, made safe to stand in Markdown: shown as text, never as a link or picture."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@\"'/=^])")
LONGEST = 300


def plain(text: object, longest: int = LONGEST) -> str:
    """The text with every Markdown sign escaped and automatic links broken by a word joiner, cut to `longest`."""
    flat = " ".join(str(text).split())
    if len(flat) > longest:
        flat = flat[: longest - 1] + "…"
    flat = flat.replace("://", ":\u2060//").replace("www.", "www\u2060.").replace("@", "@\u2060")
    return SPECIAL.sub(r"\\\1", flat)


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


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """The name of each id, with the id behind it where several ids have that name."""
    times = Counter(names.values())
    return {one: name if times[name] == 1 else f"{name} ({one})" for one, name in names.items()}
