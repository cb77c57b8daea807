"""HTML report of one explained recommendation, in one language, readable without the app.

The page loads nothing: no script, no external font or style, pictures as data URLs. Its Content-Security-Policy
allows only the one style element (by hash) and embedded pictures, so markup that slipped through escaping would still
not run. All text goes through `HtmlParts.text` (html_parts.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recsys.data.files import write_atomic
from recsys.explain import METHODS, EventContribution, Explanation, FeatureContribution
from recsys.messages import ENGLISH, NO_TEXT, Message, message, number_text
from recsys.sequences.relevance import in_words
from recsys.services.explain.content_reasons import ContentReasons, explain_content
from recsys.services.explain.explain_item import ItemExplanation, part_name
from recsys.services.explain.html_parts import HtmlParts, effect_text
from recsys.services.explain.score_breakdown import BreakdownReport, of_breakdown
from recsys.services.recommend.query import HistoryEvent, Query, history_events
from recsys.services.workspace.open_run import OpenRun

BARS, WORDS = 15, 10  # shown at most; the table lists all events
KNOWN = message("user feature")
OF_EVENTS = message("Effect of each past event")
COLUMNS = {"title": message("title"), "text": message("text")}


def render_html(
    run: OpenRun,
    query: Query,
    explained: ItemExplanation,
    when: datetime | None = None,
    verdict: str = "",
    content: ContentReasons | None = None,
    language: str = ENGLISH,
) -> str:
    """Render one explanation as an HTML page.

    `when` is the date on the page (default: now). `verdict` is the faithfulness verdict, "" if it was not computed.
    `content` is the item's `explain_content`, computed if None.
    """
    shown, events = explained.explanation, history_events(run, query)
    parts, question = HtmlParts(language), message("Why {title}?")
    content = content or explain_content(run, query, explained.item_id)
    alt = message("Picture of {title}", title=explained.title)
    how = [METHODS[shown.method].help, explained.quantity.meaning, _sum(explained)]
    of_method = message("Method")
    if shown.method != explained.exact.method:
        how.append(message("The sentence is from exact removals, whichever method the bars are by."))
    return f"""{parts.head(question.format(title=explained.title))}
<body>
<header>{parts.picture(run.dataset.images.get(run.item(explained.item_id)), alt)}\
<div><h1>{parts.with_title(question, explained.title)}</h1>
<p class="soft">{parts.text(_rank_text(shown, query))}</p></div></header>
<p>{parts.text(explained.sentence, 2000)}</p>
{_contributions(parts, explained, events)}
{_verdict(parts, verdict)}
{_sources(parts, of_breakdown(run, explained.breakdown, explained.quantity))}
{_content(parts, content)}
<h2>{parts.text(of_method)}</h2>
<p>{" ".join(parts.text(text, 600) for text in how if text)}</p>
{parts.facts(_facts(run, explained, when or datetime.now(UTC)))}
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
    language: str = ENGLISH,
) -> None:
    """Write the page atomically. Raises DataError if writing fails."""
    page = render_html(run, query, explained, verdict=verdict, content=content, language=language)
    write_atomic(path, page.encode())


def _rank_text(shown: Explanation, query: Query) -> Message:
    """The item's rank, for whom, and whether the history was edited."""
    user = message("a custom history") if query.user_id is None else message("user {user}", user=query.user_id)
    text = message("Rank {rank} for {user}")
    if shown.is_seen:
        text = message("Already in the history of {user}; rank {rank} among the items not seen yet")
    rank = text.format(rank=shown.rank, user=user)
    return message("{rank}; the history was edited", rank=rank) if query.is_edited else rank


def _sum(explained: ItemExplanation) -> Message:
    """The completeness of the contributions in words; "" for methods without it."""
    shown = explained.explanation
    if shown.completeness_gap is None or shown.baseline is None:
        return NO_TEXT
    return message(
        "The contributions add up to the difference between {baseline:.3g} ({start}) and {value:.3g}, except for {gap:.2%}.",
        baseline=shown.baseline, start=explained.start, value=shown.value, gap=shown.completeness_gap,
    )  # fmt: skip


def _contributions(parts: HtmlParts, explained: ItemExplanation, history: Sequence[HistoryEvent]) -> str:
    shown = explained.explanation
    if not shown.contributions and not shown.features:
        nothing = message("The history is empty: no event speaks for or against the item.")
        return f"<h2>{parts.text(OF_EVENTS)}</h2><p>{parts.text(nothing)}</p>"
    is_attention = explained.kind == "look"
    unit = message("weight") if is_attention else explained.quantity.unit
    events = [part for part in shown.contributions if isinstance(part, EventContribution)]
    drawn = _drawn_events(parts, explained, events, history, unit) if events else _drawn_inputs(parts, explained, unit)
    how = message("to the right: speaks for the item; to the left: against it")
    if is_attention:
        how = message("as weighed by the model")
    caption, data = message("{which}; {how}.", which=drawn.which, how=how), message("Data")
    return f"""<h2>{parts.text(drawn.heading)}</h2>
<p class="soft">{parts.text(caption)}</p>
<ol>{drawn.bars}</ol>
<h2>{parts.text(data)}</h2>
<div class="scroll">{drawn.table}</div>"""


@dataclass(frozen=True)
class _Drawn:
    """Contributions: `which` says in words which of them have `bars`; `table` lists all. Both are HTML."""

    heading: Message
    which: Message
    bars: str
    table: str


def _drawn_events(
    parts: HtmlParts,
    explained: ItemExplanation,
    events: Sequence[EventContribution],
    history: Sequence[HistoryEvent],
    unit: str,
) -> _Drawn:
    """Bars of the user features and of the strongest events, newest first."""
    features, largest = explained.explanation.features, _largest(explained)
    strongest = sorted(events, key=lambda part: -abs(part.value))[:BARS]
    bars = [parts.row("", part.feature, parts.text(KNOWN), part.value, largest) for part in features]
    newest_first = sorted(strongest, key=lambda part: -part.position)
    bars += [_event_row(parts, history[part.position], part.value, largest) for part in newest_first]
    rows: list[list[object]] = [
        ["", part.feature, KNOWN, "", effect_text(part.value, largest), ""] for part in features
    ]
    rows += [
        [p.position + 1, history[p.position].title, history[p.position].category, history[p.position].when,
         effect_text(p.value, largest), "" if p.rank_without is None else p.rank_without]
        for p in sorted(events, key=lambda part: -part.position)
    ]  # fmt: skip
    which = message("The events, newest first (event 1 is the oldest)")
    if len(events) > BARS:
        which = message(
            "The {shown} strongest of {events} events, newest first (event 1 is the oldest)",
            shown=BARS,
            events=len(events),
        )
    columns = ["#", message("title"), message("category"), message("when"), unit, message("rank without it")]
    return _Drawn(OF_EVENTS, which, "".join(bars), parts.table("rpplrr", columns, rows))


def _drawn_inputs(parts: HtmlParts, explained: ItemExplanation, unit: str) -> _Drawn:
    shown, largest = explained.explanation, _largest(explained)
    features = [part for part in (*shown.contributions, *shown.features) if isinstance(part, FeatureContribution)]
    named = [(part_name(part, shown, explained.titles), part.value) for part in features]
    bars = "".join(parts.row("", name, "", value, largest) for name, value in named)
    rows = [[name, effect_text(value, largest)] for name, value in named]
    table = parts.table("pr", [message("input"), unit], rows)
    return _Drawn(message("Effect of each input"), message("The inputs"), bars, table)


def _largest(explained: ItemExplanation) -> float:
    parts = (*explained.explanation.contributions, *explained.explanation.features)
    return max((abs(part.value) for part in parts), default=0.0) or 1.0


def _verdict(parts: HtmlParts, verdict: str) -> str:
    heading = message("Faithfulness")
    return f"<h2>{parts.text(heading)}</h2>\n<p>{parts.text(verdict, 600)}</p>" if verdict else ""


def _sources(parts: HtmlParts, breakdown: BreakdownReport) -> str:
    """The score breakdown: contribution of each source."""
    largest = max(abs(value) for _, value in breakdown.sources) or 1.0
    rows = "".join(parts.row("", name, "", value, largest) for name, value in breakdown.sources)
    text = message("Contribution of each source, from 0 to {value:.2f}.")
    if breakdown.start:
        text = message("Contribution of each source, from an average item at {start:.2f} to {value:.2f}.")
    heading = message("Score breakdown")
    return f"""<h2>{parts.text(heading)}</h2>
<p>{parts.text(breakdown.sentence)}</p>
<p class="soft">{parts.text(text.format(start=breakdown.start, value=breakdown.value))}</p>
<ol>{rows}</ol>"""


def _content(parts: HtmlParts, content: ContentReasons | None) -> str:
    """The words with the largest contributions; "" where the model reads none."""
    if content is None or not content.words:
        return ""
    words = sorted(content.words, key=lambda word: -abs(word.value))[:WORDS]
    largest = abs(words[0].value)
    rows = [[word.text, COLUMNS[word.column], effect_text(word.value, largest)] for word in words]
    table = parts.table("plr", [message("word"), message("column"), message("contribution")], rows)
    heading, caption = message("Words of the item"), message("The words with the largest contributions.")
    return f"""<h2>{parts.text(heading)}</h2>
<p class="soft">{parts.text(caption)}</p>
<div class="scroll">{table}</div>"""


def _event_row(parts: HtmlParts, event: HistoryEvent, value: float, largest: float) -> str:
    detail = " · ".join(filter(None, [parts.text(event.category, 60), event.when]))
    picture = parts.picture(event.image, message("Picture of {title}", title=event.title))
    return parts.row(picture, event.title, detail, value, largest)


def _facts(run: OpenRun, explained: ItemExplanation, when: datetime) -> list[tuple[str, str]]:
    shown, liked_from = explained.explanation, run.split.liked_from
    facts = [
        (message("Model"), message("{model}, run {run}", model=run.model.title, run=run.config.run_id)),
        (message("Weights"), f"sha256 {run.record.weights_sha256[:16]}"),
        (message("Dataset"), f"{run.dataset.name}, {run.dataset.dataset_id}"),
    ]
    if liked_from is not None:
        facts.append((message("Recommends"), message("items that would be {target}", target=in_words(liked_from))))
    facts += [
        (message("Method"), METHODS[shown.method].label),
        (message("Item"), explained.item_id),
        (message("Score"), number_text(shown.score, ".2f")),
    ]
    if explained.quantity.is_log_odds:
        facts.append((message("Log-odds"), number_text(shown.value, ".2f")))
    return [*facts, (message("Date"), f"{when:%Y-%m-%d %H:%M} UTC")]
