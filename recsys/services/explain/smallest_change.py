"""Counterfactual explanations in words: the fewest events to remove, or to keep alone, to change the top K.

The search ranks among the candidates of the full history, so removed items stay masked. On Recommend a removed item
is no longer seen and can be recommended again. Each set is checked both ways: sets that hold in both come first, and
the note says where the two differ. All wording is in `WORDS`, beside that of recsys/explain/words/sentence.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recsys.explain import Situation
from recsys.explain.questions.counterfactual import (
    MAX_EVENTS,
    TOP,
    EventSet,
    NothingToChange,
    are_redundant,
    keep_only_counterfactuals,
    removal_counterfactuals,
)
from recsys.explain.words import sentence
from recsys.messages import NO_TEXT, Message, message, short
from recsys.services.explain.explain_item import NAMED, SHORT, situation_of
from recsys.services.recommend.cold_start import recommendation_list
from recsys.services.recommend.query import Query, with_history
from recsys.services.recommend.recommendation import RecommendedItem
from recsys.services.workspace.open_run import OpenRun

WORDS: dict[str, Message] = {
    **{key: sentence.WORDS[key] for key in ("quoted", "and", "comma")},
    "again": message("{title} ({count} times)"),
    "away": message(
        "Without {names} it would fall from rank {rank} to {without}, and {replacement} would take its place in "
        "the top {k}."
    ),
    "removes": message("Removing {names} drops it from rank {rank} to rank {without}."),
    "either": message(
        "{names} stand in for each other: either keeps it in the top {k}, without both it drops from rank {rank} to rank "
        "{without}."
    ),
    "any": message(
        "{names} stand in for each other: any one keeps it in the top {k}, without all of them it drops from rank {rank} "
        "to rank {without}."
    ),
    "not_away": message(
        "No set of {most} past events or fewer was found that takes it out of the top {k}: without {names} it "
        "would still be at rank {without}."
    ),
    "never_away": message(
        "No set of {most} past events or fewer was found that takes it out of the top {k}: none moves it "
        "down from rank {rank}."
    ),
    "nothing": message("The history is empty: there is no event to remove."),
    "alone": message("{names} alone, as the whole history, would keep it in the top {k}: at rank {without}."),
    "not_alone": message(
        "No set of {most} past events or fewer was found that keeps it in the top {k} alone: with {names} as "
        "the whole history it would be at rank {without}."
    ),
    "never_alone": message(
        "No set of {most} past events or fewer was found that keeps it in the top {k} alone: none does more "
        "than an empty history, with rank {without}."
    ),
    "needs_none": message("It needs no history: without any it would be at rank {without}."),
    "smallest": message("The smallest set found, not proven to be the smallest."),
    "single": message("A single event: there is no smaller set."),
    "returns": message("On Recommend, removed items can be recommended again: {names} comes back."),
    "return": message("On Recommend, removed items can be recommended again: {names} come back."),
    "no_place": message("That leaves {replacement} no place in the top {k}."),
    "left_out": message("On Recommend, removed items can be recommended again: the item is then not in the top {k}."),
    "emptied": message("No history is left then: Recommend lists recently popular items instead."),
    "emptied_there": message(
        "No history is left then: Recommend lists recently popular items instead, and the item is among it."
    ),
}


@dataclass(frozen=True)
class Change:
    """A set of events and its sentence.

    `note` holds caveats of applying it. `replacement` is the item that enters the top K instead, None without one.
    `effect` names the events with short titles, says where the item falls without them, and whether they stand in for
    each other; "" where there is nothing to remove.
    """

    event_set: EventSet
    sentence: str
    note: str
    replacement: int | None = None
    effect: str = ""


@dataclass(frozen=True)
class Changes:
    """Counterfactuals of one item: removing the events of `away`, keeping only those of `alone`.

    `unavailable` is the reason why there is nothing to search for, else "". Both changes then give that reason and an
    empty set.
    """

    k: int
    rank: int
    away: Change
    alone: Change
    unavailable: str = ""


def changes(
    run: OpenRun,
    query: Query,
    item_id: str,
    k: int = TOP,
    situation: Situation | None = None,
    hide_seen: bool | None = None,
) -> Changes:
    """Find the smallest sets of events whose removal takes the item out of the top `k`, and which alone keep it there.

    `situation` may be passed if it was built before, with the same `hide_seen`. Raises RecsysError where the model reads no events.
    """
    situation = situation or situation_of(run, query, item_id, hide_seen=hide_seen)
    try:
        away, alone = removal_counterfactuals(situation, k), keep_only_counterfactuals(situation, k)
    except NothingToChange as error:
        none = Change(EventSet((), situation.rank, does_it=False, entrants=()), error.message, "")
        return Changes(k, situation.rank, none, none, error.message)
    writer = _ChangeWriter(run, query, item_id, situation, k, hide_seen)
    return Changes(k, situation.rank, writer.away(away), writer.alone(alone))


@dataclass(frozen=True)
class _ChangeWriter:
    """Puts the sets of one search into words."""

    run: OpenRun
    query: Query
    item_id: str
    situation: Situation
    k: int
    hide_seen: bool | None
    longest: int = NAMED  # characters of a title

    def away(self, sets: Sequence[EventSet]) -> Change:
        if not sets[0].does_it:
            key = "not_away" if sets[0].positions else "never_away" if len(self.query.history) else "nothing"
            return Change(sets[0], self.sentence(key, sets[0]), "")
        candidates = [self.removal(event_set) for event_set in sets]
        return next((change for change, holds in candidates if holds), candidates[0][0])

    def removal(self, event_set: EventSet) -> tuple[Change, bool]:
        """(the change, whether Recommend then lists the replacement and not the item)."""
        remaining = np.delete(np.arange(len(self.query.history)), event_set.positions)
        listed, is_fallback = self.on_recommend(remaining)
        ids = self.run.dataset.interactions.item_ids
        entrants = [item for item in event_set.entrants if ids[item] in listed]
        replacement = (entrants or event_set.entrants)[0]
        returning = [position for position in event_set.positions if ids[self.query.history[position]] in listed]
        if self.hide_seen is False:  # seen items are in the list, removed or not
            returning = []
        notes = [self.size(event_set)]
        if is_fallback:
            notes.append(WORDS["emptied_there" if self.item_id in listed else "emptied"])
        elif returning:
            key = "returns" if self.distinct(returning) == 1 else "return"
            notes.append(WORDS[key].format(names=self.names(returning)))
            notes += [self.sentence("no_place", event_set, replacement)] * (not entrants)
        effect = replace(self, longest=SHORT).effect(event_set)
        sentence, note = self.sentence("away", event_set, replacement), message(" ").join(notes)
        change = Change(event_set, sentence, note, replacement, effect)
        return change, bool(entrants) and not is_fallback and self.item_id not in listed

    def effect(self, event_set: EventSet) -> Message:
        """What removing the set does; of events of which each is enough, that they stand in for each other."""
        size = len(event_set.positions)
        if size == 1 or self.distinct(event_set.positions) < size or not are_redundant(self.situation, event_set):
            return self.sentence("removes", event_set)
        return self.sentence("either" if size == 2 else "any", event_set)

    def alone(self, sets: Sequence[EventSet]) -> Change:
        if not sets[0].does_it:
            return Change(sets[0], self.sentence("not_alone" if sets[0].positions else "never_alone", sets[0]), "")
        if not sets[0].positions:
            return Change(sets[0], self.sentence("needs_none", sets[0]), "")
        lists = [self.on_recommend(np.array(event_set.positions))[0] for event_set in sets]
        confirmed = [event_set for event_set, listed in zip(sets, lists, strict=True) if self.item_id in listed]
        event_set = (confirmed or sets)[0]
        notes = [self.size(event_set)] + [WORDS["left_out"].format(k=self.k)] * (not confirmed)
        return Change(event_set, self.sentence("alone", event_set), message(" ").join(notes))

    def on_recommend(self, positions: np.ndarray) -> tuple[dict[str, RecommendedItem], bool]:
        """(item id -> entry of the list on Recommend, whether it is the cold-start list), with only these events."""
        ids = [str(self.run.dataset.interactions.item_ids[item]) for item in self.query.history[positions]]
        shown = recommendation_list(self.run, with_history(self.run, self.query, ids), self.k, self.hide_seen)
        return {item.item_id: item for item in shown.items}, bool(shown.why)

    def sentence(self, key: str, event_set: EventSet, replacement: int | None = None) -> Message:
        return WORDS[key].format(
            names=self.names(event_set.positions),
            rank=self.situation.rank,
            without=event_set.rank,
            replacement="" if replacement is None else self.quoted(replacement),
            k=self.k,
            most=MAX_EVENTS,
        )

    def size(self, event_set: EventSet) -> Message:
        return WORDS["single" if len(event_set.positions) == 1 else "smallest"]

    def quoted(self, item: int) -> Message:
        return WORDS["quoted"].format(title=short(self.run.dataset.title(item), self.longest))

    def distinct(self, positions: Sequence[int]) -> int:
        return len({int(self.query.history[position]) for position in positions})

    def names(self, positions: Sequence[int]) -> Message:
        """Titles, each item once: "A", "A and B (2 times)", "A, B and C"; "" for none."""
        titles = []
        for item, count in Counter(int(self.query.history[position]) for position in positions).items():
            title = self.quoted(item)
            titles.append(title if count == 1 else WORDS["again"].format(title=title, count=count))
        if len(titles) < 2:
            return titles[0] if titles else NO_TEXT
        return WORDS["and"].format(first=WORDS["comma"].join(titles[:-1]), last=titles[-1])


def as_json(run: OpenRun, query: Query, result: Changes) -> dict[str, Any]:
    """Both sets as the command line prints them. `verified` false: no set was found, and this one comes closest."""
    ids = run.dataset.interactions.item_ids

    def common(change: Change) -> dict[str, Any]:
        positions = list(change.event_set.positions)
        return {
            "positions": positions,
            "item_ids": [str(ids[item]) for item in query.history[positions]],
            "verified": change.event_set.does_it,
            "sentence": change.sentence,
            "note": change.note,
        }

    away, alone = result.away, result.alone
    replacement = None if away.replacement is None else str(ids[away.replacement])
    searched = not result.unavailable
    return {
        "counterfactual": {
            **common(away),
            "rank_without": away.event_set.rank if searched else None,
            "replacement": replacement,
        },
        "sufficient": {**common(alone), "rank_alone": alone.event_set.rank if searched else None},
    }
