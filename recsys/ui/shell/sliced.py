"""The rows of a page that are in the slice: users, items, test targets, a whole dataset. One helper for all pages.

Masks are None where the slice does not restrict the rows. They are kept by the slice's short form: picked sets are named
by their content, so the same text is the same slice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from recsys.data.dataset import Dataset
from recsys.data.profile import Profile, profile
from recsys.errors import DataError
from recsys.services.data.sliced_dataset import sliced_dataset
from recsys.services.models import comparison, slice_report
from recsys.services.models.comparison import Difference
from recsys.services.models.slice_report import RankedTargets, SliceFigures, SliceReport
from recsys.services.models.standings import Score, versions
from recsys.services.workspace import Workspace, facets
from recsys.services.workspace.facets import Facet, Members, Picked
from recsys.services.workspace.saved_slices import picked_sets
from recsys.services.workspace.slices import Slice
from recsys.ui.shell import cache
from recsys.ui.shell.state import session, workspace

if TYPE_CHECKING:
    from recsys.services.models.leaderboard import RunSummary
    from recsys.services.workspace.open_run import OpenRun


def current(dataset_id: str) -> Slice:
    """The slice of the session, as far as the dataset has it."""
    return _known(workspace(), dataset_id, session().slice.text()) if session().slice else Slice()


@st.cache_resource(max_entries=64, show_spinner=False)
def _known(workspace: Workspace, dataset_id: str, text: str) -> Slice:
    return members(dataset_id).restrict(Slice.read(text))


def picked(dataset_id: str) -> Picked:
    """The picked sets that the slice names."""
    return picked_sets(workspace(), dataset_id, session().slice)


def members(dataset_id: str, item_counts: np.ndarray | None = None) -> Members:
    return Members(cache.dataset(workspace(), dataset_id), picked(dataset_id), item_counts)


@st.cache_resource(max_entries=8, show_spinner=False)
def facets_of(workspace: Workspace, dataset_id: str) -> tuple[Facet, ...]:
    """What the dataset can be filtered by."""
    return facets.facets(cache.dataset(workspace, dataset_id))


def users(dataset_id: str, run: OpenRun | None = None) -> np.ndarray | None:
    """[num_users + 1] bool mask of the users in the slice; with a run, also by the ranks of their held-out items."""
    chosen = current(dataset_id).only("users", *(("run",) if run is not None else ()))
    if not chosen:
        return None
    weights = (run.record.run_id, run.record.weights_sha256) if run is not None and chosen.only("run") else None
    return _users(workspace(), dataset_id, chosen.text(), weights)


@st.cache_resource(max_entries=32, show_spinner=False)
def _users(workspace: Workspace, dataset_id: str, text: str, run: tuple[str, str] | None) -> np.ndarray:
    chosen = Slice.read(text)
    mask_U = members(dataset_id).users(chosen)
    if run is not None:
        ranked = _ranked(workspace, *run)
        rows = ranked.rows(chosen.only("run"), {})
        mask_U &= np.isin(np.arange(len(mask_U)), ranked.users[rows])
    return mask_U


def items(dataset_id: str, run: OpenRun | None = None) -> np.ndarray | None:
    """[num_items + 1] bool mask of the items in the slice; with a run, popularity is that of its training events."""
    chosen = current(dataset_id).only("items")
    if not chosen:
        return None
    return members(dataset_id, None if run is None else run.split.train.item_counts).items(chosen)


def ranked(run: OpenRun) -> RankedTargets:
    """The test targets of a run with their ranks. Raises RecsysError without users to evaluate on."""
    return _ranked(workspace(), run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=4, show_spinner=False)
def _ranked(workspace: Workspace, run_id: str, weights: str) -> RankedTargets:
    return slice_report.ranked_targets(cache.opened(workspace, run_id))


def targets(run: OpenRun) -> np.ndarray | None:
    """[num_targets] bool mask of the test targets in the slice. Raises RecsysError as `ranked`."""
    chosen = current(run.dataset.dataset_id)
    return ranked(run).rows(chosen, picked(run.dataset.dataset_id)) if chosen else None


def report(run: OpenRun) -> SliceReport | None:
    """Quality on the slice beside that on all users; None without a slice. Raises RecsysError as `ranked`."""
    chosen = current(run.dataset.dataset_id)
    return _report(workspace(), run.record.run_id, run.record.weights_sha256, chosen.text()) if chosen else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _report(workspace: Workspace, run_id: str, weights: str, text: str) -> SliceReport:
    targets, everyone = _ranked(workspace, run_id, weights), _everyone(workspace, run_id, weights)
    return slice_report.slice_report(targets, Slice.read(text), picked(targets.dataset.dataset_id), everyone)


def everyone(run: OpenRun) -> SliceFigures:
    """Quality on all test targets. Raises RecsysError as `ranked`."""
    return _everyone(workspace(), run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=16, show_spinner=False)
def _everyone(workspace: Workspace, run_id: str, weights: str) -> SliceFigures:
    targets = _ranked(workspace, run_id, weights)
    return slice_report.figures_of(targets, np.ones(len(targets.ranks), dtype=bool))


def scores(runs: list[RunSummary], ranked_by: str) -> dict[str, Score]:
    """Run id -> NDCG@10 on the slice, of runs on one dataset; empty without a slice. No model is opened.

    `ranked_by`: id of the run whose ranks a condition on ranks is about.
    """
    if not runs or not (chosen := current(runs[0].dataset_id)):
        return {}
    return _scores(workspace(), runs[0].dataset_id, versions(workspace(), runs), chosen.text(), ranked_by)


@st.cache_resource(max_entries=16, show_spinner=False)
def _scores(
    workspace: Workspace, dataset_id: str, versions: tuple[tuple[str, str], ...], text: str, ranked_by: str
) -> dict[str, Score]:
    run_ids, data = [run_id for run_id, _ in versions], cache.dataset(workspace, dataset_id)
    return dict(slice_report.slice_scores(workspace, run_ids, data, Slice.read(text), picked(dataset_id), ranked_by))


def target_users(run_id: str, dataset_id: str) -> np.ndarray | None:
    """Users with a test target in the slice, by the ranks of this run; None without a slice or without ranks."""
    chosen = current(dataset_id)
    if not chosen:
        return None
    version = workspace().runs.open(run_id).version
    return _target_users(workspace(), run_id, version, dataset_id, chosen.text())


@st.cache_resource(max_entries=32, show_spinner=False)
def _target_users(workspace: Workspace, run_id: str, version: str, dataset_id: str, text: str) -> np.ndarray | None:
    stored = slice_report.stored_targets(workspace, run_id, cache.dataset(workspace, dataset_id))
    return None if stored is None else np.unique(stored.users[stored.rows(Slice.read(text), picked(dataset_id))])


def differences(runs: list[RunSummary]) -> dict[str, Difference] | None:
    """Run id -> paired difference to the first of the runs on the slice's users; None without a slice."""
    users = target_users(runs[0].run_id, runs[0].dataset_id)
    if users is None:
        return None
    text = current(runs[0].dataset_id).text()
    return _differences(workspace(), versions(workspace(), runs), text, runs, users)


@st.cache_resource(max_entries=16, show_spinner=False)
def _differences(
    workspace: Workspace, versions: tuple[tuple[str, str], ...], text: str, _runs: list[RunSummary], _users: np.ndarray
) -> dict[str, Difference]:
    return comparison.differences(workspace, _runs, _users)


def dataset(dataset_id: str) -> Dataset:
    """The dataset with the slice's users, items and the events between them; the whole one where too few are left."""
    chosen = current(dataset_id).only("users", "items")
    return _dataset(workspace(), dataset_id, chosen.text()) or cache.dataset(workspace(), dataset_id)


def is_too_small(dataset_id: str) -> bool:
    """Whether `dataset` is the whole one because the slice has too few events."""
    chosen = current(dataset_id).only("users", "items")
    return bool(chosen) and _dataset(workspace(), dataset_id, chosen.text()) is None


@st.cache_resource(max_entries=4, show_spinner=False)
def _dataset(workspace: Workspace, dataset_id: str, text: str) -> Dataset | None:
    whole, chosen = cache.dataset(workspace, dataset_id), Slice.read(text)
    if not chosen:
        return whole
    of_slice = members(dataset_id)
    try:
        return sliced_dataset(whole, of_slice.users(chosen), of_slice.items(chosen))
    except DataError:
        return None


def profiled(dataset_id: str) -> Profile:
    """Statistics of `dataset`."""
    chosen = current(dataset_id).only("users", "items")
    return _profiled(workspace(), dataset_id, chosen.text()) if chosen else cache.profiled(workspace(), dataset_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _profiled(workspace: Workspace, dataset_id: str, text: str) -> Profile:
    return profile(dataset(dataset_id))
