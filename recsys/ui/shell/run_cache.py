"""What opened runs say, kept for all sessions: by id and weights, bounded, never changed in place. Reasons: reasons.py."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from recsys.recommend.topk import Recommendation
from recsys.runs.attack_record import ATTACK
from recsys.runs.store import MAP, RunFolder
from recsys.sequences.relevance import thresholds as thresholds_of
from recsys.sequences.relevance import usual_threshold
from recsys.sequences.split import SplitName
from recsys.services.explore import global_view, map_groups
from recsys.services.explore.content_neighbours import ContentVectors, content_vectors
from recsys.services.explore.item_map import ItemMap, load_map
from recsys.services.models import ctr as label_service
from recsys.services.models import fairness as fairness_service
from recsys.services.models import history_order, leakage_lamp, privacy_series, quality, segment_report, trust
from recsys.services.models.ctr import Kind, LabelQuality
from recsys.services.models.fairness import Fairness
from recsys.services.models.history_order import QUICK_SHUFFLES, QUICK_USERS, OrderTest, TieTest
from recsys.services.models.leakage_lamp import Lamp
from recsys.services.models.privacy_series import MemberRun, Series
from recsys.services.models.quality import Evaluation
from recsys.services.models.segment_report import Segments
from recsys.services.recommend import diversity_cost as diversity
from recsys.services.recommend import new_item, pictures, recommendation
from recsys.services.recommend.diversity_cost import DiversityCost
from recsys.services.recommend.new_item import Readers
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.shell import sliced
from recsys.ui.shell.cache import dataset, opened
from recsys.ui.shell.language import tr


def evaluated(workspace: Workspace, run: OpenRun, split: str) -> Evaluation:
    return _evaluated(workspace, run.record.run_id, run.record.weights_sha256, split)


@st.cache_resource(max_entries=16, show_spinner=False)
def _evaluated(workspace: Workspace, run_id: str, weights: str, split: str) -> Evaluation:
    run = opened(workspace, run_id)
    with st.spinner(tr("Ranking all items for every user …")):
        return quality.evaluate(workspace, run, split="test" if split == "test" else "validation")


def lamp(workspace: Workspace, run: OpenRun) -> Lamp | None:
    return _lamp(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=16, show_spinner=False)
def _lamp(workspace: Workspace, run_id: str, weights: str) -> Lamp | None:
    return leakage_lamp.lamp(opened(workspace, run_id))


def shuffled(workspace: Workspace, run: OpenRun, split: str) -> tuple[OrderTest, TieTest | None]:
    """With shuffled histories, and with shuffled ties where there are times."""
    return _shuffled(workspace, run.record.run_id, run.record.weights_sha256, split)


@st.cache_resource(max_entries=16, show_spinner=False)
def _shuffled(workspace: Workspace, run_id: str, weights: str, split: str) -> tuple[OrderTest, TieTest | None]:
    run = opened(workspace, run_id)
    name: SplitName = "test" if split == "test" else "validation"
    with st.spinner(tr("Ranking with shuffled histories …")):
        order = history_order.order_test(run, QUICK_SHUFFLES, name, QUICK_USERS)
        has_times = run.dataset.interactions.times is not None
        return order, history_order.tie_test(run, QUICK_SHUFFLES, name, QUICK_USERS) if has_times else None


def segmented(workspace: Workspace, run: OpenRun) -> Segments:
    return _segmented(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=16, show_spinner=False)
def _segmented(workspace: Workspace, run_id: str, weights: str) -> Segments:
    run = opened(workspace, run_id)
    with st.spinner(tr("Ranking with shortened histories …")):
        return segment_report.segments(run)


def segmented_slice(workspace: Workspace, run: OpenRun) -> Segments | None:
    """`segmented` on the targets in the slice; None without a slice. Raises RecsysError without users to evaluate on."""
    chosen = sliced.current(run.dataset.dataset_id)
    if not chosen:
        return None
    return _segmented_slice(workspace, run.record.run_id, run.record.weights_sha256, chosen.text())


@st.cache_resource(max_entries=32, show_spinner=False)
def _segmented_slice(workspace: Workspace, run_id: str, weights: str, text: str) -> Segments:
    run = opened(workspace, run_id)
    inside_T = sliced.targets(run)
    assert inside_T is not None, "a slice is chosen"
    return segment_report.in_slice(run, _segmented(workspace, run_id, weights), inside_T)


def fairness(workspace: Workspace, run: OpenRun) -> Fairness:
    """Kept until the explanations are measured again: it includes their faithfulness."""
    stored = trust.trust_of(run)
    return _fairness(workspace, run.record.run_id, run.record.weights_sha256, stored.measured if stored else "")


@st.cache_resource(max_entries=16, show_spinner=False)
def _fairness(workspace: Workspace, run_id: str, weights: str, measured: str) -> Fairness:
    run = opened(workspace, run_id)
    with st.spinner(tr("Comparing groups of users and items …")):
        return fairness_service.fairness(run)


def thresholds(workspace: Workspace, run: OpenRun) -> tuple[tuple[float, ...], float | None]:
    """From which rating on an event may count as liked, and from which it usually does."""
    return _thresholds(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=16, show_spinner=False)
def _thresholds(workspace: Workspace, run_id: str, weights: str) -> tuple[tuple[float, ...], float | None]:
    run = opened(workspace, run_id)
    choices = thresholds_of(run.dataset.interactions)
    return choices, usual_threshold(run.dataset.interactions, choices)


def label_quality(workspace: Workspace, run: OpenRun, kind: Kind, threshold: float | None) -> LabelQuality:
    return _label_quality(workspace, run.record.run_id, run.record.weights_sha256, kind, threshold)


@st.cache_resource(max_entries=64, show_spinner=False)
def _label_quality(
    workspace: Workspace, run_id: str, weights: str, kind: Kind, threshold: float | None
) -> LabelQuality:
    run = opened(workspace, run_id)
    with st.spinner(tr("Scoring every event …")):
        return label_service.label_quality(run, kind, threshold)


@st.cache_resource(max_entries=8, show_spinner=False)
def users(workspace: Workspace, dataset_id: str) -> pd.DataFrame:
    return recommendation.users_table(dataset(workspace, dataset_id))


@st.cache_resource(max_entries=8, show_spinner=False)
def user_ids(workspace: Workspace, dataset_id: str) -> list[str]:
    """All user ids, 2 before 10."""
    ids = (str(user_id) for user_id in dataset(workspace, dataset_id).interactions.user_ids[1:])
    return sorted(ids, key=lambda text: [(len(part) * part.isdigit(), part) for part in re.split(r"(\d+)", text)])


@st.cache_resource(max_entries=8, show_spinner=False)
def are_portraits(workspace: Workspace, dataset_id: str) -> bool:
    return pictures.are_portraits(dataset(workspace, dataset_id))


@st.cache_resource(max_entries=8, show_spinner=False)
def labels(workspace: Workspace, dataset_id: str) -> dict[int, str]:
    return recommendation.item_labels(dataset(workspace, dataset_id))


def item_map(workspace: Workspace, run: OpenRun) -> ItemMap | None:
    """The stored map; None for a run without one."""
    path = run.folder.path / MAP
    return _item_map(workspace, run.record.run_id, path.stat().st_mtime_ns) if path.exists() else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _item_map(workspace: Workspace, run_id: str, written: int) -> ItemMap | None:
    return load_map(workspace.runs.open(run_id))


def map_columns(workspace: Workspace, run: OpenRun, kind: map_groups.Kind) -> dict[str, str]:
    """Columns that the points of the map are coloured by, with their labels."""
    return _map_columns(workspace, run.record.run_id, run.folder.version, kind)


@st.cache_resource(max_entries=16, show_spinner=False)
def _map_columns(workspace: Workspace, run_id: str, version: str, kind: map_groups.Kind) -> dict[str, str]:
    return map_groups.columns(opened(workspace, run_id), kind)


@st.cache_resource(max_entries=4, show_spinner=False)
def content(workspace: Workspace, dataset_id: str) -> ContentVectors:
    """What items are alike by, without a model."""
    with st.spinner(tr("Reading the content of all items …")):
        return content_vectors(dataset(workspace, dataset_id))


def starting_user(workspace: Workspace, run: OpenRun) -> str:
    return _starting_user(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=16, show_spinner=False)
def _starting_user(workspace: Workspace, run_id: str, weights: str) -> str:
    return recommendation.starting_user(opened(workspace, run_id))


def readers(workspace: Workspace, run: OpenRun) -> Readers:
    return _readers(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=4, show_spinner=False)
def _readers(workspace: Workspace, run_id: str, weights: str) -> Readers:
    run = opened(workspace, run_id)
    with st.spinner(tr("Encoding the history of every user …")):
        return new_item.readers(run)


def seconds_per_user(workspace: Workspace, run: OpenRun) -> float:
    """Time that the global view takes for one user."""
    return _seconds_per_user(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=16, show_spinner=False)
def _seconds_per_user(workspace: Workspace, run_id: str, weights: str) -> float:
    return global_view.seconds_per_user(opened(workspace, run_id))


def diversity_cost(workspace: Workspace, run: OpenRun, trade_off: float) -> DiversityCost | None:
    return _diversity_cost(workspace, run.record.run_id, run.record.weights_sha256, trade_off)


@st.cache_resource(max_entries=128, show_spinner=False)
def _diversity_cost(workspace: Workspace, run_id: str, weights: str, trade_off: float) -> DiversityCost | None:
    run = opened(workspace, run_id)
    with st.spinner(tr("Measuring the effect on NDCG …")):
        return diversity.diversity_cost(run, _pools(workspace, run_id, weights), trade_off)


@st.cache_resource(max_entries=4, show_spinner=False)
def _pools(workspace: Workspace, run_id: str, weights: str) -> list[list[Recommendation]]:
    return diversity.validation_pools(opened(workspace, run_id))


def privacy_results(workspace: Workspace, runs: list[MemberRun]) -> Series:
    """Results of a privacy series, measured again when a member has new ones."""
    key = tuple((run.config.run_id, run.state, _measured_at(run.folder)) for run in runs)
    return _privacy_results(workspace, key, runs)


def _measured_at(folder: RunFolder | None) -> tuple[str, int]:
    if folder is None:
        return "", 0
    attack = folder.path / ATTACK
    return folder.version, attack.stat().st_mtime_ns if attack.exists() else 0


@st.cache_resource(max_entries=16, show_spinner=False)
def _privacy_results(workspace: Workspace, key: tuple[object, ...], _runs: list[MemberRun]) -> Series:
    with st.spinner(tr("Comparing the privacy series …")):
        return privacy_series.measure(workspace, _runs)
