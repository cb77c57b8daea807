"""Lists of a run and their metrics, computed for runs that lack them: of earlier versions, imported, or blends.

What is stored stays as it is: lists that exist are measured and not made again, and the record of the run is not changed
(runs/list_record.py).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recsys.data.dataset import CATEGORY, Dataset
from recsys.errors import RunError
from recsys.evaluation.item_vectors import described_by
from recsys.evaluation.list_report import measure_lists
from recsys.evaluation.metrics import CUT_OFF
from recsys.evaluation.protocol import ranks_and_lists
from recsys.messages import message
from recsys.runs.list_record import ListMetrics, list_metrics_of, load_list_metrics, save_list_metrics
from recsys.services.train.training import why_no_targets
from recsys.services.workspace.open_run import OpenRun

ALWAYS = ("coverage", "gini", "novelty", "serendipity")  # of any lists


def missing(run: OpenRun) -> list[str]:
    """Names of the metrics that the run lacks and its dataset allows; none without test users, or where all were computed."""
    if not len(run.split.test) or load_list_metrics(run.folder, run.record) is not None:
        return []
    stored = list_metrics_of(run.folder, run.record)
    return [name for name in _possible(run.dataset) if f"{name}@{CUT_OFF}" not in stored]


def _possible(dataset: Dataset) -> tuple[str, ...]:
    has_categories = CATEGORY in dataset.items and dataset.items[CATEGORY].astype("str").str.strip().any()
    return (*ALWAYS, *(["diversity"] if has_categories else []), *described_by(dataset))


def stored_lists(run: OpenRun, tick: Callable[[int], None] | None = None) -> np.ndarray:
    """[num_targets, CUT_OFF] item indices of the test lists, computed and stored if the run has none yet.

    `tick` is called with the number of users done; nothing is stored if it raises.
    """
    lists_TK = run.folder.load_lists()
    if lists_TK is None:
        _, lists_TK = ranks_and_lists(run.model, run.split.test, run.candidates, CUT_OFF, tick)
        run.folder.save_lists(lists_TK)
    return lists_TK


def compute(
    run: OpenRun,
    tick: Callable[[float, str], None] = lambda share, doing: None,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_user: Callable[[int, int], None] = lambda done, total: None,
) -> ListMetrics:
    """Compute and store the lists of all users of the test, unless they are stored, and their metrics.

    `on_user` is called with the number of users done and their total. Raises RunError without users to evaluate on, and where
    `should_stop` becomes true before the end: then nothing is stored.
    """
    num_users = len(run.split.test)
    if not num_users:
        raise RunError(message("No lists: {reason}.", reason=why_no_targets(run.split, "test")))
    on_user(0, num_users)

    def ranked(done: int) -> None:
        if should_stop():
            raise RunError(message("Stopped before all lists were computed: nothing is kept."))
        on_user(done, num_users)
        tick(done / num_users, message("Ranking the whole catalogue"))

    values = measure_lists(stored_lists(run, ranked), run.split, run.dataset)
    metrics = ListMetrics(weights_sha256=run.record.weights_sha256, num_users=num_users, values=values)
    save_list_metrics(run.folder, metrics)
    return metrics
