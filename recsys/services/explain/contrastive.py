"""Why this item and not that one: the difference of two scores explained, ready to be shown or printed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from recsys.data.decode import short
from recsys.explain import Explanation, Situation, explain
from recsys.explain.quantity import Quantity, explained_quantity
from recsys.explain.questions.breakdown import compute_breakdown
from recsys.explain.words.sentence import versus
from recsys.services.explain.explain_item import NAMED, Removals, part_name, situation_of
from recsys.services.explain.score_breakdown import BreakdownReport, of_breakdown
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun


@dataclass(frozen=True, eq=False)
class Ranked:
    item_id: str
    title: str
    rank: int
    score: float


@dataclass(frozen=True, eq=False)
class Contrast:
    """`first` is the one with the better rank. `explanation` and `sources` are about its score less that of `second`."""

    first: Ranked
    second: Ranked
    sentence: str
    quantity: Quantity
    explanation: Explanation
    sources: BreakdownReport
    titles: list[str]


def contrast(
    run: OpenRun,
    query: Query,
    item_id: str,
    other_id: str,
    hide_seen: bool | None = None,
    known: Removals | None = None,
) -> Contrast:
    """Why one of two items comes before the other for this asker, whichever it is, by exact removals; `known` are the
    `removals` of the same run and asker.

    Raises RecsysError in words where one of them cannot be scored, or where the model looks at nothing.
    """
    situation = situation_of(run, query, item_id, against=other_id, hide_seen=hide_seen, known_removals=known)
    turned = situation_of(run, query, other_id, against=item_id, hide_seen=hide_seen, known_removals=known)
    first, second = sorted((situation, turned), key=lambda each: each.rank)
    explanation = replace(explain(first), attention=None, rollout=None)
    titles = [run.dataset.title(past) for past in query.history]
    ranked = [_ranked(run, each) for each in (first, second)]
    quantity = explained_quantity(first)
    return Contrast(
        first=ranked[0],
        second=ranked[1],
        sentence=versus(
            explanation,
            [short(title, NAMED) for title in titles],
            (short(ranked[0].title, NAMED), short(ranked[1].title, NAMED)),
            (first.rank, second.rank),
        ),
        quantity=quantity,
        explanation=explanation,
        sources=of_breakdown(run, compute_breakdown(first), quantity),
        titles=titles,
    )


def _ranked(run: OpenRun, situation: Situation) -> Ranked:
    item_id = str(run.dataset.interactions.item_ids[situation.item])
    return Ranked(item_id, run.dataset.title(situation.item), situation.rank, situation.score)


def bars(result: Contrast) -> list[tuple[str, float]]:
    """(title or feature, contribution), the strongest first: above 0 speaks for the first item, below for the second."""
    parts = [*result.explanation.contributions, *result.explanation.features]
    named = [(part_name(part, result.explanation, result.titles), part.value) for part in parts]
    return sorted(named, key=lambda part: -abs(part[1]))


def as_json(result: Contrast) -> dict[str, Any]:
    return {
        "first": vars(result.first),
        "second": vars(result.second),
        "sentence": result.sentence,
        "value": result.explanation.value,
        "contributions": [{"name": name, "value": value} for name, value in bars(result)],
    }
