"""Parts of an HTML report in one language: escaped text, rows with bars, tables, embedded pictures.

All text goes through `HtmlParts.text`: translated, escaped, shortened, without control and bidirectional-override
characters. Titles are wrapped in `<bdi>`, so Arabic and Hebrew read correctly.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from recsys.messages import CHINESE, Message, number_text, short, translated

LONGEST = 200  # characters of a title
WIDTH, HEIGHT, SIDE = 240, 14, 64  # of a bar and of a picture, in pixels
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
KINDS = {"l": ' class="line"', "r": ' class="number"', "p": ' class="text"'}  # of the columns of a table, as in LaTeX
TAGS = {CHINESE: "zh-Hans"}  # language tags of pages that are not in English

STYLE = """
:root { color-scheme: light dark; --text: #1b2733; --page: #fff; --soft: #5a6875; --line: #d8e0e6; --for: #0072b2;
  --against: #d55e00 }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf2; --page: #10171d; --soft: #9fb0bd; --line: #2c3a45;
  --for: #56b4e9; --against: #e69f00 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 52rem; padding: 2rem 1rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
header { display: flex; gap: 1rem; align-items: center } header p { margin: .25rem 0 0 }
img { border-radius: 6px; flex: none; object-fit: contain } .soft { color: var(--soft); font-size: .9rem }
ol { list-style: none; margin: 0; padding: 0 }
li { display: grid; grid-template-columns: 40px 1fr 240px 4.5rem; gap: .75rem; align-items: center; padding: .35rem 0;
  border-bottom: 1px solid var(--line) }
li img { width: 40px; height: 40px } .number { text-align: right; font-variant-numeric: tabular-nums }
.line, .number { white-space: nowrap } td.text { min-width: 7rem } td .soft { font-size: .8rem }
.for { fill: var(--for) } .against { fill: var(--against) } .axis { stroke: var(--soft) }
table { border-collapse: collapse; width: 100%; font-size: .9rem } th { text-align: left; font-weight: 600;
  overflow-wrap: normal } th.number { text-align: right }
th, td { padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { vertical-align: bottom } th:last-child, td:last-child { padding-right: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .9rem; margin: 0 }
dt { color: var(--soft) } dd { margin: 0 } .scroll { overflow-x: auto }
@media (max-width: 40rem) { li { grid-template-columns: 40px 1fr 4.5rem } li svg { grid-column: 1 / -1; grid-row: 2 } }
@page { margin: 14mm }
@media print { :root { color-scheme: light; --text: #1b2733; --page: #fff; --soft: #5a6875; --line: #d8e0e6; --for: #0072b2;
  --against: #d55e00 } body { max-width: none; padding: 0; font-size: 11pt } li, tr { break-inside: avoid }
  h2, h3 { break-after: avoid } .scroll { overflow: visible } }
"""


def policy(style: str) -> str:
    """Content-Security-Policy of a page with this one style element: embedded pictures, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src 'sha256-{digest}'"


@dataclass(frozen=True)
class HtmlParts:
    """Writes HTML in `language`."""

    language: str

    @property
    def tag(self) -> str:
        """The language for the attribute `lang`."""
        return TAGS.get(self.language, "en")

    def head(self, title: str, style: str = STYLE) -> str:
        """The page up to its body."""
        return f"""<!doctype html>
<html lang="{self.tag}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{html.escape(policy(style))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{self.text(title)}</title>
<style>{style}</style>
</head>"""

    def text(self, value: object, longest: int = LONGEST) -> str:
        shown = translated(value, self.language, typeset=True) if isinstance(value, str) else str(value)
        return html.escape(short(" ".join(UNSEEN.sub(" ", shown).split()), longest))

    def with_title(self, template: Message, title: str) -> str:
        """The template with its `title` in a `<bdi>` element."""
        before, _, after = self.text(template.format(title="\ue000")).partition("\ue000")
        return f"{before}<bdi>{self.text(title)}</bdi>{after}"

    def row(self, picture: str, title: str, detail: str, value: float, largest: float) -> str:
        """A list entry with a bar; `picture` and `detail` are HTML."""
        return self.entry(picture, title, detail, _bar(value, largest), effect_text(value, largest))

    def entry(self, picture: str, title: str, detail: str, chart: str, number: str) -> str:
        """A list entry with a chart of WIDTH x HEIGHT and its number; `picture`, `detail` and `chart` are HTML."""
        small = f'<br><span class="soft">{detail}</span>' if detail else ""
        return (
            f"<li>{picture or '<span></span>'}<div><bdi>{self.text(title)}</bdi>{small}</div>"
            f'{chart}<span class="number">{number}</span></li>\n'
        )

    def picture(self, path: Path | None, alt: str) -> str:
        if path is None:
            return ""
        buffer = io.BytesIO()
        with Image.open(path, formats=("PNG",)) as picture:
            picture.thumbnail((SIDE, SIDE))
            picture.save(buffer, "PNG")
        data = base64.b64encode(buffer.getvalue()).decode()
        return f'<img src="data:image/png;base64,{data}" width="{SIDE}" height="{SIDE}" alt="{self.text(alt)}">'

    def table(self, kinds: str, columns: Sequence[str], rows: Sequence[Sequence[object]], caption: str = "") -> str:
        """HTML table without empty columns.

        `kinds` has one letter per column: "l" for text that is never broken, "r" for figures, "p" for text that wraps, as
        everything of unknown length must. A cell that is a pair has its second text below the first.
        """
        assert len(kinds) == len(columns), "one kind per column"
        non_empty = [column for column in range(len(columns)) if any(str(row[column]) for row in rows)]
        of_kind = [KINDS[kind] for kind in kinds]
        head = "".join(f'<th scope="col"{of_kind[column]}>{self.text(columns[column])}</th>' for column in non_empty)
        body = "".join(
            "<tr>" + "".join(f"<td{of_kind[column]}>{self._cell(row[column])}</td>" for column in non_empty) + "</tr>\n"
            for row in rows
        )
        above = f"<caption>{self.text(caption, 400)}</caption>" if caption else ""
        return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _cell(self, value: object) -> str:
        if not isinstance(value, tuple):
            return self.text(value)
        first, second = map(self.text, value)
        return f'{first}<br><span class="soft">{second}</span>' if second else first

    def facts(self, facts: Sequence[tuple[str, str]], longest: int = LONGEST) -> str:
        entries = (f"<dt>{self.text(name)}</dt><dd>{self.text(value, longest)}</dd>" for name, value in facts)
        return "<dl>" + "".join(entries) + "</dl>"


def effect_text(value: float, largest: float) -> str:
    """An effect with its sign: two decimals, and up to two more where the `largest` effect beside it is below 0.1.

    >>> effect_text(-0.083, 9.18), effect_text(0.0083, 0.025), effect_text(0.0083, 0.0083)
    ('−0.08', '+0.008', '+0.0083')
    """
    more = 0 if largest >= 0.1 or largest <= 0 else min(2, math.ceil(-math.log10(largest)) - 1)
    return number_text(value, f"+.{2 + more}f")


def _bar(value: float, largest: float) -> str:
    half = WIDTH / 2
    length = half * abs(value) / largest
    kind, start = ("for", half) if value >= 0 else ("against", half - length)
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f'<rect class="{kind}" x="{start:.1f}" y="1" width="{length:.1f}" height="{HEIGHT - 2}" rx="2"/>'
        f'<line class="axis" x1="{half:g}" x2="{half:g}" y1="0" y2="{HEIGHT}"/></svg>'
    )
