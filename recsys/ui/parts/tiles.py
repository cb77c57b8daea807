"""Pictures of items; an item without one gets a drawn tile with its category's colour and its title."""

from __future__ import annotations

import html
import textwrap
import zlib
from pathlib import Path

from recsys.ui.shell.text import DIRECTION

WIDTH = 200
COLOURS = ("#0B5C8A", "#8A5A00", "#00694C", "#8C3F6E", "#2C6E91", "#9A4300", "#4B4E8C", "#5A6B1F")
LETTERS, LINES = 15, 4  # of the title on a tile


def picture(image: Path | None, title: str, category: str, *, is_portrait: bool = False) -> str:
    """What `st.image` draws for an item: the path of its picture, or an SVG tile."""
    return str(image) if image is not None else tile(title, category, is_portrait=is_portrait)


def tile(title: str, category: str, *, is_portrait: bool = False) -> str:
    """An SVG tile with the first words of the title."""
    height = WIDTH * 3 // 2 if is_portrait else WIDTH
    first = category.split("|")[0]
    colour = COLOURS[zlib.crc32(first.encode()) % len(COLOURS)]
    lines = textwrap.wrap(DIRECTION.sub("", title), LETTERS, max_lines=LINES, placeholder="…", break_long_words=True)
    top = height / 2 - 12 * (len(lines) - 1) + 8
    words = "".join(
        f'<text x="{WIDTH // 2}" y="{top + 26 * line:.0f}" text-anchor="middle">{html.escape(text)}</text>'
        for line, text in enumerate(lines)
    )
    label = html.escape(first[:22])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        f'<rect width="{WIDTH}" height="{height}" fill="{colour}"/>'
        f'<circle cx="{WIDTH - 20}" cy="20" r="70" fill="#fff" fill-opacity=".09"/>'
        f'<circle cx="20" cy="{height}" r="60" fill="#fff" fill-opacity=".07"/>'
        f'<g fill="#fff" font-family="Source Sans, Arial, sans-serif" font-size="21" font-weight="600">{words}</g>'
        f'<text x="14" y="26" fill="#fff" fill-opacity=".85" font-family="Source Sans, Arial, sans-serif" font-size="14">{label}</text>'
        "</svg>"
    )
