"""Quality of a run on a slice beside that on all test targets, from stored ranks and lists: nothing is ranked again.

Needs no model, so that a leaderboard can show it. Who is in a slice: slices.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from recsys.data.dataset import Dataset
from recsys.evaluation.intervals import intervals
from recsys.evaluation.list_report import list_metrics
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, evaluated_only, means, metric_keys
from recsys.sequences.split import Split
from recsys.services.models.standings import Score
from recsys.services.workspace import Workspace
from recsys.services.workspace.facets import Members, Picked, rank_rows
from recsys.services.workspace.slices import RANK, Slice, side_of

if TYPE_CHECKING:
    from recsys.services.workspace.open_run import OpenRun

FEW_USERS = 30


@dataclass(frozen=True, eq=False)
class RankedTargets:
    """The test targets of a run: `ranks` [num_targets], and `lists` [num_targets, K], None in a run without lists."""

    dataset: Dataset
    split: Split
    ranks: np.ndarray
    lists: np.ndarray | None

    @property
    def users(self) -> np.ndarray:
        return self.split.test.users

    @property
    def items(self) -> np.ndarray:
        """The held-out items."""
        return self.split.test.items

    def members(self, picked: Picked) -> Members:
        return Members(self.dataset, picked, self.split.train.item_counts)

    def facet_rows(self, members: Members, facet: str, values: Sequence[str]) -> np.ndarray:
        """[num_targets] bool mask of the targets that meet one condition."""
        if facet == RANK:
            return rank_rows(self.ranks, Slice.of({RANK: values}))
        rows = members.rows(facet, values)
        return np.asarray(rows[self.users if side_of(facet) == "users" else self.items])

    def rows(self, chosen: Slice, picked: Picked) -> np.ndarray:
        """[num_targets] bool mask of the targets in the slice."""
        members = self.members(picked)
        mask_T = np.ones(len(self.ranks), dtype=bool)
        for facet, values in members.restrict(chosen):
            mask_T &= self.facet_rows(members, facet, values)
        return mask_T


@dataclass(frozen=True)
class SliceFigures:
    """Means over test targets and their 95 % bootstrap intervals over users; the latter empty with a single user.

    `list_metrics` are those of the stored lists, empty without. Coverage and Gini grow and fall with the number of lists,
    so compare them only between slices of about the same size.
    """

    num_users: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    list_metrics: dict[str, float]


@dataclass(frozen=True)
class SliceReport:
    inside: SliceFigures
    everyone: SliceFigures

    @property
    def too_small(self) -> bool:
        """Whether fewer than 30 users are in the slice.

        The interval of a hit rate of one half, 1.96 * sqrt(0.25 / n) wide on either side, is then wider than ± 0.18, and
        the percentile bootstrap of so few values is too narrow even so: the figure says little.
        """
        return self.inside.num_users < FEW_USERS


def ranked_targets(run: OpenRun) -> RankedTargets:
    """The test targets of a run, ranked now if it has no ranks yet. Raises RecsysError without users to evaluate on."""
    from recsys.services.models.quality import stored_ranks  # imports torch: the leaderboard does without

    return RankedTargets(run.dataset, run.split, stored_ranks(run, "test"), run.folder.load_lists())


def stored_targets(
    workspace: Workspace, run_id: str, dataset: Dataset, split: Split | None = None
) -> RankedTargets | None:
    """The test targets of a run by id, without its model; None if it has no ranks yet, or no users to evaluate on.

    `split`: that of another run with the same options, which saves the time to split again.
    """
    folder = workspace.runs.open(run_id)
    frame = folder.load_ranks()
    ranks = evaluated_only(frame["test"].to_numpy()) if frame is not None else np.empty(0, dtype=np.int64)
    if not len(ranks):
        return None
    return RankedTargets(
        dataset, split or folder.config.options.split(dataset.interactions), ranks, folder.load_lists()
    )


def slice_report(
    run: OpenRun | RankedTargets, chosen: Slice, picked: Picked | None = None, everyone: SliceFigures | None = None
) -> SliceReport:
    """Compute the metrics of a slice and of all test targets.

    `picked`: the sets that the slice names (saved_slices.py). `everyone`: the figures of all targets, where they are known.

    Raises RecsysError without users to evaluate on.
    """
    targets = run if isinstance(run, RankedTargets) else ranked_targets(run)
    inside_T = targets.rows(chosen, picked or {})
    everyone = everyone or figures_of(targets, np.ones(len(inside_T), dtype=bool))
    return SliceReport(everyone if inside_T.all() else figures_of(targets, inside_T), everyone)


def figures_of(targets: RankedTargets, mask_T: np.ndarray) -> SliceFigures:
    """Compute the metrics of the targets in a mask [num_targets]."""
    rows = np.flatnonzero(mask_T)
    if not len(rows):
        return SliceFigures(0, {}, {}, {})
    ranks, users = targets.ranks[rows], targets.users[rows]
    num_users = len(np.unique(users))
    values, keys = means(ranks, (CUT_OFF,)), metric_keys(CUT_OFF)
    bounds = intervals(ranks, (CUT_OFF,), users=users) if num_users > 1 else {}
    of_lists = {}
    if targets.lists is not None:
        within = replace(targets.split, test=targets.split.test.take(rows))
        of_lists = list_metrics(targets.lists[rows], within, targets.dataset.items)
    return SliceFigures(
        num_users, {key: values[key] for key in keys}, {key: bounds[key] for key in keys if key in bounds}, of_lists
    )


def slice_scores(
    workspace: Workspace, run_ids: Sequence[str], dataset: Dataset, chosen: Slice, picked: Picked, ranked_by: str
) -> Mapping[str, Score]:
    """Run id -> mean of `HEADLINE` over the slice with its interval, for runs with ranks and a target in the slice.

    A condition on ranks takes the users whose held-out item the run `ranked_by` ranks so, for all runs: each by its own
    ranks would be a comparison of different users, chosen by the result.
    """
    users = _users_by_rank(workspace, ranked_by, dataset, chosen.only("run"))
    splits: dict[tuple[float, float | None, float], Split] = {}
    scores = {}
    for run_id in run_ids:
        options = workspace.runs.open(run_id).config.options
        key = (options.cold_share, options.liked_from, options.held_out_users)
        targets = stored_targets(workspace, run_id, dataset, splits.get(key))
        if targets is None:
            continue
        splits[key] = targets.split
        mask_T = targets.rows(chosen.only("users", "items"), picked)
        rows = np.flatnonzero(mask_T if users is None else mask_T & np.isin(targets.users, users))
        if len(rows):
            of_rows, ranks = targets.users[rows], targets.ranks[rows]
            bounds = intervals(ranks, (CUT_OFF,), users=of_rows) if len(np.unique(of_rows)) > 1 else {}
            scores[run_id] = Score(means(ranks, (CUT_OFF,))[HEADLINE], bounds.get(HEADLINE))
    return scores


def _users_by_rank(workspace: Workspace, run_id: str, dataset: Dataset, chosen: Slice) -> np.ndarray | None:
    """Users whose targets meet the conditions on ranks; None without such a condition, or ranks of the run."""
    targets = stored_targets(workspace, run_id, dataset) if chosen else None
    return None if targets is None else targets.users[targets.rows(chosen, {})]
