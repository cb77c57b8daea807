"""What would take a recommendation away and what alone keeps it, in words, and what Recommend lists once that is applied.

The search ranks among the candidates of the whole history: what was removed stays out. Recommend cannot know that an
event was ever there, so what was removed may be recommended again. Both are asked, sets that hold for both come first,
and where they differ the note says so. All wording stands in `ENGLISH`, beside that of recsys/explain/sentence.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys.data.decode import short
from recsys.explain import Situation
from recsys.explain.questions.counterfactual import (
    MAX_EVENTS,
    TOP,
    EventSet,
    NothingToChange,
    keep_only_counterfactuals,
    removal_counterfactuals,
)
from recsys.explain.words import sentence
from recsys.services.explain.explain_item import NAMED, situation_of
from recsys.services.recommend.cold_start import recommendation_list
from recsys.services.recommend.recommendation import Query, RecommendedItem, with_history
from recsys.services.workspace.open_run import OpenRun

ENGLISH: dict[str, str] = {
    **{key: sentence.ENGLISH[key] for key in ("quoted", "and", "comma")},
    "again": "{title} ({count} times)",
    "away": "Without {names} it would fall from rank {rank} to {without}, and {replacement} would take its place in the "
    "top {k}.",
    "not_away": "No set of {most} past events or fewer was found that takes it out of the top {k}: without {names} it would "
    "still be at rank {without}.",
    "never_away": "No set of {most} past events or fewer was found that takes it out of the top {k}: none moves it down "
    "from rank {rank}.",
    "nothing": "The history is empty: there is no event to remove.",
    "alone": "{names} alone, as the whole history, would keep it in the top {k}: at rank {without}.",
    "not_alone": "No set of {most} past events or fewer was found that keeps it in the top {k} alone: with {names} as the "
    "whole history it would be at rank {without}.",
    "never_alone": "No set of {most} past events or fewer was found that keeps it in the top {k} alone: none does more than "
    "an empty history, with rank {without}.",
    "needs_none": "It needs no history: without any it would be at rank {without}.",
    "smallest": "The smallest set found, not proven to be the smallest.",
    "single": "A single event: there is no smaller set.",
    "returns": "On Recommend, removed items can be recommended again: {names} comes back.",
    "return": "On Recommend, removed items can be recommended again: {names} come back.",
    "no_place": "That leaves {replacement} no place in the top {k}.",
    "left_out": "On Recommend, removed items can be recommended again: there it is not in the top {k}.",
    "emptied": "Nothing is left of the history then: Recommend lists what was popular lately instead.",
    "emptied_there": "Nothing is left of the history then: Recommend lists what was popular lately instead, and the item is "
    "among it.",
}


@dataclass(frozen=True)
class Change:
    """A set of events in words. `note` is what a person should know before applying it; `replacement` is the item that takes
    the place of the one removed, None where there is none."""

    found: EventSet
    sentence: str
    note: str
    replacement: int | None = None


@dataclass(frozen=True)
class Changes:
    """`unavailable` says why there is nothing to search for, "" where there is; both changes then say so and hold no event."""

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
    words: Mapping[str, str] = ENGLISH,
    situation: Situation | None = None,
) -> Changes:
    """What would take the item out of this asker's top `k`, and what alone keeps it there; `situation` is that of the item,
    where it is there already. Raises RecsysError in words where the model reads no events."""
    situation = situation or situation_of(run, query, item_id)
    try:
        away, alone = removal_counterfactuals(situation, k), keep_only_counterfactuals(situation, k)
    except NothingToChange as error:
        none = Change(EventSet((), situation.rank, does_it=False, entrants=()), error.message, "")
        return Changes(k, situation.rank, none, none, error.message)
    tell = _Teller(run, query, item_id, situation.rank, k, words)
    return Changes(k, situation.rank, tell.away(away), tell.alone(alone))


@dataclass(frozen=True)
class _Teller:
    run: OpenRun
    query: Query
    item_id: str
    rank: int
    k: int
    words: Mapping[str, str]

    def away(self, sets: Sequence[EventSet]) -> Change:
        if not sets[0].does_it:
            key = "not_away" if sets[0].positions else "never_away" if len(self.query.history) else "nothing"
            return Change(sets[0], self.say(key, sets[0]), "")
        sentences = [self.taken(event_set) for event_set in sets]
        return next((change for change, holds in sentences if holds), sentences[0][0])

    def taken(self, event_set: EventSet) -> tuple[Change, bool]:
        """In words, and whether Recommend then lists what takes the item's place and not the item."""
        kept = np.delete(np.arange(len(self.query.history)), event_set.positions)
        shown, is_fallback = self.on_recommend(kept)
        ids = self.run.dataset.interactions.item_ids
        there = [item for item in event_set.entrants if ids[item] in shown]
        replacement = (there or event_set.entrants)[0]
        back = [position for position in event_set.positions if ids[self.query.history[position]] in shown]
        notes = [self.size(event_set)]
        if is_fallback:
            notes.append(self.words["emptied_there" if self.item_id in shown else "emptied"])
        elif back:
            notes.append(self.words["returns" if self.distinct(back) == 1 else "return"].format(names=self.names(back)))
            notes += [self.say("no_place", event_set, replacement)] * (not there)
        change = Change(event_set, self.say("away", event_set, replacement), " ".join(notes), replacement)
        return change, bool(there) and not is_fallback and self.item_id not in shown

    def alone(self, sets: Sequence[EventSet]) -> Change:
        if not sets[0].does_it:
            return Change(sets[0], self.say("not_alone" if sets[0].positions else "never_alone", sets[0]), "")
        if not sets[0].positions:
            return Change(sets[0], self.say("needs_none", sets[0]), "")
        lists = [self.on_recommend(np.array(event_set.positions))[0] for event_set in sets]
        held = [event_set for event_set, shown in zip(sets, lists, strict=True) if self.item_id in shown]
        event_set = (held or sets)[0]
        notes = [self.size(event_set)] + [self.words["left_out"].format(k=self.k)] * (not held)
        return Change(event_set, self.say("alone", event_set), " ".join(notes))

    def on_recommend(self, kept: np.ndarray) -> tuple[dict[str, RecommendedItem], bool]:
        """(the list on Recommend by item id, whether it is no model's), for these events as the history."""
        ids = [str(self.run.dataset.interactions.item_ids[item]) for item in self.query.history[kept]]
        shown = recommendation_list(self.run, with_history(self.run, self.query, ids), self.k)
        return {suggested.item_id: suggested for suggested in shown.found}, bool(shown.why)

    def say(self, key: str, event_set: EventSet, replacement: int | None = None) -> str:
        return self.words[key].format(
            names=self.names(event_set.positions),
            rank=self.rank,
            without=event_set.rank,
            replacement="" if replacement is None else self.quoted(replacement),
            k=self.k,
            most=MAX_EVENTS,
        )

    def size(self, event_set: EventSet) -> str:
        return self.words["single" if len(event_set.positions) == 1 else "smallest"]

    def quoted(self, item: int) -> str:
        return self.words["quoted"].format(title=short(self.run.dataset.title(item), NAMED))

    def distinct(self, positions: Sequence[int]) -> int:
        return len({int(self.query.history[position]) for position in positions})

    def names(self, positions: Sequence[int]) -> str:
        """Each item once: "A", "A and B (2 times)", "A, B and C"; "" for none."""
        named = []
        for item, count in Counter(int(self.query.history[position]) for position in positions).items():
            title = self.quoted(item)
            named.append(title if count == 1 else self.words["again"].format(title=title, count=count))
        if len(named) < 2:
            return "".join(named)
        return self.words["and"].format(first=self.words["comma"].join(named[:-1]), last=named[-1])


def as_json(run: OpenRun, query: Query, result: Changes) -> dict[str, Any]:
    """Both sets as the command line prints them. `verified` false: none was found, and this one comes nearest."""
    ids = run.dataset.interactions.item_ids

    def common(change: Change) -> dict[str, Any]:
        places = list(change.found.positions)
        return {
            "positions": places,
            "item_ids": [str(ids[item]) for item in query.history[places]],
            "verified": change.found.does_it,
            "sentence": change.sentence,
            "note": change.note,
        }

    away, alone = result.away, result.alone
    replacement = None if away.replacement is None else str(ids[away.replacement])
    without, kept = (None, None) if result.unavailable else (away.found.rank, alone.found.rank)
    return {
        "counterfactual": {**common(away), "rank_without": without, "replacement": replacement},
        "sufficient": {**common(alone), "rank_alone": kept},
    }
