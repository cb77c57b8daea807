"""What sessions share: datasets and opened runs, by id, bounded, never changed in place.

What needs torch is imported where it is used, below a spinner: most pages draw datasets without a model.
What opened runs say is kept in answers.py.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from recsys.data.dataset import Dataset
from recsys.data.profile import Profile, profile
from recsys.runs.progress import ProgressReader
from recsys.runs.store import RunFolder
from recsys.services.models import advice, comparison, standings
from recsys.services.models.advice import Advice
from recsys.services.models.comparison import Difference, Overlap
from recsys.services.models.leaderboard import RunSummary
from recsys.services.models.standings import Measured, Standing
from recsys.services.train import job_list
from recsys.services.train.job_list import Progress
from recsys.services.workspace import Workspace
from recsys.ui.shell.language import tr

if TYPE_CHECKING:
    from recsys.services.train.batch_preview import BatchPreview
    from recsys.services.train.feasibility import Feasibility
    from recsys.services.train.planning import TrainRequest
    from recsys.services.workspace.open_run import OpenRun


@st.cache_resource(max_entries=4, show_spinner=False)
def dataset(workspace: Workspace, dataset_id: str) -> Dataset:
    with st.spinner(tr("Loading the dataset …")):
        return workspace.datasets.load(dataset_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def profiled(workspace: Workspace, dataset_id: str) -> Profile:
    with st.spinner(tr("Computing statistics of the dataset …")):
        return profile(dataset(workspace, dataset_id))


@st.cache_resource(max_entries=8, show_spinner=False)
def feasibility(workspace: Workspace, dataset_id: str) -> Feasibility:
    with st.spinner(tr("Comparing the dataset with what models need …")):
        from recsys.services.train.feasibility import feasibility

        return feasibility(workspace, dataset(workspace, dataset_id), profiled(workspace, dataset_id))


def opened(workspace: Workspace, run_id: str) -> OpenRun:
    """A run with its model; a run that was stopped and went on has other weights and is loaded anew.

    Raises RecsysError where it cannot be used, for a blend also where that became so after it was loaded.
    """
    with nullcontext() if "torch" in sys.modules else st.spinner(tr("Loading the model …")):
        from recsys.services.workspace.open_run import check_parts

    check_parts(workspace, run_id)
    record = workspace.runs.open(run_id).record
    return opened_with(workspace, run_id, record.weights_sha256 if record else "")


@st.cache_resource(max_entries=4, show_spinner=False)
def opened_with(workspace: Workspace, run_id: str, weights: str) -> OpenRun:
    """A run with its model, whose weights are known to have this hash."""
    from recsys.services.workspace.open_run import open_run

    with st.spinner(tr("Loading the model …")):
        return open_run(workspace, run_id)


def progress(workspace: Workspace, run_id: str) -> Progress:
    """How a run is going. Its progress file is kept parsed between calls: only what was added is read."""
    folder = workspace.runs.open(run_id)
    return job_list.progress(workspace, folder.run_id, _progress_reader(str(folder.path)))


@st.cache_resource(max_entries=32, show_spinner=False)
def _progress_reader(path: str) -> ProgressReader:
    return RunFolder(Path(path)).progress_reader()


def first_batch(workspace: Workspace, request: TrainRequest) -> BatchPreview | None:
    return _first_batch(workspace, repr(request), request)


@st.cache_resource(max_entries=32, show_spinner=False)
def _first_batch(workspace: Workspace, key: str, _request: TrainRequest) -> BatchPreview | None:
    from recsys.services.train import batch_preview

    with st.spinner(tr("Making the first batch …")):
        return batch_preview.first_batch(workspace, _request)


def ranked(workspace: Workspace, runs: list[RunSummary]) -> list[Standing]:
    """The rows of the leaderboard, best first."""
    measured = _measured(workspace, standings.versions(workspace, runs))
    return standings.rank_runs(workspace, runs, measured)


@st.cache_resource(max_entries=8, show_spinner=False)
def _measured(workspace: Workspace, versions: tuple[tuple[str, str], ...]) -> dict[str, Measured]:
    return standings.measure_runs(workspace, [run_id for run_id, _ in versions])


def advised(workspace: Workspace, board: list[Standing]) -> Advice | None:
    """Which model to take."""
    return _advised(workspace, standings.versions(workspace, [standing.run for standing in board]), board)


@st.cache_resource(max_entries=8, show_spinner=False)
def _advised(workspace: Workspace, versions: tuple[tuple[str, str], ...], _board: list[Standing]) -> Advice | None:
    return advice.advise(workspace, _board)


def differences(workspace: Workspace, chosen: list[RunSummary]) -> dict[str, Difference]:
    """Run id -> paired difference to the first of the runs."""
    return _differences(workspace, standings.versions(workspace, chosen), chosen)


@st.cache_resource(max_entries=16, show_spinner=False)
def _differences(
    workspace: Workspace, versions: tuple[tuple[str, str], ...], _chosen: list[RunSummary]
) -> dict[str, Difference]:
    return comparison.differences(workspace, _chosen)


def overlapped(workspace: Workspace, run_ids: tuple[str, ...]) -> list[Overlap]:
    """How alike the lists of these runs are; in the order of their ids, whatever order they were chosen in."""
    whole = [(run_id, workspace.runs.open(run_id).record) for run_id in sorted(run_ids)]
    return _overlapped(workspace, tuple((run_id, record.weights_sha256) for run_id, record in whole if record))


@st.cache_resource(max_entries=32, show_spinner=False)
def _overlapped(workspace: Workspace, runs: tuple[tuple[str, str], ...]) -> list[Overlap]:
    with st.spinner(tr("Comparing the recommendations …")):
        return comparison.overlaps([opened(workspace, run_id) for run_id, _ in runs])
