"""What sessions share: opened runs and data sets, by id, bounded, never changed in place."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.data.dataset import Dataset
from recsys.data.profile import Profile, profile
from recsys.recommend.topk import Recommendation
from recsys.services import comparison, diversity, evaluation, explanation, firstbatch, recommendation
from recsys.services.comparison import Overlap
from recsys.services.diversity import DiversityCost
from recsys.services.evaluation import Evaluation
from recsys.services.explanation import Why
from recsys.services.firstbatch import FirstBatch
from recsys.services.training import TrainRequest
from recsys.services.workspace import OpenRun, Workspace, check_parts, open_run


@st.cache_resource(max_entries=4, show_spinner="Loading the data set …")
def dataset(workspace: Workspace, dataset_id: str) -> Dataset:
    return workspace.datasets.load(dataset_id)


@st.cache_resource(max_entries=8, show_spinner="Looking at the data …")
def profiled(workspace: Workspace, dataset_id: str) -> Profile:
    return profile(dataset(workspace, dataset_id))


def opened(workspace: Workspace, run_id: str) -> OpenRun:
    """A run with its model; a run that was stopped and went on has other weights and is loaded anew.

    Raises RecsysError where it cannot be used, for a blend also where that became so after it was loaded.
    """
    check_parts(workspace, run_id)
    record = workspace.runs.open(run_id).record
    return _opened(workspace, run_id, record.weights_sha256 if record else "")


@st.cache_resource(max_entries=4, show_spinner="Loading the model …")
def _opened(workspace: Workspace, run_id: str, weights: str) -> OpenRun:
    return open_run(workspace, run_id)


def evaluated(workspace: Workspace, run: OpenRun, split: str) -> Evaluation:
    return _evaluated(workspace, run.record.run_id, run.record.weights_sha256, split)


@st.cache_resource(max_entries=16, show_spinner="Ranking the whole catalogue for every user …")
def _evaluated(workspace: Workspace, run_id: str, weights: str, split: str) -> Evaluation:
    return evaluation.evaluate(workspace, opened(workspace, run_id), split="test" if split == "test" else "validation")


@st.cache_resource(max_entries=8, show_spinner=False)
def users(workspace: Workspace, dataset_id: str) -> pd.DataFrame:
    return recommendation.users_table(dataset(workspace, dataset_id))


@st.cache_resource(max_entries=8, show_spinner=False)
def items(workspace: Workspace, dataset_id: str) -> pd.DataFrame:
    return recommendation.items_table(dataset(workspace, dataset_id))


@st.cache_resource(max_entries=8, show_spinner=False)
def labels(workspace: Workspace, dataset_id: str) -> dict[int, str]:
    return recommendation.item_labels(dataset(workspace, dataset_id))


def starting_user(workspace: Workspace, run: OpenRun) -> str:
    return _starting_user(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=16, show_spinner=False)
def _starting_user(workspace: Workspace, run_id: str, weights: str) -> str:
    return recommendation.starting_user(opened(workspace, run_id))


def diversity_cost(workspace: Workspace, run: OpenRun, trade_off: float) -> DiversityCost | None:
    return _diversity_cost(workspace, run.record.run_id, run.record.weights_sha256, trade_off)


@st.cache_resource(max_entries=128, show_spinner="Measuring what it costs …")
def _diversity_cost(workspace: Workspace, run_id: str, weights: str, trade_off: float) -> DiversityCost | None:
    return diversity.diversity_cost(opened(workspace, run_id), _pools(workspace, run_id, weights), trade_off)


@st.cache_resource(max_entries=4, show_spinner=False)
def _pools(workspace: Workspace, run_id: str, weights: str) -> list[list[Recommendation]]:
    return diversity.validation_pools(opened(workspace, run_id))


def first_batch(workspace: Workspace, request: TrainRequest) -> FirstBatch | None:
    return _first_batch(workspace, repr(request), request)


@st.cache_resource(max_entries=32, show_spinner="Making the first batch …")
def _first_batch(workspace: Workspace, key: str, _request: TrainRequest) -> FirstBatch | None:
    return firstbatch.first_batch(workspace, _request)


def explained(
    workspace: Workspace,
    run: OpenRun,
    user_id: str | None,
    history: tuple[str, ...] | None,
    item_id: str,
    method: str | None,
) -> Why:
    """`history` None: the user's own."""
    return _explained(workspace, run.record.run_id, run.record.weights_sha256, user_id, history, item_id, method)


@st.cache_resource(max_entries=512, show_spinner="Asking the model again without each event …")
def _explained(
    workspace: Workspace,
    run_id: str,
    weights: str,
    user_id: str | None,
    history: tuple[str, ...] | None,
    item_id: str,
    method: str | None,
) -> Why:
    run = opened(workspace, run_id)
    asker = recommendation.asker_of(run, user_id, history)
    return explanation.why(run, asker, item_id, method)


def overlapped(workspace: Workspace, run_ids: tuple[str, ...]) -> list[Overlap]:
    """How alike the lists of these runs are; in the order of their ids, whatever order they were chosen in."""
    whole = [(run_id, workspace.runs.open(run_id).record) for run_id in sorted(run_ids)]
    return _overlapped(workspace, tuple((run_id, record.weights_sha256) for run_id, record in whole if record))


@st.cache_resource(max_entries=32, show_spinner="Comparing what they suggest …")
def _overlapped(workspace: Workspace, runs: tuple[tuple[str, str], ...]) -> list[Overlap]:
    return comparison.overlaps([opened(workspace, run_id) for run_id, _ in runs])
