"""Why an item is recommended, kept for all sessions: by run, weights, asker, item and method, bounded, never changed in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from recsys.explain import Situation
from recsys.explain.quantity import quantity_of
from recsys.explain.questions.breakdown import ScoreBreakdown, compute_breakdown
from recsys.explain.questions.faithfulness import Reference
from recsys.explain.scored_history import ScoredHistory
from recsys.services.explain import (
    content_reasons,
    contrastive,
    explain_item,
    list_reasons,
    score_breakdown,
    smallest_change,
    verdict,
    what_if,
)
from recsys.services.explain.content_reasons import ContentReasons
from recsys.services.explain.contrastive import Contrast
from recsys.services.explain.explain_item import ItemExplanation
from recsys.services.explain.score_breakdown import BreakdownReport
from recsys.services.explain.smallest_change import Changes
from recsys.services.explain.verdict import JudgedExplanation
from recsys.services.models import trust
from recsys.services.recommend.query import Query
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.shell.cache import opened_with
from recsys.ui.shell.language import tr

BY_KEY: dict[str | type[Any], Callable[[Any], Any]] = {Query: lambda query: query.key}


def explained(workspace: Workspace, run: OpenRun, query: Query, item_id: str, method: str | None) -> ItemExplanation:
    return _explained(workspace, run.record.run_id, run.record.weights_sha256, query, item_id, method)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=BY_KEY)
def _explained(
    workspace: Workspace, run_id: str, weights: str, query: Query, item_id: str, method: str | None
) -> ItemExplanation:
    run = _asked(workspace, run_id, weights, query)
    with st.spinner(tr("Explaining the recommendation …")):
        situation = _situation(workspace, run_id, weights, query, item_id)
        if method is not None:
            exact = _explained(workspace, run_id, weights, query, item_id, None)
            return explain_item.by_method(exact, situation, method)
        return explain_item.explained(run, situation, _breakdown(workspace, run_id, weights, query, item_id))


def has_reasons(workspace: Workspace, run: OpenRun, query: Query) -> bool:
    """Whether reasons of a list come at once, from the scores of the history without each event."""
    return _scored(workspace, run.record.run_id, run.record.weights_sha256, query).is_scored_without_each


def reasons(workspace: Workspace, run: OpenRun, query: Query, item_ids: Sequence[str]) -> dict[str, str]:
    """Item id -> the largest source in a few words, "" without one, for the items of a list."""
    return _reasons(workspace, run.record.run_id, run.record.weights_sha256, query, tuple(item_ids))


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs=BY_KEY)
def _reasons(
    workspace: Workspace, run_id: str, weights: str, query: Query, item_ids: tuple[str, ...]
) -> dict[str, str]:
    run, scored = _asked(workspace, run_id, weights, query), _scored(workspace, run_id, weights, query)
    return list_reasons.reasons_in_list(run, query, item_ids, scored)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_KEY)
def _situation(workspace: Workspace, run_id: str, weights: str, query: Query, item_id: str) -> Situation:
    """What every part of the page explains: the item, its candidates, the scores with the history and without each event."""
    scored = _scored(workspace, run_id, weights, query)
    return explain_item.situation_of(_asked(workspace, run_id, weights, query), query, item_id, scored=scored)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=BY_KEY)
def _breakdown(workspace: Workspace, run_id: str, weights: str, query: Query, item_id: str) -> ScoreBreakdown:
    return compute_breakdown(_situation(workspace, run_id, weights, query, item_id))


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_KEY)
def _scored(workspace: Workspace, run_id: str, weights: str, query: Query) -> ScoredHistory:
    """The scores of the history, whole and without each event, serve all items of a list."""
    return explain_item.scored_history(_asked(workspace, run_id, weights, query), query)


def judge(
    workspace: Workspace, run: OpenRun, query: Query, item_id: str, method: str | None
) -> JudgedExplanation | None:
    """Whether what `explained` gives for the same question holds; None where the model has nothing to remove."""
    return _judged(workspace, run.record.run_id, run.record.weights_sha256, query, item_id, method)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=BY_KEY)
def _judged(
    workspace: Workspace, run_id: str, weights: str, query: Query, item_id: str, method: str | None
) -> JudgedExplanation | None:
    explanation_of_method = _explained(workspace, run_id, weights, query, item_id, method)
    reference_curves = _reference(workspace, run_id, weights, query, item_id)
    return verdict.judge(
        _situation(workspace, run_id, weights, query, item_id), explanation_of_method, reference_curves
    )


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs=BY_KEY)
def _reference(workspace: Workspace, run_id: str, weights: str, query: Query, item_id: str) -> Reference | None:
    """The random orders serve all methods of a recommendation."""
    return verdict.reference(_situation(workspace, run_id, weights, query, item_id))


def usual_method(run: OpenRun) -> str:
    """By what a run is explained unless another method is asked for. Not kept: it is one small file."""
    return trust.usual_method(run)


def sourced(workspace: Workspace, run: OpenRun, query: Query, item_id: str) -> BreakdownReport:
    return _sourced(workspace, run.record.run_id, run.record.weights_sha256, query, item_id)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=BY_KEY)
def _sourced(workspace: Workspace, run_id: str, weights: str, query: Query, item_id: str) -> BreakdownReport:
    breakdown = _breakdown(workspace, run_id, weights, query, item_id)
    run = _asked(workspace, run_id, weights, query)
    return score_breakdown.of_breakdown(run, breakdown, quantity_of(run.model))


def contrasted(workspace: Workspace, run: OpenRun, query: Query, item_id: str, other: str) -> Contrast:
    return _contrasted(workspace, run.record.run_id, run.record.weights_sha256, query, item_id, other)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs=BY_KEY)
def _contrasted(workspace: Workspace, run_id: str, weights: str, query: Query, item_id: str, other: str) -> Contrast:
    run = _asked(workspace, run_id, weights, query)
    with st.spinner(tr("Comparing both items …")):
        scored = _scored(workspace, run_id, weights, query)
        return contrastive.contrast(run, query, item_id, other, scored=scored)


def changed(workspace: Workspace, run: OpenRun, query: Query, item_id: str) -> Changes:
    return _changed(workspace, run.record.run_id, run.record.weights_sha256, query, item_id)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=BY_KEY)
def _changed(workspace: Workspace, run_id: str, weights: str, query: Query, item_id: str) -> Changes:
    run = _asked(workspace, run_id, weights, query)
    with st.spinner(tr("Searching for counterfactuals …")):
        situation = _situation(workspace, run_id, weights, query, item_id)
        return smallest_change.changes(run, query, item_id, situation=situation)


def content_explained(
    workspace: Workspace, run: OpenRun, query: Query, item_id: str, word_method: str | None, picture_method: str | None
) -> ContentReasons | None:
    """A method None: the default."""
    methods = word_method or "replacement", picture_method or "occlusion"
    return _content(workspace, run.record.run_id, run.record.weights_sha256, query, item_id, *methods)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs=BY_KEY)
def _content(
    workspace: Workspace,
    run_id: str,
    weights: str,
    query: Query,
    item_id: str,
    word_method: str,
    picture_method: str,
) -> ContentReasons | None:
    run = _asked(workspace, run_id, weights, query)
    with st.spinner(tr("Scoring its words and its picture …")):
        situation = _situation(workspace, run_id, weights, query, item_id)
        return content_reasons.explain_content(
            run, query, item_id, word_method=word_method, picture_method=picture_method, situation=situation
        )


def _asked(workspace: Workspace, run_id: str, weights: str, query: Query) -> OpenRun:
    """The run as it knows this asker, who may be told to be somebody else."""
    return what_if.run_for(opened_with(workspace, run_id, weights), query)
