"""Explanations of one recommended item, with titles and sentences for display."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recsys.explain import METHODS, EventContribution, Explanation, FeatureContribution, Situation, explain, methods_for
from recsys.explain.methods.registry import Kind, why_not
from recsys.explain.quantity import Quantity, quantity_of
from recsys.explain.questions.agreement import agreement
from recsys.explain.questions.breakdown import ScoreBreakdown, compute_breakdown, largest_source
from recsys.explain.scored_history import ScoredHistory
from recsys.explain.words.headline import headline, names_parts
from recsys.explain.words.sentence import field_name
from recsys.messages import NO_TEXT, Message, message, short
from recsys.models.inputs.fields import field_label
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun

SAME_FOR_ALL = message("This model recommends the most popular items to everyone: no event explains them.")
NAMED, SHORT = 120, 40  # characters of a title in a sentence and in a list
STARTS = ("integrated_gradients", "integrated_gradients_mean")  # the same method from two baselines
SAME, SIMILAR = 0.8, 0.5  # rank correlation from which two orders count as nearly the same, or similar


@dataclass(frozen=True)
class MethodChoice:
    name: str
    label: str
    help: str


@dataclass(frozen=True, eq=False)
class ItemExplanation:
    """An explanation of one recommendation.

    `sentence` names the largest source of `breakdown`, whichever method `explanation` is by. The events that it
    mentions come from `exact`, the exact removals.
    """

    item_id: str
    title: str
    sentence: str
    quantity: Quantity
    explanation: Explanation
    titles: list[str]
    exact: Explanation
    breakdown: ScoreBreakdown

    @property
    def names_parts(self) -> bool:
        """Whether the sentence names past events, or inputs of a pair model."""
        return names_parts(self.exact, self.breakdown)

    @property
    def kind(self) -> Kind:
        """Kind of the contributions: see `Method`."""
        return METHODS[self.explanation.method].kind

    @property
    def start(self) -> Message:
        """The baseline in words."""
        if self.explanation.method == STARTS[1]:
            return message("every event replaced by the average item")
        if self.exact.method == "ablation":
            return message("average item, unknown user")
        if self.explanation.method == STARTS[0]:
            return message("empty input")
        return message("empty history")


def methods(run: OpenRun) -> list[MethodChoice]:
    """Explanation methods available for the model, the default first."""
    return [MethodChoice(name, METHODS[name].label, METHODS[name].help) for name in methods_for(run.model)]


def scored_history(run: OpenRun, query: Query) -> ScoredHistory:
    """The history of a query, whose scores serve every item that is explained for it."""
    return ScoredHistory(run.model, np.array(query.history, dtype=np.int64), int(query.user), query.ratings)


def situation_of(
    run: OpenRun,
    query: Query,
    item_id: str,
    *,
    against: str | None = None,
    hide_seen: bool | None = None,
    scored: ScoredHistory | None = None,
) -> Situation:
    """The recommendation of `item_id` for this query, as input to the explanation methods.

    `scored` is the `scored_history` of the same run and query. Raises RecsysError where the item, or the item
    `against`, cannot be scored.
    """
    return Situation.of(
        run.model, query.history, run.item(item_id), run.candidates,
        user=query.user, hide_seen=hide_seen, ratings=query.ratings,
        against=None if against is None else run.item(against),
        scored=scored, seen=query.seen, disliked=query.disliked,
    )  # fmt: skip


def num_candidates(run: OpenRun, query: Query, item_id: str) -> int:
    """Number of items that the rank of `item_id` is among: those that the model can score, without hidden seen items."""
    return int(situation_of(run, query, item_id).ranked_N.sum())


def explain_for(
    run: OpenRun,
    query: Query,
    item_id: str,
    method: str | None = None,
    hide_seen: bool | None = None,
    scored: ScoredHistory | None = None,
) -> ItemExplanation:
    """Explain the rank of `item_id` for this query; `method` None means exact removals.

    `scored` is the `scored_history` of the same run and query. Raises RecsysError where the item cannot be explained.
    """
    situation = situation_of(run, query, item_id, hide_seen=hide_seen, scored=scored)
    return by_method(explained(run, situation), situation, method)


def explained(run: OpenRun, situation: Situation, breakdown: ScoreBreakdown | None = None) -> ItemExplanation:
    """Explain `situation` by exact removals; its score breakdown may be passed if it was computed before."""
    exact = explain(situation)
    breakdown = breakdown or compute_breakdown(situation)
    title = run.dataset.title(situation.item)
    titles = [run.dataset.title(item) for item in situation.history]
    return ItemExplanation(
        item_id=str(run.dataset.interactions.item_ids[situation.item]),
        title=title,
        sentence=headline(
            situation, exact, breakdown, [short(past_title, NAMED) for past_title in titles], short(title, NAMED)
        ),
        quantity=quantity_of(run.model),
        explanation=exact,
        titles=titles,
        exact=exact,
        breakdown=breakdown,
    )


def by_method(exact: ItemExplanation, situation: Situation, method: str | None) -> ItemExplanation:
    """Replace the contributions by those of another method; None keeps the exact removals. The headline stays."""
    if method in (None, exact.exact.method):
        return exact
    return replace(exact, explanation=explain(situation, method))


@dataclass(frozen=True)
class Move:
    """Contribution of an event or user feature `before` and `now`; None where it was absent."""

    title: str
    before: float | None
    now: float | None

    @property
    def by(self) -> float:
        return (self.now or 0.0) - (self.before or 0.0)


def moved(before: ItemExplanation, now: ItemExplanation) -> list[Move]:
    """Changes of the contributions between two histories for the same item, largest first.

    Events are matched by item; repeated events of one item are matched from the newest on.
    """
    old, new = _by_event(before), _by_event(now)
    moves = [
        Move((new.get(key) or old[key])[0], old[key][1] if key in old else None, new[key][1] if key in new else None)
        for key in dict.fromkeys([*new, *old])
    ]
    return sorted(moves, key=lambda move: -abs(move.by))


def _by_event(item_explanation: ItemExplanation) -> dict[tuple[object, int], tuple[str, float]]:
    """(item or feature name, number of newer events with the same item) -> (title, contribution)."""
    result: dict[tuple[object, int], tuple[str, float]] = {}
    for part in reversed([*item_explanation.explanation.contributions, *item_explanation.explanation.features]):
        key = part.item if isinstance(part, EventContribution) else part.feature
        title = part_name(part, item_explanation.explanation, item_explanation.titles)
        count = sum(other == key for other, _ in result)
        result[key, count] = (title, part.value)
    return result


def strongest_first(explanation: Explanation) -> list[EventContribution | FeatureContribution]:
    """Events and user features by absolute contribution, largest first; ties put the newer event first."""
    parts: list[EventContribution | FeatureContribution] = [*explanation.features, *explanation.contributions]
    parts.reverse()
    return sorted(parts, key=lambda part: -abs(part.value))


def part_name(part: EventContribution | FeatureContribution, explanation: Explanation, titles: Sequence[str]) -> str:
    """Label of a contribution: title of an event, user feature, or input field of a pair model."""
    if isinstance(part, EventContribution):
        return titles[part.position]
    if part in explanation.features:
        return message("{feature} (of the user)", feature=part.feature)
    return field_name(part.feature, fields_of(explanation))


def fields_of(explanation: Explanation) -> list[str]:
    """Names of a pair model's input fields."""
    return [part.feature for part in explanation.contributions if isinstance(part, FeatureContribution)]


def missing_methods(run: OpenRun) -> list[tuple[str, str]]:
    """(label, reason) of each method that is not available for this model."""
    available = methods_for(run.model)
    return [(method.label, why_not(method, run.model)) for method in METHODS.values() if method.name not in available]


def other_start(method: str) -> str | None:
    """Integrated gradients from the other baseline, None for other methods. `methods` lists whether it is available."""
    return STARTS[1 - STARTS.index(method)] if method in STARTS else None


def agreement_text(first: ItemExplanation, other: ItemExplanation) -> Message:
    """Sentence on how much integrated gradients depend on the baseline; "" for too few events."""
    correlation = agreement(first.explanation, other.explanation)
    if correlation is None:
        return NO_TEXT
    if correlation >= SAME:
        text = message(
            "Starting from an empty input or from the average item, the method ranks the events in nearly the same "
            "order (rank correlation {correlation:.2f})."
        )
    elif correlation >= SIMILAR:
        text = message(
            "Starting from an empty input or from the average item, the method ranks the events in a similar order "
            "(rank correlation {correlation:.2f})."
        )
    else:
        text = message(
            "Starting from an empty input or from the average item, the method ranks the events in a different order "
            "(rank correlation {correlation:.2f}). These bars depend on the baseline: prefer the exact methods."
        )
    return text.format(correlation=correlation)


def as_json(run: OpenRun, item_explanation: ItemExplanation) -> dict[str, Any]:
    """The explanation as the command line prints it."""
    shown = item_explanation.explanation
    largest = largest_source(item_explanation.breakdown)
    fields = fields_of(shown)
    return {
        "item_id": item_explanation.item_id,
        "title": item_explanation.title,
        "sentence": item_explanation.sentence,
        "largest_source": None if largest is None else largest.name,
        "method": shown.method,
        "rank": shown.rank,
        "seen": shown.is_seen,
        "explained": {
            "quantity": shown.quantity,
            "value": shown.value,
            "score": shown.score,
            "baseline": shown.baseline,
        },
        "contributions": [_part_as_json(run, part, item_explanation.titles, fields) for part in shown.contributions],
        "features": [{"feature": part.feature, "value": part.value} for part in shown.features],
        "attention": shown.attention,
        "completeness_gap": shown.completeness_gap,
        "steps": shown.steps,
    }


def _part_as_json(
    run: OpenRun, part: EventContribution | FeatureContribution, titles: Sequence[str], fields: Sequence[str]
) -> dict[str, Any]:
    if isinstance(part, FeatureContribution):
        return {"feature": field_label(part.feature, fields), "value": part.value}
    return {
        "item_id": str(run.dataset.interactions.item_ids[part.item]),
        "title": titles[part.position],
        "position": part.position,
        "value": part.value,
        "rank_without": part.rank_without,
    }
