"""HTML report of one explained recommendation, readable without the app.

The page loads nothing: no script, no external font or style, pictures as data URLs. Its Content-Security-Policy
allows only the one style element (by hash) and embedded pictures, so markup that slipped through escaping would still
not run. All text goes through `_text`: escaped, shortened, without control and bidirectional-override characters.
Titles are wrapped in `<bdi>`, so Arabic and Hebrew read correctly.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from recsys.data.decode import short
from recsys.data.files import write_atomic
from recsys.explain import METHODS, EventContribution, Explanation, FeatureContribution
from recsys.sequences.relevance import in_words
from recsys.services.explain.content_reasons import ContentReasons, explain_content
from recsys.services.explain.explain_item import ItemExplanation, part_name
from recsys.services.explain.score_breakdown import BLIND, BreakdownReport, of_breakdown
from recsys.services.recommend.recommendation import HistoryEvent, Query, history_events
from recsys.services.workspace.open_run import OpenRun

LONGEST = 200  # characters of a title
BARS, WORDS = 15, 10  # shown at most; the table lists all events
KNOWN = "known of the user"
WIDTH, HEIGHT, SIDE = 240, 14, 64  # of a bar and of a picture, in pixels
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

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
.for { fill: var(--for) } .against { fill: var(--against) } .axis { stroke: var(--soft) }
table { border-collapse: collapse; width: 100%; font-size: .9rem } th { text-align: left; font-weight: 600 }
th, td { padding: .3rem .5rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .9rem; margin: 0 }
dt { color: var(--soft) } dd { margin: 0 } .scroll { overflow-x: auto }
@media (max-width: 40rem) { li { grid-template-columns: 40px 1fr 4.5rem } li svg { grid-column: 1 / -1; grid-row: 2 } }
"""
POLICY = (
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src "
    f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)


def render_html(
    run: OpenRun,
    query: Query,
    explained: ItemExplanation,
    when: datetime | None = None,
    verdict: str = "",
    content: ContentReasons | None = None,
) -> str:
    """Render one explanation as an HTML page.

    `when` is the date on the page (default: now). `verdict` is the faithfulness verdict, "" if it was not computed.
    `content` is the item's `explain_content`, computed if None.
    """
    shown, events = explained.explanation, history_events(run, query)
    title = _text(explained.title)
    picture = _picture(run.dataset.images.get(run.item(explained.item_id)), f"Picture of {explained.title}")
    whom = "a custom history" if query.user_id is None else f"user {_text(query.user_id)}"
    edited = "; the history was edited" if query.is_edited else ""
    content = content or explain_content(run, query, explained.item_id)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Why {title}?</title>
<style>{STYLE}</style>
</head>
<body>
<header>{picture}<div><h1>Why <bdi>{title}</bdi>?</h1>
<p class="soft">{_rank_text(shown, whom)}{edited}</p></div></header>
<p>{_text(explained.sentence, 2000)}</p>
{_contributions(explained, events)}
{_verdict(verdict)}
{_sources(of_breakdown(run, explained.breakdown, explained.quantity))}
{_content(content)}
<h2>How this was found</h2>
<p>{_text(METHODS[shown.method].help)} {_text(explained.quantity.meaning)} {_text(_sum(explained))}</p>
{_facts(run, explained, when or datetime.now(UTC))}
</body>
</html>
"""


def write_html_report(
    path: Path,
    run: OpenRun,
    query: Query,
    explained: ItemExplanation,
    verdict: str = "",
    content: ContentReasons | None = None,
) -> None:
    """Write the page atomically. Raises DataError if writing fails."""
    write_atomic(path, render_html(run, query, explained, verdict=verdict, content=content).encode())


def _rank_text(shown: Explanation, whom: str) -> str:
    """The item's rank in words; `whom` is already HTML."""
    if shown.is_seen:
        return f"Already in the history of {whom}; rank {shown.rank} among the items not seen yet"
    return f"Rank {shown.rank} for {whom}"


def _text(value: object, longest: int = LONGEST) -> str:
    flat = " ".join(UNSEEN.sub(" ", str(value)).split())
    return html.escape(short(flat, longest))


def _sum(explained: ItemExplanation) -> str:
    """The completeness of the contributions in words; "" for methods without it."""
    shown = explained.explanation
    if shown.completeness_gap is None or shown.baseline is None:
        return ""
    return (
        f"The parts add up to the way from {shown.baseline:.3g}, {explained.start}, to {shown.value:.3g}, "
        f"but for {shown.completeness_gap:.2%}."
    )


def _contributions(explained: ItemExplanation, history: Sequence[HistoryEvent]) -> str:
    parts, feature_list = explained.explanation.contributions, explained.explanation.features
    if not parts and not feature_list:
        return "<h2>What each past event did</h2><p>The history is empty: no event speaks for or against the item.</p>"
    is_attention = explained.kind == "look"
    unit = "weight" if is_attention else explained.quantity.unit
    events = [part for part in parts if isinstance(part, EventContribution)]
    drawn = _drawn_events(explained, events, history, unit) if events else _drawn_inputs(explained, unit)
    how = "as the model weighed them" if is_attention else "to the right: speaks for the item; to the left: against it"
    return f"""<h2>{drawn.heading}</h2>
<p class="soft">{drawn.which}; {how}.</p>
<ol>{drawn.bars}</ol>
<h2>Data</h2>
<div class="scroll">{drawn.table}</div>"""


@dataclass(frozen=True)
class _Drawn:
    """Contributions as HTML: `which` says in words which of them have `bars`; `table` lists all."""

    heading: str
    which: str
    bars: str
    table: str


def _drawn_events(
    explained: ItemExplanation, events: Sequence[EventContribution], history: Sequence[HistoryEvent], unit: str
) -> _Drawn:
    """Bars of the user features and of the strongest events, newest first."""
    feature_list, largest = explained.explanation.features, _largest(explained)
    strongest = sorted(events, key=lambda part: -abs(part.value))[:BARS]
    bars = [_row("", part.feature, KNOWN, part.value, largest) for part in feature_list]
    bars += [
        _event_row(history[part.position], part.value, largest) for part in sorted(strongest, key=lambda p: -p.position)
    ]
    rows: list[list[object]] = [["", part.feature, KNOWN, "", f"{part.value:+.4f}", ""] for part in feature_list]
    rows += [
        [p.position + 1, history[p.position].title, history[p.position].category, history[p.position].when,
         f"{p.value:+.4f}", "" if p.rank_without is None else p.rank_without]
        for p in sorted(events, key=lambda part: -part.position)
    ]  # fmt: skip
    which = f"The {BARS} strongest of {len(events)} events" if len(events) > BARS else "The events"
    table = _table(["#", "title", "category", "when", unit, "rank without it"], rows)
    return _Drawn("What each past event did", f"{which}, newest first (event 1 is the oldest)", "".join(bars), table)


def _drawn_inputs(explained: ItemExplanation, unit: str) -> _Drawn:
    shown, largest = explained.explanation, _largest(explained)
    features = [part for part in (*shown.contributions, *shown.features) if isinstance(part, FeatureContribution)]
    named = [(part_name(part, shown, explained.titles), part.value) for part in features]
    bars = "".join(_row("", name, "", value, largest) for name, value in named)
    table = _table(["input", unit], [[name, f"{value:+.4f}"] for name, value in named])
    return _Drawn("What each input did", "The inputs", bars, table)


def _largest(explained: ItemExplanation) -> float:
    parts = (*explained.explanation.contributions, *explained.explanation.features)
    return max((abs(part.value) for part in parts), default=0.0) or 1.0


def _verdict(verdict: str) -> str:
    return f"<h2>Does it hold?</h2>\n<p>{_text(verdict, 600)}</p>" if verdict else ""


def _sources(breakdown: BreakdownReport) -> str:
    """The score breakdown: contribution of each source."""
    largest = max(abs(value) for _, value in breakdown.sources) or 1.0
    rows = "".join(_row("", name, "", value, largest) for name, value in breakdown.sources)
    start = f"from {BLIND}, at {breakdown.start:.2f}," if breakdown.start else "from 0"
    return f"""<h2>Where the score comes from</h2>
<p>{_text(breakdown.sentence)}</p>
<p class="soft">What each source adds {_text(start)} to {breakdown.value:.2f}.</p>
<ol>{rows}</ol>"""


def _content(content: ContentReasons | None) -> str:
    """The words with the largest contributions; "" where the model reads none."""
    if content is None or not content.words:
        return ""
    words = sorted(content.words, key=lambda word: -abs(word.value))[:WORDS]
    table = _table(["word", "in its", "adds"], [[word.text, word.column, f"{word.value:+.4f}"] for word in words])
    return f"""<h2>Its words</h2>
<p class="soft">The words that say most.</p>
<div class="scroll">{table}</div>"""


def _event_row(event: HistoryEvent, value: float, largest: float) -> str:
    detail = " · ".join(filter(None, [_text(event.category, 60), event.when]))
    return _row(_picture(event.image, f"Picture of {event.title}"), event.title, detail, value, largest)


def _row(picture: str, title: str, detail: str, value: float, largest: float) -> str:
    small = f'<br><span class="soft">{detail}</span>' if detail else ""
    return (
        f"<li>{picture or '<span></span>'}<div><bdi>{_text(title)}</bdi>{small}</div>"
        f'{_bar(value, largest)}<span class="number">{value:+.3f}</span></li>\n'
    )


def _bar(value: float, largest: float) -> str:
    half = WIDTH / 2
    length = half * abs(value) / largest
    kind, start = ("for", half) if value >= 0 else ("against", half - length)
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f'<rect class="{kind}" x="{start:.1f}" y="1" width="{length:.1f}" height="{HEIGHT - 2}" rx="2"/>'
        f'<line class="axis" x1="{half:g}" x2="{half:g}" y1="0" y2="{HEIGHT}"/></svg>'
    )


def _picture(path: Path | None, alt: str) -> str:
    if path is None:
        return ""
    buffer = io.BytesIO()
    with Image.open(path, formats=("PNG",)) as picture:
        picture.thumbnail((SIDE, SIDE))
        picture.save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img src="data:image/png;base64,{data}" width="{SIDE}" height="{SIDE}" alt="{_text(alt)}">'


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """HTML table without empty columns."""
    non_empty = [column for column in range(len(columns)) if any(str(row[column]) for row in rows)]
    head = "".join(f'<th scope="col">{_text(columns[column])}</th>' for column in non_empty)
    body = "".join(
        "<tr>" + "".join(f"<td>{_text(row[column])}</td>" for column in non_empty) + "</tr>\n" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _facts(run: OpenRun, explained: ItemExplanation, when: datetime) -> str:
    shown = explained.explanation
    value = [(explained.quantity.unit.capitalize(), f"{shown.value:.4f}")] if explained.quantity.is_log_odds else []
    liked_from = run.split.liked_from
    target = [] if liked_from is None else [("Suggests", f"what would be {in_words(liked_from)}")]
    facts = [
        ("Model", f"{run.model.title}, run {run.config.run_id}"),
        ("Weights", f"sha256 {run.record.weights_sha256[:16]}"),
        ("Dataset", f"{run.dataset.name}, {run.dataset.dataset_id}"),
        *target,
        ("Method", METHODS[shown.method].label),
        ("Item", explained.item_id),
        ("Score", f"{shown.score:.4f}"),
        *value,
        ("Date", f"{when:%Y-%m-%d %H:%M} UTC"),
    ]
    return "<dl>" + "".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in facts) + "</dl>"
