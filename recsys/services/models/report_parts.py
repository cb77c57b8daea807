"""Parts of the report of a model: its style, and charts as inline SVG, beside those of an explanation's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.messages import message, number_text
from recsys.services.explain.html_parts import HEIGHT, STYLE, WIDTH, HtmlParts

TALL, WIDE = 80, 600  # of a column chart, in units of its drawing
EDGE = 4  # room for the dot of a mean at the ends of a bar, in pixels

REPORT_STYLE = (
    STYLE
    + """
section { margin-top: 2.5rem } section h2 { font-size: 1.3rem; margin-top: 0 } h3 { font-size: 1rem; margin: 1.5rem 0 .4rem }
.scroll { margin-top: 1rem } caption { text-align: left; color: var(--soft); padding-bottom: .3rem } .lead { font-size: 1.1rem }
ol.figures li { grid-template-columns: 1fr 240px 4.5rem } ol.figures li > span:first-child:empty { display: none }
.other { fill: var(--soft) } .span { stroke: var(--text); stroke-width: 1.5 } .back { opacity: .3 }
.columns { width: 100%; height: 5rem } .ends { display: flex; justify-content: space-between }
.strip { display: flex; gap: .5rem; overflow-x: auto } figure { margin: 0; flex: 0 1 88px; min-width: 68px; font-size: .72rem;
  line-height: 1.25 }
.blank { display: block; width: 64px; height: 64px; border: 1px solid var(--line); border-radius: 6px }
.item { display: flex; gap: 1rem; align-items: flex-start; margin-top: .75rem } .item p { margin: 0 0 .4rem }
article { border: 1px solid var(--line); border-radius: 8px; padding: 0 1rem 1rem; margin-top: 1rem }
@media (max-width: 40rem) { ol.figures li { grid-template-columns: 1fr 4.5rem } }
@media print { article { break-inside: avoid } .strip { overflow: visible } }
"""
)

Interval = tuple[float, float]
Cell = tuple[str, str]  # of a table: a figure with its 95% interval below


@dataclass(frozen=True)
class Bar:
    """A mean of at least 0 with its 95% interval; None for a single user. `is_subject`: it is of the model itself."""

    name: str
    mean: float
    interval: Interval | None
    detail: str = ""
    is_subject: bool = False


def section(parts: HtmlParts, heading: str, *content: str) -> str:
    """A section under its heading; `content` is HTML."""
    inner = "\n".join(filter(None, content))
    return f"<section><h2>{parts.text(heading)}</h2>\n{inner}\n</section>"


def paragraph(parts: HtmlParts, text: str, kind: str = "") -> str:
    if not text:
        return ""
    of_kind = f' class="{kind}"' if kind else ""
    return f"<p{of_kind}>{parts.text(text, 2000)}</p>"


def interval_text(interval: Interval | None, spec: str = ".3f") -> str:
    """ "0.418 to 0.453"; "" without an interval."""
    if interval is None:
        return ""
    low, high = (number_text(end, spec) for end in interval)
    return message("{low} to {high}", low=low, high=high)


def mean_cell(mean: float, interval: Interval | None, spec: str = ".3f") -> Cell:
    """A mean with its interval below, for a table."""
    return number_text(mean, spec), interval_text(interval, spec)


def bars(parts: HtmlParts, rows: Sequence[Bar]) -> str:
    """A list of means as bars from 0 with their intervals as lines, on one scale."""
    largest = max((row.interval[1] if row.interval else row.mean for row in rows), default=0.0) or 1.0
    entries = (
        parts.entry("", row.name, parts.text(row.detail), _interval_bar(row, largest), f"{row.mean:.3f}")
        for row in rows
    )
    return f'<ol class="figures">{"".join(entries)}</ol>'


def _interval_bar(row: Bar, largest: float) -> str:
    def x(value: float) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * value / largest

    kind, middle = "for" if row.is_subject else "other", HEIGHT / 2
    low, high = row.interval or (row.mean, row.mean)
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f'<rect class="{kind} back" x="{EDGE}" y="2" width="{x(row.mean) - EDGE:.1f}" height="{HEIGHT - 4}" rx="2"/>'
        f'<line class="span" x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{middle:g}" y2="{middle:g}"/>'
        f'<circle class="{kind}" cx="{x(row.mean):.1f}" cy="{middle:g}" r="{EDGE}"/></svg>'
    )


def columns(parts: HtmlParts, labels: Sequence[str], counts: Sequence[int], alt: str) -> str:
    """Counts as columns, the first and the last label below."""
    step, most = WIDE / len(counts), max(counts) or 1
    shapes = "".join(
        f'<rect class="for" x="{index * step:.2f}" y="{TALL * (1 - count / most):.2f}" width="{step * 0.85:.2f}" '
        f'height="{TALL * count / most:.2f}"/>'
        for index, count in enumerate(counts)
    )
    return (
        f'<svg class="columns" viewBox="0 0 {WIDE} {TALL}" preserveAspectRatio="none" role="img" '
        f'aria-label="{parts.text(alt)}">{shapes}</svg>'
        f'<p class="soft ends"><span>{parts.text(labels[0])}</span><span>{parts.text(labels[-1])}</span></p>'
    )
