"""What would take a recommendation away, and what alone keeps it: small sets of past events, found by asking the model again.

Events are removed as in removal.py: the rest closes up, older events come into the window, and the candidates stay those
of the whole history. All sets cannot be tried, so a beam is searched: sets of one event, of two and so on to MAX_EVENTS,
until a size does it; then every event that turns out not to be needed is dropped. What is found is therefore the smallest
found, not proven minimal. Refuses models that read no events; raises NothingToChange where the item is not in the top k or
cannot leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from recsys.errors import RecsysError, SettingError
from recsys.explain.methods.leave_one_out import no_events
from recsys.explain.rescoring import Standings, standings
from recsys.explain.situation import Situation
from recsys.models.base import PairModel
from recsys.recommend.topk import top_k

TOP = 10
MAX_EVENTS = 5
WIDTH = 3  # sets of a size to go on from: so many by the gap to the k-th rival, and so many by the explained quantity
BRANCHES = 20  # events to add to each of them: those that did most beside the others of the set
NEWEST = 5  # more of them: what is newest counts more once something newer is gone
MAX_CALLS = 2_000  # histories that one search asks about: bounds time
MAX_FOUND = 5


class NothingToChange(RecsysError):
    """The question has no answer for this item: it is not in the top k, or every candidate is."""


Events = tuple[int, ...]  # positions in the full history, oldest first
Parent = tuple[Events, Mapping[int, float]]  # a set to go on from, and the gaps by event that tell which to add first


@dataclass(frozen=True)
class EventSet:
    """`positions` in the full history, oldest first; `rank` is the item's without them, or with them alone, from a run of
    the model on that history by itself.

    `does_it` False: none of the sets that were tried does, and this one comes nearest. `entrants` are the items that stand
    in the top k then and did not before, best first.
    """

    positions: Events
    rank: int
    does_it: bool
    entrants: tuple[int, ...]


def taken_away(situation: Situation, k: int = TOP) -> list[EventSet]:
    """The smallest found sets of at most MAX_EVENTS events without which the item is not in the top `k`.

    All of one size, at most MAX_FOUND, the most decisive first; or the one that comes nearest, of no events where the
    history is empty. Raises RecsysError where the question makes no sense.
    """
    return _smallest(_Question(_checked(situation, k), k, alone=False))


def kept_by(situation: Situation, k: int = TOP) -> list[EventSet]:
    """The smallest found sets that, as the whole history, leave the item in the top `k`; as `taken_away`.

    A set of no events that does it: the item needs no history.
    """
    return _smallest(_Question(_checked(situation, k), k, alone=True))


def _checked(situation: Situation, k: int) -> Situation:
    model = situation.model
    if model.window == 0:
        raise SettingError(no_events(model.title, isinstance(model, PairModel)))
    if k < 1:
        raise SettingError(f"k is {k}; it is a whole number from 1.", column="k")
    if situation.is_seen:
        raise NothingToChange(
            "The item is already in the history and therefore not recommended: there is nothing to remove it from."
        )
    if (num := int(situation.allowed_N.sum())) <= k:
        raise NothingToChange(
            f"Every candidate fits in the top {k} (there are {num}), so nothing can leave it, whatever the history."
        )
    if situation.rank > k:
        raise NothingToChange(
            f"The item stands at rank {situation.rank}, not in the top {k}: there is nothing to remove it from."
        )
    return replace(situation, against=None)


@dataclass(frozen=True, eq=False)
class _Question:
    """`alone`: which events keep the item by themselves; else which take it away by being removed."""

    situation: Situation
    k: int
    alone: bool

    def kept(self, events: Events) -> np.ndarray:
        """The positions that the history has left."""
        chosen = np.array(events, dtype=np.int64)
        return chosen if self.alone else np.delete(np.arange(len(self.situation.history)), chosen)

    def choices(self, events: Events) -> np.ndarray:
        """The positions that may be added to the set: what the model reads, the newest last."""
        if self.alone:
            return np.setdiff1d(self.situation.positions, events)
        window, left = self.situation.model.window, self.kept(events)
        return left if window is None else left[max(0, len(left) - window) :]

    def is_reached(self, rank: int) -> bool:
        return (rank <= self.k) == self.alone

    def distance(self, rank: int) -> int:
        """Less is nearer."""
        return rank if self.alone else -rank

    def ask(self, sets: Sequence[Events]) -> Standings:
        """Where the item stands; values and gaps are less the nearer a set comes."""
        standings_of_sets = standings(self.situation, [self.kept(events) for events in sets], self.k)
        return (
            Standings(-standings_of_sets.values_B, -standings_of_sets.gaps_B, standings_of_sets.ranks_B)
            if self.alone
            else standings_of_sets
        )

    @cached_property
    def top(self) -> frozenset[int]:
        """The items of the top k for the whole history."""
        return frozenset(
            recommendation.item
            for recommendation in top_k(self.situation.scores_1N[0], self.situation.allowed_N, self.k)
        )

    def fresh(self, events: Events) -> EventSet:
        """The model asked about that history by itself."""
        situation, kept = self.situation, self.kept(events)
        ratings = None if situation.ratings is None else situation.ratings[kept]
        scores_1N = situation.model.scores([situation.history[kept]], [situation.user], [ratings])
        rank = int(situation.ranks(scores_1N)[0])
        top = [recommendation.item for recommendation in top_k(scores_1N[0], situation.allowed_N, self.k)]
        return EventSet(events, rank, self.is_reached(rank), tuple(item for item in top if item not in self.top))


def _smallest(question: _Question) -> list[EventSet]:
    """Beam search by size; the answers are asked about anew, each by itself, so that no batch decides."""
    nearest = question.fresh(())
    if nearest.does_it:
        return [nearest]
    parents: list[Parent] = [((), {})]
    singles: dict[int, float] = {}
    room = MAX_CALLS
    for size in range(1, MAX_EVENTS + 1):
        parent_of: dict[Events, Events] = {}
        for events, parent in _grown(question, parents, size):
            parent_of.setdefault(events, parent)
        sets = list(parent_of)[:room]
        if not sets:
            break
        room -= len(sets)
        standings_of_sets = question.ask(sets)
        by_gap = np.argsort(standings_of_sets.gaps_B, kind="stable")
        reached = [sets[row] for row in by_gap if question.is_reached(standings_of_sets.ranks_B[row])]
        if verified := _verified(question, reached):
            return verified
        distances = [question.distance(int(rank)) for rank in standings_of_sets.ranks_B]
        if min(distances) < question.distance(nearest.rank):
            nearest = question.fresh(sets[int(np.argmin(distances))])
        if size == 1:
            singles = {events[0]: float(gap) for events, gap in zip(sets, standings_of_sets.gaps_B, strict=True)}
        parents = _beam(sets, parent_of, standings_of_sets, singles)
    return [nearest]


def _beam(
    sets: Sequence[Events], parent_of: Mapping[Events, Events], ranking: Standings, singles: Mapping[int, float]
) -> list[Parent]:
    """The sets to go on from, each with the gap that every event left beside the set it grew out of, else alone."""
    gaps: dict[Events, dict[int, float]] = {}
    for events, gap in zip(sets, ranking.gaps_B, strict=True):
        added = set(events).difference(parent_of[events])
        if len(added) == 1:
            gaps.setdefault(parent_of[events], {})[added.pop()] = float(gap)
    orders = (np.argsort(numbers_B, kind="stable")[:WIDTH] for numbers_B in (ranking.gaps_B, ranking.values_B))
    rows = dict.fromkeys(int(row) for order in orders for row in order)
    return [(sets[row], {**singles, **gaps.get(parent_of[sets[row]], {})}) for row in rows]


def _grown(question: _Question, parents: Sequence[Parent], size: int) -> Iterator[tuple[Events, Events]]:
    """(a set of `size`, the one that it grew out of), the most promising first.

    All events of one item are a step, too: where a model asks only whether there was one, one of them does nothing.
    """
    for events, gaps in parents:
        choices = question.choices(events)
        if not events:
            tried = choices[::-1]
        else:
            by_gap = sorted(choices, key=lambda event: gaps.get(int(event), -np.inf))
            tried = np.array([*by_gap[:BRANCHES], *choices[-NEWEST:]], dtype=np.int64)
        for event in tried:
            yield tuple(sorted((*events, int(event)))), events
    if size > 1 and not question.alone:
        history = question.situation.history
        for item in np.unique(history):
            again = np.flatnonzero(history == item)
            if len(again) == size:
                yield tuple(map(int, again)), ()


def _verified(question: _Question, reached: Iterable[Events]) -> list[EventSet]:
    """The first few that do it without an event too many, the smallest size alone."""
    by_events: dict[Events, EventSet] = {}
    for events in reached:
        event_set = _pruned(question, events)
        if event_set.does_it:
            by_events[event_set.positions] = event_set
        if len(by_events) == MAX_FOUND:
            break
    least = min((len(events) for events in by_events), default=0)
    return [event_set for events, event_set in by_events.items() if len(events) == least]


def _pruned(question: _Question, events: Events) -> EventSet:
    """The set less every event that it does not need, each asked about by itself."""
    whole = question.fresh(events)
    if not whole.does_it or len(events) == 1:
        return whole
    for event in events:
        fewer = _pruned(question, tuple(other for other in events if other != event))
        if fewer.does_it:
            return fewer
    return whole
