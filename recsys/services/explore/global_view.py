"""What drives a model: effects of events, categories, sources, fields and content, averaged over a sample of users.

For each user the first recommendation is explained by exact links where the score is their sum (EASE, Markov chain, item kNN),
else by leave-one-out; its score breakdown gives the sources, and content explanations the words and picture regions. Means
are over the users whose recommendation has the input. The result is stored in the run folder.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import numpy as np

from recsys.data.dataset import Dataset
from recsys.errors import RunError, SettingError
from recsys.evaluation.intervals import bootstrap_ratios
from recsys.evaluation.list_report import category_matrix, category_names
from recsys.explain import EventContribution, Explanation, Situation, explain, methods_for
from recsys.explain.questions.breakdown import compute_breakdown
from recsys.messages import Message, message
from recsys.models.base import LinearModel
from recsys.runs.global_record import CategoryEffect, Effect, GlobalView, load_global_view, save_global_view
from recsys.services.explain.content_reasons import ContentReasons, explain_content, has_content, places
from recsys.services.models.trust import SEED, Tick, check_num_users, sample
from recsys.services.recommend.query import query_of
from recsys.services.workspace.open_run import OpenRun

USERS = 200
MOST_POSITIONS = 30  # from the end; older events are one row
MOST_ROWS = 30  # words and items that are kept
OLDER = message("older")
TABLES = ("positions", "categories", "sources", "fields", "words", "columns", "regions", "items")

Sums = dict[Hashable, list[float]]  # key -> sum of absolute effects, sum of effects, number of inputs
Tables = dict[str, Sums]
Row = TypeVar("Row", bound=Effect)


def why_not(run: OpenRun) -> Message | None:
    """Why there is no global view of this run; None where there is."""
    if methods_for(run.model):
        return None
    text = message(
        "{model} recommends the same to everyone: neither history nor content drives it. Choose another model."
    )
    return text.format(model=run.model.title)


def compute(
    run: OpenRun,
    num_users: int = USERS,
    tick: Tick | None = None,
    seed: int = SEED,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_user: Callable[[int, int], None] = lambda done, total: None,
) -> GlobalView:
    """Explain the first recommendation of `num_users` users sampled with `seed`, and store the aggregated effects.

    `on_user` is called with the number of users done and their total. Where `should_stop` becomes true, the users done so
    far are kept, unless an earlier view has more. Raises SettingError where the model or its users cannot be explained, and
    RunError where it is stopped before the first user is done.
    """
    started = time.monotonic()
    check_num_users(num_users)
    if reason := why_not(run):
        raise SettingError(reason)
    situations = sample(run, num_users, seed, least_events=1)
    on_user(0, len(situations))
    shares_NC, cases = _category_shares(run.dataset), []
    for situation in situations:
        if should_stop():
            break
        cases.append(_effects_of(run, situation, shares_NC))
        on_user(len(cases), len(situations))
        if tick is not None:
            doing = message("User {number} of {users}", number=len(cases), users=len(situations))
            tick(len(cases) / len(situations), doing)
    if not cases:
        raise RunError(message("Stopped before the first user was measured: nothing is kept."))
    explanation = _explain(situations[0])
    tables = {name: [case[name] for case in cases] for name in TABLES}
    view = GlobalView(
        weights_sha256=run.record.weights_sha256,
        seed=seed,
        num_users=len(cases),
        num_asked=num_users,
        method=explanation.method,
        quantity=explanation.quantity,
        positions=tuple(sorted(_rows(tables["positions"]), key=lambda row: _place(row.name))),
        categories=_category_rows(run.dataset, tables["categories"]),
        sources=tuple(_rows(tables["sources"])),
        fields=tuple(_rows(tables["fields"])),
        words=_most(_rows(tables["words"])),
        columns=tuple(_rows(tables["columns"])),
        regions=tuple(_rows(tables["regions"])),
        items=_most(_rows(tables["items"])),
        seconds=time.monotonic() - started,
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        stopped=len(cases) < len(situations),
    )
    stored = load_global_view(run.folder)
    if not view.stopped or stored is None or stored.num_users <= view.num_users:
        save_global_view(run.folder, view)
    return view


def seconds_per_user(run: OpenRun) -> float:
    """Time that one user takes, measured on the second of two."""
    situations, shares_NC = sample(run, 2, SEED, least_events=1), _category_shares(run.dataset)
    started = time.perf_counter()
    for situation in situations:
        started = time.perf_counter()
        _effects_of(run, situation, shares_NC)
    return time.perf_counter() - started


def _explain(situation: Situation) -> Explanation:
    return explain(situation, "links" if isinstance(situation.model, LinearModel) else None)


def _effects_of(run: OpenRun, situation: Situation, shares_NC: np.ndarray | None) -> Tables:
    """Sums of the effects on one recommendation, by table and key."""
    tables: Tables = {name: defaultdict(lambda: [0.0, 0.0, 0.0]) for name in TABLES}
    explanation = _explain(situation)
    for part in explanation.contributions:
        if not isinstance(part, EventContribution):
            _add(tables["fields"], part.feature, part.value)
            continue
        place = len(situation.history) - part.position
        _add(tables["positions"], str(place) if place <= MOST_POSITIONS else str(OLDER), part.value)
        _add(tables["items"], str(run.dataset.interactions.item_ids[part.item]), part.value)
        if shares_NC is not None:
            for event_category in np.flatnonzero(shares_NC[part.item]):
                for category in np.flatnonzero(shares_NC[situation.item]):
                    weight = shares_NC[part.item, event_category] * shares_NC[situation.item, category]
                    _add(tables["categories"], (int(event_category), int(category)), part.value, float(weight))
    for feature in explanation.features:
        _add(tables["fields"], feature.feature, feature.value)
    for source in compute_breakdown(situation).sources:
        _add(tables["sources"], source.name, source.value)
    if has_content(run):
        _add_content(run, situation, tables)
    return tables


def _add_content(run: OpenRun, situation: Situation, tables: Tables) -> None:
    log = run.dataset.interactions
    query = query_of(run, str(log.user_ids[situation.user]), None)
    reasons = explain_content(run, query, str(log.item_ids[situation.item]), situation=situation)
    assert isinstance(reasons, ContentReasons), "the model reads content"
    for word in reasons.words:
        _add(tables["words"], word.text.casefold(), word.value)
    for column in reasons.texts:
        values = [word.value for word in reasons.words if word.column == column]
        if values:
            _add(tables["columns"], column, sum(values))
    for name, value in places(reasons.places_SS) if reasons.places_SS is not None else ():
        _add(tables["regions"], str(name), value)


def _add(sums: Sums, key: Hashable, value: float, weight: float = 1.0) -> None:
    entry = sums[key]
    entry[0] += abs(value) * weight
    entry[1] += value * weight
    entry[2] += weight


def _rows(cases: Sequence[Sums]) -> list[Effect]:
    """One row per key, the largest share first; ties in the order of first appearance."""
    return [Effect(name=str(key), **numbers) for key, numbers in _summarised(cases)]


def _category_rows(dataset: Dataset, cases: Sequence[Sums]) -> tuple[CategoryEffect, ...]:
    names = category_names(dataset.items)
    rows = []
    for key, numbers in _summarised(cases):
        assert isinstance(key, tuple), "a pair of categories"
        rows.append(CategoryEffect(name=names[key[0]], item_category=names[key[1]], **numbers))
    return tuple(rows)


def _summarised(cases: Sequence[Sums]) -> list[tuple[Hashable, dict[str, Any]]]:
    keys = list(dict.fromkeys(key for case in cases for key in case))
    if not keys:
        return []
    sums_UK3 = np.array([[case.get(key, (0.0, 0.0, 0.0)) for key in keys] for case in cases])
    low_K, high_K = bootstrap_ratios(sums_UK3[..., 0], sums_UK3[..., 2])
    absolute_K, signed_K, count_K = sums_UK3.sum(0).T
    users_K, total = (sums_UK3[..., 2] > 0).sum(0), max(float(absolute_K.sum()), np.finfo(np.float64).tiny)
    return [
        (
            keys[k],
            {
                "mean": float(absolute_K[k] / count_K[k]),
                "interval": (float(low_K[k]), float(high_K[k])) if users_K[k] > 1 else None,
                "signed": float(signed_K[k] / count_K[k]),
                "share": float(absolute_K[k] / total),
                "num_users": int(users_K[k]),
                "count": float(count_K[k]),
            },
        )
        for k in np.argsort(-absolute_K, kind="stable")
    ]


def _most(rows: list[Effect]) -> tuple[Effect, ...]:
    return tuple(rows[:MOST_ROWS])


def _place(name: str) -> int:
    return int(name) if name.isdecimal() else MOST_POSITIONS + 1


def _category_shares(dataset: Dataset) -> np.ndarray | None:
    """Share of each category in each item, [num_items + 1, C]; None without categories."""
    matrix_NC = category_matrix(dataset.items)
    return None if matrix_NC is None else matrix_NC / np.maximum(matrix_NC.sum(1, keepdims=True), 1)
