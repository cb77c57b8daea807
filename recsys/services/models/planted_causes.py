"""Does a reason name the cause? On the sample shop, where the causes are known: some events were made to follow from an
earlier one (an accessory after its device, the next part of a series). Of those that a model puts into its top 10, how
often does each method of explanation put that earlier event first, or among the first three?
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
class Found:
    """Shares over the cases: `recall[k]` have the cause among the first k, `precision[k]` of the first k are causes."""

    recall: dict[int, float]
    precision: dict[int, float]


@dataclass(frozen=True)
class Causes:
    """`planted` last events follow from an earlier one, `in_top` of them are in the model's top 10, `cases` were asked
    about; `chance` is the mean of 1 / (events in the window)."""

    planted: int
    in_top: int
    cases: int
    chance: float
    by_method: dict[str, Found]


def planted(run: OpenRun) -> list[tuple[int, int]]:
    """(row of the test targets, position of the cause in the history); empty where the data are not the sample shop."""
    causes = pd.read_csv(SAMPLES / "causes.csv", dtype="str").dropna(subset=["cause_item_id"])
    log, test = run.dataset.interactions, run.split.test
    cause = {(u, i): c for u, i, c in causes[["user_id", "item_id", "cause_item_id"]].itertuples(index=False)}
    cases = []
    for row in range(len(test)):
        named = cause.get((log.user_ids[test.users[row]], log.item_ids[test.items[row]]))
        if named is not None:
            places = np.flatnonzero(test.history(row) == log.item_index.get(named, -1))
            if len(places) != 1:
                return []  # a cause stands before its effect, once: another log with the same ids
            cases.append((row, int(places[0])))
    return cases


def causes(
    run: OpenRun,
    methods: Sequence[str] | None = None,
    most: int | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Causes | None:
    """Asks `methods` (all that the model has and that tell events apart) about the first `most` cases; `tell` is told
    how many are done. None where the data are not the sample shop or the model looks at no events."""
    all_planted = planted(run)
    names = [name for name in methods or methods_for(run.model) if run.model.window != 0]
    if not all_planted or not names:
        return None
    in_top = [(row, position) for row, position in all_planted if _is_in_top(run, row)]
    places: dict[str, list[int]] = {name: [] for name in names}
    chance = []
    for done, (row, position) in enumerate(in_top[:most], start=1):
        situation = _situation(run, row)
        chance.append(1 / situation.num_window)
        for name, ranks in places.items():
            ranks.append(_rank(explain(situation, name).contributions, position))
        tell(done, len(in_top[:most]))
    by_method = {name: _found(np.array(ranks)) for name, ranks in places.items() if ranks}
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
    """Which place the event at position `position` has among the contributions, the largest first, counted from 1;
    beyond all CUTS where the model did not read it."""
    events = [part for part in contributions if isinstance(part, EventContribution)]
    ordered = sorted(events, key=lambda event: -event.value)
    return 1 + next((at for at, event in enumerate(ordered) if event.position == position), max(len(events), *CUTS))


def _found(ranks: np.ndarray) -> Found:
    recall = {cut: float((ranks <= cut).mean()) for cut in CUTS}
    return Found(recall, {cut: share / cut for cut, share in recall.items()})
