"""Metrics of a run's lists that were computed after its training, stored as `list_metrics.json` in its folder.

They stand beside those of the record, which is never changed: runs of earlier versions have none there, or fewer. Like the
faithfulness (trust_record.py) they are derived, so they are neither exported nor imported, and used only with the weights
and the version they were computed with, if the file is as it was written.
"""

from __future__ import annotations

from recsys.runs.checked_json import Frozen, load_checked, save_checked
from recsys.runs.record import RunRecord
from recsys.runs.store import LIST_METRICS, RunFolder

VERSION = 1


class ListMetrics(Frozen):
    """All metrics of the stored lists by their keys, such as "coverage@10"; what the dataset has nothing for is left out."""

    version: int = VERSION
    weights_sha256: str
    num_users: int
    values: dict[str, float]


def load_list_metrics(folder: RunFolder, record: RunRecord) -> ListMetrics | None:
    """Load the metrics; None if there are none, if they are damaged, or if the weights or the version have changed."""
    stored = load_checked(folder.path / LIST_METRICS, ListMetrics)
    is_current = stored is not None and (stored.weights_sha256, stored.version) == (record.weights_sha256, VERSION)
    return stored if is_current else None


def save_list_metrics(folder: RunFolder, metrics: ListMetrics) -> None:
    save_checked(folder.path / LIST_METRICS, metrics)


def list_metrics_of(folder: RunFolder, record: RunRecord) -> dict[str, float]:
    """Metrics of the run's lists: those of its record, and those that were computed later. Reads a small file."""
    later = load_list_metrics(folder, record)
    return ({} if later is None else later.values) | record.list_metrics
