"""What opened runs say, kept for all sessions: by id and weights, bounded, never changed in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from recsys.explain.faithfulness import Reference
from recsys.recommend.topk import Recommendation
from recsys.sequences.liked import thresholds as thresholds_of
from recsys.sequences.liked import usual_threshold
from recsys.services import (
    contentwhy,
    contrast,
    diversity,
    evaluation,
    explanation,
    faithfulness,
    newitem,
    recommendation,
    segments,
    sources,
    trust,
    whatif,
)
from recsys.services import labels as label_service
from recsys.services.contentwhy import ContentWhy
from recsys.services.contrast import Contrast
from recsys.services.diversity import DiversityCost
from recsys.services.evaluation import Evaluation
from recsys.services.explanation import Removals, Why
from recsys.services.faithfulness import Judged
from recsys.services.labels import Kind, LabelQuality
from recsys.services.newitem import Readers
from recsys.services.opening import OpenRun
from recsys.services.recommendation import Asker
from recsys.services.segments import Segments
from recsys.services.sources import WhereFrom
from recsys.services.workspace import Workspace
from recsys.ui.cache import dataset, opened

BY_KEY: dict[str | type[Any], Callable[[Any], Any]] = {Asker: lambda asker: asker.key}


def evaluated(workspace: Workspace, run: OpenRun, split: str) -> Evaluation:
    return _evaluated(workspace, run.record.run_id, run.record.weights_sha256, split)


@st.cache_resource(max_entries=16, show_spinner="Ranking the whole catalogue for every user …")
def _evaluated(workspace: Workspace, run_id: str, weights: str, split: str) -> Evaluation:
    return evaluation.evaluate(workspace, opened(workspace, run_id), split="test" if split == "test" else "validation")


def segmented(workspace: Workspace, run: OpenRun) -> Segments:
    return _segmented(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=16, show_spinner="Ranking again with short histories …")
def _segmented(workspace: Workspace, run_id: str, weights: str) -> Segments:
    return segments.segments(opened(workspace, run_id))


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


@st.cache_resource(max_entries=64, show_spinner="Asking the model about every event …")
def _label_quality(
    workspace: Workspace, run_id: str, weights: str, kind: Kind, threshold: float | None
) -> LabelQuality:
    return label_service.label_quality(opened(workspace, run_id), kind, threshold)


@st.cache_resource(max_entries=8, show_spinner=False)
def users(workspace: Workspace, dataset_id: str) -> pd.DataFrame:
    return recommendation.users_table(dataset(workspace, dataset_id))


@st.cache_resource(max_entries=8, show_spinner=False)
def labels(workspace: Workspace, dataset_id: str) -> dict[int, str]:
    return recommendation.item_labels(dataset(workspace, dataset_id))


def starting_user(workspace: Workspace, run: OpenRun) -> str:
    return _starting_user(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=16, show_spinner=False)
def _starting_user(workspace: Workspace, run_id: str, weights: str) -> str:
    return recommendation.starting_user(opened(workspace, run_id))


def readers(workspace: Workspace, run: OpenRun) -> Readers:
    return _readers(workspace, run.record.run_id, run.record.weights_sha256)


@st.cache_resource(max_entries=4, show_spinner="Reading every user's history …")
def _readers(workspace: Workspace, run_id: str, weights: str) -> Readers:
    return newitem.readers(opened(workspace, run_id))


def diversity_cost(workspace: Workspace, run: OpenRun, trade_off: float) -> DiversityCost | None:
    return _diversity_cost(workspace, run.record.run_id, run.record.weights_sha256, trade_off)


@st.cache_resource(max_entries=128, show_spinner="Measuring what it costs …")
def _diversity_cost(workspace: Workspace, run_id: str, weights: str, trade_off: float) -> DiversityCost | None:
    return diversity.diversity_cost(opened(workspace, run_id), _pools(workspace, run_id, weights), trade_off)


@st.cache_resource(max_entries=4, show_spinner=False)
def _pools(workspace: Workspace, run_id: str, weights: str) -> list[list[Recommendation]]:
    return diversity.validation_pools(opened(workspace, run_id))


def explained(workspace: Workspace, run: OpenRun, asker: Asker, item_id: str, method: str | None) -> Why:
    return _explained(workspace, run.record.run_id, run.record.weights_sha256, asker, item_id, method)


@st.cache_resource(max_entries=512, show_spinner="Asking the model again without each event …", hash_funcs=BY_KEY)
def _explained(workspace: Workspace, run_id: str, weights: str, asker: Asker, item_id: str, method: str | None) -> Why:
    known = _removals(workspace, run_id, weights, asker)
    return explanation.why(_asked(workspace, run_id, asker), asker, item_id, method, known=known)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_KEY)
def _removals(workspace: Workspace, run_id: str, weights: str, asker: Asker) -> Removals:
    """One pass over the history without each event serves all items of a list."""
    return explanation.removals(_asked(workspace, run_id, asker), asker)


def judged(workspace: Workspace, run: OpenRun, asker: Asker, item_id: str, method: str | None) -> Judged | None:
    """Whether what `explained` gives for the same question holds; None where the model has nothing to take away."""
    return _judged(workspace, run.record.run_id, run.record.weights_sha256, asker, item_id, method)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=BY_KEY)
def _judged(
    workspace: Workspace, run_id: str, weights: str, asker: Asker, item_id: str, method: str | None
) -> Judged | None:
    told, exact = (_explained(workspace, run_id, weights, asker, item_id, name) for name in (method, None))
    known = _reference(workspace, run_id, weights, asker, item_id)
    return faithfulness.judged(_asked(workspace, run_id, asker), asker, told, exact, known)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs=BY_KEY)
def _reference(workspace: Workspace, run_id: str, weights: str, asker: Asker, item_id: str) -> Reference | None:
    """The random orders serve all methods of a suggestion."""
    return faithfulness.reference(_asked(workspace, run_id, asker), asker, item_id)


def usual_method(run: OpenRun) -> str:
    """By what a run is explained unless another method is asked for. Not kept: it is one small file."""
    return trust.usual_method(run)


def sourced(workspace: Workspace, run: OpenRun, asker: Asker, item_id: str) -> WhereFrom:
    return _sourced(workspace, run.record.run_id, run.record.weights_sha256, asker, item_id)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=BY_KEY)
def _sourced(workspace: Workspace, run_id: str, weights: str, asker: Asker, item_id: str) -> WhereFrom:
    return sources.where_from(_asked(workspace, run_id, asker), asker, item_id)


def contrasted(workspace: Workspace, run: OpenRun, asker: Asker, item_id: str, other: str) -> Contrast:
    return _contrasted(workspace, run.record.run_id, run.record.weights_sha256, asker, item_id, other)


@st.cache_resource(max_entries=256, show_spinner="Asking the model about both items …", hash_funcs=BY_KEY)
def _contrasted(workspace: Workspace, run_id: str, weights: str, asker: Asker, item_id: str, other: str) -> Contrast:
    return contrast.contrast(_asked(workspace, run_id, asker), asker, item_id, other)


def content_explained(
    workspace: Workspace, run: OpenRun, asker: Asker, item_id: str, word_method: str | None, picture_method: str | None
) -> ContentWhy | None:
    """A method None: the default."""
    methods = word_method or "replacement", picture_method or "occlusion"
    return _content(workspace, run.record.run_id, run.record.weights_sha256, asker, item_id, *methods)


@st.cache_resource(max_entries=256, show_spinner="Asking about its words and its picture …", hash_funcs=BY_KEY)
def _content(
    workspace: Workspace,
    run_id: str,
    weights: str,
    asker: Asker,
    item_id: str,
    word_method: str,
    picture_method: str,
) -> ContentWhy | None:
    run = _asked(workspace, run_id, asker)
    return contentwhy.content_why(run, asker, item_id, word_method=word_method, picture_method=picture_method)


def _asked(workspace: Workspace, run_id: str, asker: Asker) -> OpenRun:
    """The run as it knows this asker, who may be told to be somebody else."""
    return whatif.run_for(opened(workspace, run_id), asker)
