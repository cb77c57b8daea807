"""Explained recommendations for the report of a model: of users sampled over all lengths of history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.errors import RecsysError
from recsys.explain import EventContribution
from recsys.explain.quantity import quantity_of
from recsys.messages import NO_TEXT, Message, message, plural, short
from recsys.services.explain import explain_item, score_breakdown
from recsys.services.explain.causes import DOUBLES, Cause, strongest_causes
from recsys.services.explain.explain_item import SAME_FOR_ALL
from recsys.services.explain.html_parts import HtmlParts, effect_text
from recsys.services.explain.verdict import checked
from recsys.services.models.report_parts import paragraph, section
from recsys.services.recommend.query import HistoryEvent, Query, history_events, query_of
from recsys.services.recommend.recommendation import RecommendedItem, recommend_items
from recsys.services.workspace.open_run import OpenRun

EXAMPLES, SEED = 10, 20_240_501
STRIP = 8  # events shown of a history, the newest
NAME = 40  # characters of a title below its picture


@dataclass(frozen=True, eq=False)
class Example:
    """A user's first recommendation with its explanation.

    `effects` are the contributions of the events by position in `events`. `why_not` says why there is no explanation, ""
    where there is one; `item` is None where there is no recommendation either.
    """

    user_id: str
    events: Sequence[HistoryEvent]
    item: RecommendedItem | None
    sentence: str = ""
    verdict: str = ""
    causes: Sequence[Cause] = ()
    effects: dict[int, float] | None = None
    why_not: str = ""


def sample_users(run: OpenRun, num_users: int = EXAMPLES, seed: int = SEED) -> list[int]:
    """User indices, the shortest history first: one of each of `num_users` equally large groups by length of history."""
    lengths, rng = np.diff(run.dataset.interactions.offsets)[1:], np.random.default_rng(seed)
    order = np.argsort(lengths, kind="stable") + 1
    groups = np.array_split(order, min(num_users, len(order)))
    return [int(rng.choice(group)) for group in groups]


def examples(run: OpenRun, tick: Callable[[int, int], None] = lambda done, total: None) -> Iterator[Example]:
    """Explain the first recommendation of each of the `sample_users`; `tick` is called with users done and their total."""
    users = sample_users(run)
    for done, user in enumerate(users):
        tick(done, len(users))
        yield _example(run, str(run.dataset.interactions.user_ids[user]))
    tick(len(users), len(users))


def _example(run: OpenRun, user_id: str) -> Example:
    query = query_of(run, user_id, None)
    events = history_events(run, query)
    items = recommend_items(run, query, 1)
    if not items:
        return Example(user_id, events, None, why_not=message("No item is left to recommend to this user."))
    try:
        return _explained(run, query, events, items[0])
    except RecsysError as error:
        return Example(user_id, events, items[0], why_not=error.message)


def _explained(run: OpenRun, query: Query, events: Sequence[HistoryEvent], item: RecommendedItem) -> Example:
    user_id = query.user_id or ""
    if not explain_item.methods(run):
        breakdown = score_breakdown.break_down_score(run, query, item.item_id)
        causes = strongest_causes(None, breakdown, of_parts=False)
        no_verdict = message("Faithfulness cannot be judged: there is no event to remove.")
        return Example(user_id, events, item, SAME_FOR_ALL, no_verdict, causes)
    situation = explain_item.situation_of(run, query, item.item_id)
    explained, judged = checked(situation, explain_item.explained(run, situation))
    breakdown = score_breakdown.of_breakdown(run, explained.breakdown, explained.quantity)
    names_parts = explained.names_parts and not (judged and judged.instead)
    effects = {p.position: p.value for p in explained.exact.contributions if isinstance(p, EventContribution)}
    return Example(
        user_id,
        events,
        item,
        explained.sentence,
        judged.sentence if judged else NO_TEXT,
        strongest_causes(explained, breakdown, of_parts=names_parts),
        effects,
    )


def show(parts: HtmlParts, run: OpenRun, shown: Sequence[Example]) -> str:
    """The section of the report, HTML."""
    intro = plural(
        "The first recommendation of {n} user, sampled by seed {seed:d}.",
        "The first recommendation of {n} users, sampled by seed {seed:d} over all lengths of history, the shortest first.",
        len(shown), seed=SEED,
    )  # fmt: skip
    quantity = quantity_of(run.model)
    notes = [intro, quantity.meaning, DOUBLES if quantity.is_log_odds else NO_TEXT]
    if explain_item.methods(run):
        notes.append(
            message(
                "The number of an event is its exact effect: how much the item drops when this event alone is removed."
            )
        )
    if not run.dataset.images:
        notes.append(message("The dataset has no pictures."))
    about = paragraph(parts, message(" ").join(filter(None, notes)), "soft")
    articles = (_article(parts, run, number, example) for number, example in enumerate(shown, start=1))
    return section(parts, message("Explained recommendations"), about, *articles)


def _article(parts: HtmlParts, run: OpenRun, number: int, example: Example) -> str:
    heading = message("{number}. User {user}", number=number, user=short(example.user_id, 60))
    newest = list(reversed(example.events))[:STRIP]
    caption = plural(
        "History, newest first: {shown} of {n:,} event",
        "History, newest first: {shown} of {n:,} events",
        len(example.events),
        shown=len(newest),
    )
    largest = _largest(example)
    strip = "".join(_figure(parts, event, example.effects, largest) for event in newest)
    return f"""<article><h3>{parts.text(heading)}</h3>
{paragraph(parts, caption, "soft")}
<div class="strip">{strip}</div>
{_item(parts, run, example)}
{_causes(parts, run, example)}</article>"""


def _largest(example: Example) -> float:
    """The largest effect of an example: its figures have as many decimals as it needs."""
    effects = [*(example.effects or {}).values(), *(cause.value for cause in example.causes)]
    return max(map(abs, effects), default=0.0)


def _figure(parts: HtmlParts, event: HistoryEvent, effects: dict[int, float] | None, largest: float) -> str:
    picture = parts.picture(event.image, _alt(event.title)) or '<span class="blank"></span>'
    value = None if effects is None else effects.get(event.position)
    number = "" if value is None else f"<br><b>{effect_text(value, largest)}</b>"
    return f"<figure>{picture}<figcaption><bdi>{parts.text(event.title, NAME)}</bdi>{number}</figcaption></figure>"


def _item(parts: HtmlParts, run: OpenRun, example: Example) -> str:
    item = example.item
    if item is None:
        return paragraph(parts, example.why_not)
    rank = message("Rank {rank}, score {score:.2f}", rank=item.rank, score=item.score)
    if item.is_new:
        rank = message("{rank}; no training events", rank=rank)
    detail = " · ".join(filter(None, [parts.text(item.category, 60), parts.text(rank)]))
    recommended = parts.with_title(message("Recommended: {title}"), item.title)
    lines = [f"<p><b>{recommended}</b><br>", f'<span class="soft">{detail}</span></p>']
    if example.why_not:
        lines.append(paragraph(parts, message("Not explained: {reason}", reason=example.why_not)))
    lines += [paragraph(parts, example.sentence), paragraph(parts, example.verdict, "soft")]
    picture = parts.picture(item.image, _alt(item.title))
    return f'<div class="item">{picture}<div>{"".join(lines)}</div></div>'


def _causes(parts: HtmlParts, run: OpenRun, example: Example) -> str:
    if example.item is None or example.why_not:
        return ""
    if not example.causes:
        return paragraph(parts, message("No measured cause raises its score."), "soft")
    largest = example.causes[0].value
    rows = (parts.row(_picture(parts, run, cause), cause.name, "", cause.value, largest) for cause in example.causes)
    title = message("What caused it")
    return f"<p><b>{parts.text(title)}</b></p>\n<ol>{''.join(rows)}</ol>"


def _picture(parts: HtmlParts, run: OpenRun, cause: Cause) -> str:
    return "" if cause.item is None else parts.picture(run.dataset.images.get(cause.item), _alt(cause.name))


def _alt(title: str) -> Message:
    return message("Picture of {title}", title=title)
