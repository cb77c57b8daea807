"""Why this item: an explanation with titles in it, ready to be shown or printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor

from recsys.data.decode import short
from recsys.explain import METHODS, EventContribution, Explanation, FeatureContribution, Situation, explain, methods_for
from recsys.explain.methods.registry import Kind, why_not
from recsys.explain.quantity import Quantity, quantity_of
from recsys.explain.questions.agreement import agreement
from recsys.explain.questions.breakdown import ScoreBreakdown, compute_breakdown, largest_source
from recsys.explain.rescoring import removal_scores
from recsys.explain.words.headline import headline, names_parts, short_reason
from recsys.explain.words.sentence import field_name
from recsys.models.inputs.fields import field_label
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun

NAMED, SHORT = 120, 40  # characters of a title in a sentence, and in a list
STARTS = ("integrated_gradients", "integrated_gradients_mean")  # the same method from two baselines
SAME, SIMILAR = 0.8, 0.5  # rank correlation from which two orders are called nearly the same, or similar


@dataclass(frozen=True)
class MethodChoice:
    name: str
    label: str
    help: str


@dataclass(frozen=True, eq=False)
class ItemExplanation:
    """An explanation of one recommendation. `sentence` and `because`, the reason alone ("" where there is none), name the largest
    source of `breakdown`, whatever the method shown; the events in them come from `exact`, the exact removals."""

    item_id: str
    title: str
    sentence: str
    because: str
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
        """What the contributions are: see `Method`."""
        return METHODS[self.explanation.method].kind

    @property
    def start(self) -> str:
        """What the baseline knows, in words."""
        return (
            "with the average item in the place of each event"
            if self.explanation.method == STARTS[1]
            else "with nothing known"
        )


def methods(run: OpenRun) -> list[MethodChoice]:
    """The methods this model has, the default first."""
    return [MethodChoice(name, METHODS[name].label, METHODS[name].help) for name in methods_for(run.model)]


@dataclass(frozen=True, eq=False)
class Removals:
    """The scores without each past event, good for `why` of any item; None where there is no event, or too much of it."""

    scores_LN: Tensor | None


def removals(run: OpenRun, query: Query) -> Removals:
    if not len(query.history) or run.model.window == 0:
        return Removals(None)
    anything = int(np.flatnonzero(run.candidates.scorable)[0])
    item_id = str(run.dataset.interactions.item_ids[anything])
    return Removals(removal_scores(situation_of(run, query, item_id, hide_seen=False)))


def situation_of(
    run: OpenRun,
    query: Query,
    item_id: str,
    *,
    against: str | None = None,
    hide_seen: bool | None = None,
    known_removals: Removals | None = None,
) -> Situation:
    """The recommendation of `item_id` to this asker, to be explained; `known_removals` are `removals` of the same run and asker.

    Raises RecsysError in words where the item, or the one it is compared with, cannot be scored.
    """
    return Situation.of(
        run.model, query.history, run.item(item_id), run.candidates,
        user=query.user, hide_seen=hide_seen, ratings=query.ratings,
        against=None if against is None else run.item(against), removals=known_removals.scores_LN if known_removals else None,
    )  # fmt: skip


def explain_for(
    run: OpenRun,
    query: Query,
    item_id: str,
    method: str | None = None,
    hide_seen: bool | None = None,
    known_removals: Removals | None = None,
) -> ItemExplanation:
    """Explains why `item_id` stands where it does for this asker; `known_removals` are `removals` of the same run and asker.

    Raises RecsysError in words where it cannot be explained.
    """
    situation = situation_of(run, query, item_id, hide_seen=hide_seen, known_removals=known_removals)
    return by_method(explained(run, situation), situation, method)


def explained(run: OpenRun, situation: Situation, breakdown: ScoreBreakdown | None = None) -> ItemExplanation:
    """The explanation of `situation` by exact removals; `breakdown` is its score breakdown, where that is known already."""
    exact = explain(situation)
    breakdown = breakdown or compute_breakdown(situation)
    title = run.dataset.title(situation.item)
    titles = [run.dataset.title(past) for past in situation.history]
    return ItemExplanation(
        item_id=str(run.dataset.interactions.item_ids[situation.item]),
        title=title,
        because=short_reason(exact, breakdown, [short(past, SHORT) for past in titles]),
        sentence=headline(situation, exact, breakdown, [short(past, NAMED) for past in titles], short(title, NAMED)),
        quantity=quantity_of(run.model),
        explanation=exact,
        titles=titles,
        exact=exact,
        breakdown=breakdown,
    )


def by_method(exact: ItemExplanation, situation: Situation, method: str | None) -> ItemExplanation:
    """The same headline over the contributions by another method of the model; None: by exact removals."""
    if method in (None, exact.exact.method):
        return exact
    return replace(exact, explanation=explain(situation, method))


@dataclass(frozen=True)
class Move:
    """What an event, or what is known of the user, contributed `before` and `now`; None where it was not there."""

    title: str
    before: float | None
    now: float | None

    @property
    def by(self) -> float:
        return (self.now or 0.0) - (self.before or 0.0)


def moved(before: ItemExplanation, now: ItemExplanation) -> list[Move]:
    """How the contributions moved between two histories of the same item, the largest change first.

    An event is known again by its item; of several with one item, the newest are matched first.
    """
    old, new = _by_event(before), _by_event(now)
    moves = [
        Move((new.get(key) or old[key])[0], old[key][1] if key in old else None, new[key][1] if key in new else None)
        for key in dict.fromkeys([*new, *old])
    ]
    return sorted(moves, key=lambda move: -abs(move.by))


def _by_event(item_explanation: ItemExplanation) -> dict[tuple[object, int], tuple[str, float]]:
    """(title, contribution) by (item, how many newer events with that item there are), and by the name of a feature."""
    result: dict[tuple[object, int], tuple[str, float]] = {}
    for part in reversed([*item_explanation.explanation.contributions, *item_explanation.explanation.features]):
        key = part.item if isinstance(part, EventContribution) else part.feature
        title = part_name(part, item_explanation.explanation, item_explanation.titles)
        count = sum(other == key for other, _ in result)
        result[key, count] = (title, part.value)
    return result


def strongest_first(explanation: Explanation) -> list[EventContribution | FeatureContribution]:
    """What is known of the user among the events, by size; of two that are equal the newer event comes first."""
    parts: list[EventContribution | FeatureContribution] = [*explanation.features, *explanation.contributions]
    parts.reverse()
    return sorted(parts, key=lambda part: -abs(part.value))


def part_name(part: EventContribution | FeatureContribution, explanation: Explanation, titles: Sequence[str]) -> str:
    """What stands beside the bar of a part: the title of an event, what is known of the user, or a field in words."""
    if isinstance(part, EventContribution):
        return titles[part.position]
    if part in explanation.features:
        return f"{part.feature} (of the user)"
    return field_name(part.feature, fields_of(explanation))


def fields_of(explanation: Explanation) -> list[str]:
    """The keys of a pair model's inputs."""
    return [part.feature for part in explanation.contributions if isinstance(part, FeatureContribution)]


def missing_methods(run: OpenRun) -> list[tuple[str, str]]:
    """(label, reason) for each method that this model has not: said on screen instead of hidden."""
    result = methods_for(run.model)
    return [(method.label, why_not(method, run.model)) for method in METHODS.values() if method.name not in result]


def other_start(method: str) -> str | None:
    """Integrated gradients from the other baseline, for a method that has one; `methods` tells whether it can be asked."""
    return STARTS[1 - STARTS.index(method)] if method in STARTS else None


def agreement_text(first: ItemExplanation, other: ItemExplanation) -> str:
    """One sentence on whether the start that gradients are integrated from decides what they say; "" for few events."""
    result = agreement(first.explanation, other.explanation)
    if result is None:
        return ""
    order = "nearly the same order" if result >= SAME else "a similar order" if result >= SIMILAR else "another order"
    care = "" if result >= SIMILAR else " These bars depend on the start, so rather trust the exact methods."
    return f"From nothing and from the average item, events come in {order} (rank correlation {result:.2f}).{care}"


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
