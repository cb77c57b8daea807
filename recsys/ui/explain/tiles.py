"""Pictures of items, drawn tiles for those without one, and the bars below them. SVG, which a browser shows as a picture."""

from __future__ import annotations

import unicodedata
import zlib
from html import escape

from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.charts import AGAINST, FOR
from recsys.ui.shell.text import DIRECTION

TONES = ("#1F5673", "#7A4419", "#2E6B4F", "#6B3A63", "#8A3B3B", "#3E4E88", "#5B6324", "#46606B")  # white is read on all
LINE, LINES = 13, 5  # columns of a line of a title, and lines
CATEGORY_LENGTH = 20


def picture(run: OpenRun, item: int) -> str:
    """What `st.image` shows of an item: the path of its picture, or a tile with its title and category."""
    path = run.dataset.images.get(item)
    if path is not None:
        return str(path)
    category = run.dataset.items["category"].iat[item] if "category" in run.dataset.items else ""
    return tile(run.dataset.title(item), str(category or ""))


def tile(title: str, category: str) -> str:
    """A tile in the colour of the category."""
    tone = TONES[zlib.crc32(category.encode()) % len(TONES)]
    lines = "".join(
        f'<text x="12" y="{88 + 22 * row}" font-size="18" font-weight="600">{_text(line)}</text>'
        for row, line in enumerate(wrap(title))
    )
    head = _text(category[:CATEGORY_LENGTH].upper())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 200" width="160" height="200"><rect width="160" '
        f'height="200" fill="{tone}"/><circle cx="132" cy="22" r="58" fill="#fff" opacity=".08"/><circle cx="20" cy="190" '
        f'r="46" fill="#000" opacity=".1"/><g fill="#fff" font-family="Source Sans Pro, Segoe UI, Arial, sans-serif">'
        f'<text x="12" y="30" font-size="11" letter-spacing="1" opacity=".85">{head}</text>{lines}</g></svg>'
    )


def bar(share: float, *, lifts: bool = True) -> str:
    """A bar of this share of the width."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 5" width="100" height="5"><rect width="100" height="5" '
        f'rx="2.5" fill="#8A97A3" opacity=".25"/><rect width="{100 * min(max(share, 0.03), 1):.1f}" height="5" rx="2.5" '
        f'fill="{FOR if lifts else AGAINST}"/></svg>'
    )


def wrap(title: str) -> list[str]:
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
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], lines[LINES - 1][: LINE - 1] + "…"]


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
