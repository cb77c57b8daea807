"""Contrastive explanations: why item A ranks above item B, as a split of their score difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from recsys.explain import EventContribution, Explanation, FeatureContribution, Situation, explain
from recsys.explain.quantity import Quantity, explained_quantity
from recsys.explain.questions.breakdown import compute_breakdown
from recsys.explain.scored_history import ScoredHistory
from recsys.explain.words.headline import versus_headline
from recsys.messages import short
from recsys.services.explain.explain_item import NAMED, part_name, situation_of
from recsys.services.explain.score_breakdown import BreakdownReport, of_breakdown
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun


@dataclass(frozen=True, eq=False)
class Ranked:
    item_id: str
    title: str
    rank: int
    score: float


@dataclass(frozen=True, eq=False)
class Contrast:
    """`first` has the better rank. `explanation` and `sources` split its score less the score of `second`."""

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
    scored: ScoredHistory | None = None,
) -> Contrast:
    """Explain the score difference of two items by exact removals, the better-ranked item first.

    `scored` is the `scored_history` of the same run and query. Raises RecsysError where an item cannot be scored
    or the model has no inputs to remove.
    """
    situation = situation_of(run, query, item_id, against=other_id, hide_seen=hide_seen, scored=scored)
    swapped = situation_of(run, query, other_id, against=item_id, hide_seen=hide_seen, scored=scored)
    first, second = sorted((situation, swapped), key=lambda candidate: candidate.rank)
    explanation = replace(explain(first), attention=None, rollout=None)
    titles = [run.dataset.title(item) for item in query.history]
    ranked = [_ranked(run, compared) for compared in (first, second)]
    quantity = explained_quantity(first)
    breakdown = compute_breakdown(first)
    names = (short(ranked[0].title, NAMED), short(ranked[1].title, NAMED))
    return Contrast(
        first=ranked[0],
        second=ranked[1],
        sentence=versus_headline(
            explanation, breakdown, [short(title, NAMED) for title in titles], names, (first.rank, second.rank)
        ),
        quantity=quantity,
        explanation=explanation,
        sources=of_breakdown(run, breakdown, quantity),
        titles=titles,
    )


def _ranked(run: OpenRun, situation: Situation) -> Ranked:
    item_id = str(run.dataset.interactions.item_ids[situation.item])
    return Ranked(item_id, run.dataset.title(situation.item), situation.rank, situation.score)


def parts(result: Contrast) -> list[EventContribution | FeatureContribution]:
    """Contributions, strongest first; positive values favour the first item."""
    return sorted((*result.explanation.contributions, *result.explanation.features), key=lambda part: -abs(part.value))


def bars(result: Contrast) -> list[tuple[str, float]]:
    """(title or feature, contribution) of the `parts`."""
    return [(part_name(part, result.explanation, result.titles), part.value) for part in parts(result)]


def as_json(result: Contrast) -> dict[str, Any]:
    return {
        "first": vars(result.first),
        "second": vars(result.second),
        "sentence": result.sentence,
        "value": result.explanation.value,
        "contributions": [{"name": name, "value": value} for name, value in bars(result)],
    }
