"""Pictures of items, drawn tiles for those without one, and the bars below them. SVG, which a browser shows as a picture."""

from __future__ import annotations

import unicodedata
import zlib
from html import escape
from pathlib import Path

from recsys.data.dataset import CATEGORY, Dataset
from recsys.ui.parts.charts import AGAINST, FOR
from recsys.ui.shell.text import DIRECTION

TONES = ("#1F5673", "#7A4419", "#2E6B4F", "#6B3A63", "#8A3B3B", "#3E4E88", "#5B6324", "#46606B")  # white is read on all
WIDTH = 160
LINE, LINES = 13, 5  # columns of a line of a title, and lines
CATEGORY_LENGTH = 20


def picture(image: Path | None, title: str, category: str, *, is_portrait: bool = True) -> str:
    """What `st.image` shows of an item: the path of its picture, or a tile with its title and category."""
    return str(image) if image is not None else tile(title, category, is_portrait=is_portrait)


def of_item(dataset: Dataset, item: int, *, is_portrait: bool = True) -> str:
    """The same for an item index."""
    category = str(dataset.items[CATEGORY].iat[item] or "") if CATEGORY in dataset.items else ""
    return picture(dataset.images.get(item), dataset.title(item), category, is_portrait=is_portrait)


def tile(title: str, category: str, *, is_portrait: bool = True) -> str:
    """A tile in the colour of the first category, upright or square."""
    height = 200 if is_portrait else WIDTH
    first = category.split("|")[0].strip()
    tone = TONES[zlib.crc32(first.encode()) % len(TONES)]
    lines = "".join(
        f'<text x="12" y="{(88 if is_portrait else 66) + 22 * row}" font-size="18" font-weight="600">{_text(line)}</text>'
        for row, line in enumerate(wrap(title, LINES if is_portrait else LINES - 1))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        f'<rect width="{WIDTH}" height="{height}" fill="{tone}"/><circle cx="132" cy="22" r="58" fill="#fff" opacity=".08"/>'
        f'<circle cx="20" cy="{height - 10}" r="46" fill="#000" opacity=".1"/>'
        '<g fill="#fff" font-family="Source Sans Pro, Segoe UI, Arial, sans-serif">'
        f'<text x="12" y="30" font-size="11" letter-spacing="1" opacity=".85">{_text(first[:CATEGORY_LENGTH].upper())}</text>'
        f"{lines}</g></svg>"
    )


def bar(share: float, *, lifts: bool = True) -> str:
    """A bar of this share of the width."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 5" width="100" height="5"><rect width="100" height="5" '
        f'rx="2.5" fill="#8A97A3" opacity=".25"/><rect width="{100 * min(max(share, 0.03), 1):.1f}" height="5" rx="2.5" '
        f'fill="{FOR if lifts else AGAINST}"/></svg>'
    )


def wrap(title: str, most: int = LINES) -> list[str]:
    """The title in lines that fit a tile, cut with an ellipsis; wide characters count twice."""
    lines, line = [], ""
    for word in _pieces(DIRECTION.sub("", title)):
        joined = f"{line} {word}".strip() if line and not (_is_wide(word) and _is_wide(line[-1])) else line + word
        if line and _width(joined) > LINE:
            lines.append(line)
            line = word
        else:
            line = joined
    lines = [*lines, line] if line else lines
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1][: LINE - 1] + "…"]


def _pieces(title: str) -> list[str]:
    """Words; a word too long for a line in parts, and wide characters one by one."""
    pieces = []
    for word in title.split():
        if any(map(_is_wide, word)):
            pieces += list(word)
        else:
            pieces += [word[start : start + LINE] for start in range(0, len(word), LINE)]
    return pieces


def _is_wide(text: str) -> bool:
    return len(text) == 1 and unicodedata.east_asian_width(text) in "WF"


def _width(text: str) -> int:
    return sum(2 if _is_wide(character) else 1 for character in text)


def _text(text: str) -> str:
    """Text within SVG: escaped, without control characters, which would make the picture unreadable."""
    return escape("".join(character for character in DIRECTION.sub("", text) if character.isprintable()))
