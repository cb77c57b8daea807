"""Counterfactual explanations: small sets of past events whose removal drops an item, or that alone keep it.

Events are removed as in leave_one_out.py: no gap is left, older events move into the window, and the candidates stay
those of the whole history. Not all sets can be tried, so a beam search tries sets of 1, 2, … MAX_EVENTS events until a
size succeeds, then drops every event that is not needed. The result is the smallest set found, not proven minimal.
Refuses models that read no events. Raises NothingToChange if the item is not in the top k or cannot leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from recsys.errors import RecsysError, SettingError
from recsys.explain.methods.leave_one_out import no_events
from recsys.explain.quantity import values
from recsys.explain.rescoring import Standings, rescored, standings
from recsys.explain.situation import Situation
from recsys.messages import message
from recsys.models.base import PairModel
from recsys.recommend.topk import top_k

TOP = 10
MAX_EVENTS = 5
WIDTH = 3  # beam width: this many sets by the gap to the k-th rival, and as many by the explained quantity
BRANCHES = 20  # events added to each set of the beam: those with the largest effect
NEWEST = 5  # newest events added in any case: they matter more once newer ones are removed
MAX_CALLS = 2_000  # histories scored in one search: bounds time
MAX_FOUND = 5
MASKED = 0.1  # share of a joint drop that the drops of single events miss where these stand in for each other


class NothingToChange(RecsysError):
    """No counterfactual exists for this item: it is not in the top k, or every candidate is."""


Events = tuple[int, ...]  # positions in the full history, oldest first
Parent = tuple[
    Events, Mapping[int, float]
]  # a set to extend, and the gap per event, which decides the order of additions


@dataclass(frozen=True)
class EventSet:
    """A counterfactual set of past events.

    `positions` in the full history, oldest first. `rank` is the item's rank without these events, or with only them,
    scored on its own rather than in a batch. `does_it`: whether the set succeeds; if not, it is the closest of all
    tried sets. `entrants` are the items that newly enter the top k, best first.
    """

    positions: Events
    rank: int
    does_it: bool
    entrants: tuple[int, ...]


def removal_counterfactuals(situation: Situation, k: int = TOP) -> list[EventSet]:
    """Search for the smallest sets of at most MAX_EVENTS events whose removal drops the item from the top `k`.

    Returns up to MAX_FOUND sets of one size, the most decisive first. If none succeeds, returns the closest set, which
    is empty for an empty history. Raises RecsysError if no counterfactual can exist.
    """
    return _beam_search(_Search(_checked(situation, k), k, keep_only=False))


def keep_only_counterfactuals(situation: Situation, k: int = TOP) -> list[EventSet]:
    """Search for the smallest sets that alone keep the item in the top `k`; results as `removal_counterfactuals`.

    An empty set that succeeds means that the item needs no history.
    """
    return _beam_search(_Search(_checked(situation, k), k, keep_only=True))


def are_redundant(situation: Situation, removed: EventSet) -> bool:
    """Whether the events of a set that `removal_counterfactuals` returned stand in for each other.

    They do if the drops of the explained quantity without each alone miss more than MASKED of the drop without all of
    them. Each that is left keeps the item in the top k: the search dropped every event that the set does not need.
    """
    sets = [removed.positions, *((position,) for position in removed.positions)]
    without_all, *without_each = rescored(situation, [np.delete(np.arange(len(situation.history)), s) for s in sets])
    value = float(values(situation, situation.scores_1N)[0])
    drop = value - without_all
    return bool(drop - sum(value - without for without in without_each) > MASKED * drop)


def _checked(situation: Situation, k: int) -> Situation:
    model = situation.model
    if model.window == 0:
        raise SettingError(no_events(model.title, isinstance(model, PairModel)))
    if k < 1:
        raise SettingError(message("k is {k}; it is a whole number from 1.", k=k), column="k")
    if situation.is_seen:
        raise NothingToChange(
            message(
                "The item is already in the history and therefore not recommended: there is nothing to remove it from."
            )
        )
    if (num := int(situation.ranked_N.sum())) <= k:
        raise NothingToChange(
            message(
                "Every candidate fits in the top {k} (there are {candidates}), so nothing can leave it, whatever the history.",
                k=k,
                candidates=num,
            )
        )
    if situation.rank > k:
        raise NothingToChange(
            message(
                "The item is at rank {rank}, not in the top {k}: there is nothing to remove it from.",
                rank=situation.rank,
                k=k,
            )
        )
    return replace(situation, against=None)


@dataclass(frozen=True, eq=False)
class _Search:
    """One counterfactual search. `keep_only`: the set is kept and the rest removed; otherwise the set is removed."""

    situation: Situation
    k: int
    keep_only: bool

    def remaining(self, events: Events) -> np.ndarray:
        """Positions of the remaining history."""
        chosen = np.array(events, dtype=np.int64)
        return chosen if self.keep_only else np.delete(np.arange(len(self.situation.history)), chosen)

    def choices(self, events: Events) -> np.ndarray:
        """Positions that can be added to the set: those the model reads, newest last."""
        if self.keep_only:
            return np.setdiff1d(self.situation.positions, events)
        window, remaining = self.situation.model.window, self.remaining(events)
        return remaining if window is None else remaining[max(0, len(remaining) - window) :]

    def is_reached(self, rank: int) -> bool:
        return (rank <= self.k) == self.keep_only

    def distance(self, rank: int) -> int:
        """Distance from success in ranks; lower is closer."""
        return rank if self.keep_only else -rank

    def evaluate(self, sets: Sequence[Events]) -> Standings:
        """Score each set; lower values and gaps are closer to success."""
        standings_of_sets = standings(self.situation, [self.remaining(events) for events in sets], self.k)
        return (
            Standings(-standings_of_sets.values_B, -standings_of_sets.gaps_B, standings_of_sets.ranks_B)
            if self.keep_only
            else standings_of_sets
        )

    @cached_property
    def top(self) -> frozenset[int]:
        """Items in the top k for the whole history."""
        return frozenset(
            recommendation.item
            for recommendation in top_k(self.situation.scores_1N[0], self.situation.ranked_N, self.k)
        )

    def verify(self, events: Events) -> EventSet:
        """Score one set on its own, outside any batch."""
        situation, kept = self.situation, self.remaining(events)
        ratings = None if situation.ratings is None else situation.ratings[kept]
        scores_1N = situation.model.scores([situation.history[kept]], [situation.user], [ratings])
        situation.check_finite(scores_1N)
        rank = int(situation.ranks(scores_1N)[0])
        top = [recommendation.item for recommendation in top_k(scores_1N[0], situation.ranked_N, self.k)]
        return EventSet(events, rank, self.is_reached(rank), tuple(item for item in top if item not in self.top))


def _beam_search(search: _Search) -> list[EventSet]:
    """Beam search by size. Results are scored again on their own, so that batching cannot change them."""
    closest = search.verify(())
    if closest.does_it:
        return [closest]
    parents: list[Parent] = [((), {})]
    single_gaps: dict[int, float] = {}
    calls_left = MAX_CALLS
    for size in range(1, MAX_EVENTS + 1):
        parent_of: dict[Events, Events] = {}
        for events, parent in _extended(search, parents, size):
            parent_of.setdefault(events, parent)
        sets = list(parent_of)[:calls_left]
        if not sets:
            break
        calls_left -= len(sets)
        standings_of_sets = search.evaluate(sets)
        by_gap = np.argsort(standings_of_sets.gaps_B, kind="stable")
        reached = [sets[row] for row in by_gap if search.is_reached(standings_of_sets.ranks_B[row])]
        if verified := _verified(search, reached):
            return verified
        distances = [search.distance(int(rank)) for rank in standings_of_sets.ranks_B]
        if min(distances) < search.distance(closest.rank):
            closest = search.verify(sets[int(np.argmin(distances))])
        if size == 1:
            single_gaps = {events[0]: float(gap) for events, gap in zip(sets, standings_of_sets.gaps_B, strict=True)}
        parents = _beam(sets, parent_of, standings_of_sets, single_gaps)
    return [closest]


def _beam(
    sets: Sequence[Events], parent_of: Mapping[Events, Events], ranking: Standings, single_gaps: Mapping[int, float]
) -> list[Parent]:
    """Select the sets to extend, each with the gap of every event added to the same parent set, else alone."""
    gaps: dict[Events, dict[int, float]] = {}
    for events, gap in zip(sets, ranking.gaps_B, strict=True):
        added = set(events).difference(parent_of[events])
        if len(added) == 1:
            gaps.setdefault(parent_of[events], {})[added.pop()] = float(gap)
    orders = (np.argsort(numbers_B, kind="stable")[:WIDTH] for numbers_B in (ranking.gaps_B, ranking.values_B))
    rows = dict.fromkeys(int(row) for order in orders for row in order)
    return [(sets[row], {**single_gaps, **gaps.get(parent_of[sets[row]], {})}) for row in rows]


def _extended(search: _Search, parents: Sequence[Parent], size: int) -> Iterator[tuple[Events, Events]]:
    """Yield (set of `size`, its parent), most promising first.

    All events of one item are also tried together: if a model ignores repeats, removing one of them has no effect.
    """
    for events, gaps in parents:
        choices = search.choices(events)
        if not events:
            tried = choices[::-1]
        else:
            by_gap = sorted(choices, key=lambda event: gaps.get(int(event), -np.inf))
            tried = np.array([*by_gap[:BRANCHES], *choices[-NEWEST:]], dtype=np.int64)
        for event in tried:
            yield tuple(sorted((*events, int(event)))), events
    if size > 1 and not search.keep_only:
        history = search.situation.history
        for item in np.unique(history):
            repeats = np.flatnonzero(history == item)
            if len(repeats) == size:
                yield tuple(map(int, repeats)), ()


def _verified(search: _Search, reached: Iterable[Events]) -> list[EventSet]:
    """Prune and verify sets; keep up to MAX_FOUND of the smallest size."""
    by_events: dict[Events, EventSet] = {}
    for events in reached:
        event_set = _pruned(search, events)
        if event_set.does_it:
            by_events[event_set.positions] = event_set
        if len(by_events) == MAX_FOUND:
            break
    min_size = min((len(events) for events in by_events), default=0)
    return [event_set for events, event_set in by_events.items() if len(events) == min_size]


def _pruned(search: _Search, events: Events) -> EventSet:
    """Drop every event that the set does not need."""
    whole = search.verify(events)
    if not whole.does_it or len(events) == 1:
        return whole
    for event in events:
        fewer = _pruned(search, tuple(other for other in events if other != event))
        if fewer.does_it:
            return fewer
    return whole
