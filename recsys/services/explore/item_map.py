"""The map of a run: coordinates of its items and users, computed in its training job and stored in its folder.

A new map is turned to lie as the newest map of the same dataset, so that items stay about where they were when a model is
trained again. The turn keeps all distances, so the earlier map shows in nothing but the direction of the axes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from pyarrow import ArrowException

from recsys.evaluation.metrics import CUT_OFF
from recsys.evaluation.protocol import ranks_and_lists
from recsys.models.base import Recommender
from recsys.recommend.maps import aligned, item_points, user_points
from recsys.runs.store import RunFolder, RunStore
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Split
from recsys.services.workspace.open_run import OpenRun


@dataclass(frozen=True, eq=False)
class ItemMap:
    """Coordinates of the items [num_items + 1, 2] and of the users of the test targets [num_targets, 2], float32.

    NaN where there are none. `users_T2` is None for a run without test targets.
    """

    items_N2: np.ndarray
    users_T2: np.ndarray | None


def load_map(folder: RunFolder) -> ItemMap | None:
    """The stored map; None for a run without one."""
    items_N2 = folder.load_map()
    return None if items_N2 is None else ItemMap(items_N2, folder.load_user_map())


def save_map(folder: RunFolder, model: Recommender, split: Split, lists_TK: np.ndarray | None) -> None:
    """Compute and store the map; nothing for a model without one (`why_no_map`). `lists_TK`: the lists of the test targets."""
    items_N2 = item_points(model, Candidates.of(split, model.scores_cold).scorable)
    if items_N2 is None:
        return
    reference_N2 = _previous_map(folder)
    if reference_N2 is not None:
        items_N2 = aligned(items_N2, reference_N2)
    folder.save_map(items_N2, None if lists_TK is None else user_points(items_N2, lists_TK))


def make_map(run: OpenRun) -> None:
    """Compute and store the map of a run that has none, such as a blend or one trained by an earlier version."""
    lists_TK = run.folder.load_lists()
    if lists_TK is None and len(run.split.test):
        _, lists_TK = ranks_and_lists(run.model, run.split.test, run.candidates, CUT_OFF)
    save_map(run.folder, run.model, run.split, lists_TK)


def _previous_map(folder: RunFolder) -> np.ndarray | None:
    """The items of the newest map of another finished run of the dataset; None without one."""
    dataset_id = folder.config.dataset_id
    for other in RunStore(folder.path.parent).list():
        with suppress(OSError, ArrowException):  # deleted meanwhile, or damaged: an older map serves as well
            if other.run_id == folder.run_id or other.config.dataset_id != dataset_id:
                continue
            record, points_N2 = other.record, other.load_map()
            if points_N2 is not None and record is not None and record.state == "finished":
                return points_N2
    return None
