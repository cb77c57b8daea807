"""Recall of planted causes by each explanation method, on the sample shop.

In the sample, some events are generated from an earlier one (an accessory after its device, the next part of a series).
Of those that a model ranks in its top 10: how often does a method rank that cause first, or among the first three?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.evaluation.protocol import rank_of
from recsys.explain import EventContribution, Situation, explain, methods_for
from recsys.sequences.candidates import mask_scores
from recsys.services.data.datasets import SAMPLES
from recsys.services.workspace.open_run import OpenRun

TOP = 10
CUTS = (1, 3)


@dataclass(frozen=True)
class CauseRecall:
    """By k, over cases: `recall` is the share with the cause in the top k, `precision` the share of causes in it."""

    recall: dict[int, float]
    precision: dict[int, float]


@dataclass(frozen=True)
class Causes:
    """Results over `cases` test events that have a planted cause and are in the model's top 10.

    `planted` counts all test events with a cause, `in_top` those in the top 10; `cases` are the first of these.
    `chance` is the recall@1 of a random order: the mean of 1 / (events in the window).
    """

    planted: int
    in_top: int
    cases: int
    chance: float
    by_method: dict[str, CauseRecall]


def planted(run: OpenRun) -> list[tuple[int, int]]:
    """(row of the test targets, position of the cause in the history); empty for datasets other than the sample."""
    planted_causes = pd.read_csv(SAMPLES / "causes.csv", dtype="str").dropna(subset=["cause_item_id"])
    log, test = run.dataset.interactions, run.split.test
    rows = planted_causes[["user_id", "item_id", "cause_item_id"]].itertuples(index=False)
    cause_of = {(user_id, item_id): cause for user_id, item_id, cause in rows}
    cases = []
    for row in range(len(test)):
        cause_id = cause_of.get((log.user_ids[test.users[row]], log.item_ids[test.items[row]]))
        if cause_id is not None:
            positions = np.flatnonzero(test.history(row) == log.item_index.get(cause_id, -1))
            if len(positions) != 1:
                return []  # in the sample a cause precedes its effect exactly once: another log with the same ids
            cases.append((row, int(positions[0])))
    return cases


def causes(
    run: OpenRun,
    methods: Sequence[str] | None = None,
    most: int | None = None,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Causes | None:
    """Measure `methods` (default: all of the model) on the first `most` cases (default: all).

    `tick` is called with (cases done, total). None for other datasets, or where the model reads no events.
    """
    all_planted = planted(run)
    names = [name for name in methods or methods_for(run.model) if run.model.window != 0]
    if not all_planted or not names:
        return None
    in_top = [(row, position) for row, position in all_planted if _is_in_top(run, row)]
    cause_ranks: dict[str, list[int]] = {name: [] for name in names}
    chance = []
    for done, (row, position) in enumerate(in_top[:most], start=1):
        situation = _situation(run, row)
        chance.append(1 / situation.num_window)
        for name, ranks in cause_ranks.items():
            ranks.append(_rank(explain(situation, name).contributions, position))
        tick(done, len(in_top[:most]))
    by_method = {name: _recall(np.array(ranks)) for name, ranks in cause_ranks.items() if ranks}
    return Causes(len(all_planted), len(in_top), len(chance), float(np.mean(chance or [0.0])), by_method)


def _is_in_top(run: OpenRun, row: int) -> bool:
    test, history = run.split.test, run.split.test.history(row)
    scores_1N = run.model.scores([history], [test.users[row]], [test.ratings(row)])
    allowed = mask_scores(scores_1N, run.candidates.mask([history]))
    return int(rank_of(allowed, allowed.new_tensor([test.items[row]]).long())[0]) <= TOP


def _situation(run: OpenRun, row: int) -> Situation:
    test = run.split.test
    return Situation.of(
        run.model, test.history(row), int(test.items[row]), run.candidates,
        user=int(test.users[row]), ratings=test.ratings(row),
    )  # fmt: skip


def _rank(contributions: Sequence[object], position: int) -> int:
    """Rank of the event at `position` by contribution, from 1; beyond all CUTS if the model did not read it."""
    events = [part for part in contributions if isinstance(part, EventContribution)]
    ordered = sorted(events, key=lambda event: -event.value)
    return 1 + next((at for at, event in enumerate(ordered) if event.position == position), max(len(events), *CUTS))


def _recall(ranks: np.ndarray) -> CauseRecall:
    recall = {cut: float((ranks <= cut).mean()) for cut in CUTS}
    return CauseRecall(recall, {cut: share / cut for cut, share in recall.items()})
