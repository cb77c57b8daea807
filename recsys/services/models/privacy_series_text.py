"""What a privacy series says: its chart read aloud, its time, and the answer of the `privacy` command."""

from __future__ import annotations

import math
from typing import Any

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import NO_TEXT, Message, message
from recsys.services.models.privacy_series import BUDGETS, CENTRAL, FEDERATED, MemberRun, Result, Series
from recsys.services.train.sweep_runs import SWEEP_STATE_NAMES

# Seconds of a member's training relative to the central one, measured on the sample with GRU4Rec quick.
COST = {"central": 1.0, "epsilon": 9.0, "federated": 10.0}
STATE_NAMES = SWEEP_STATE_NAMES

Interval = tuple[float, float]


def kind(name: str) -> str:
    """Kind of a member in COST, by its name: "epsilon" for "epsilon-8"."""
    return name.partition("-")[0]


def seconds_left(runs: list[MemberRun], run_kind: str, seconds: float) -> float:
    """About how long the members that are not finished take, where a run of `run_kind` took `seconds`."""
    central = seconds / COST[run_kind]
    for run in runs:
        record = None if run.folder is None else run.folder.record
        if run.state == "finished" and record is not None:
            central = record.seconds / COST[kind(run.member.name)]
            break
    return central * sum(COST[kind(run.member.name)] for run in runs if run.state != "finished")


def caption(series: Series) -> Message:
    """The chart in a few sentences with its numbers; "" before the central member and another one are measured."""
    central = series.get(CENTRAL)
    if central is None:
        return NO_TEXT
    private = next((found for budget in sorted(BUDGETS) if (found := series.get(f"epsilon-{budget:g}"))), None)
    federated = series.get(FEDERATED)
    sentences = [] if private is None else [_against(central, private)]
    if federated is not None:
        sentences.append(_against(central, federated))
    if sentences and (worth_nothing := _no_better_than_popularity(series)):
        sentences.append(worth_nothing)
    return message(" ").join(sentences)


def _against(central: Result, other: Result) -> Message:
    """What a protection costs and brings: both numbers of each, and whether they differ beyond their intervals."""
    assert central.ndcg is not None and other.ndcg is not None
    ndcg = _change(metric_label(HEADLINE), (central.ndcg.mean, other.ndcg.mean), (central.ndcg.interval, other.ndcg.interval), 3)  # fmt: skip
    parts = [ndcg]
    if central.auc is not None and other.auc is not None:
        intervals = (central.auc_interval, other.auc_interval)
        parts.append(_change(message("the attack's AUC"), (central.auc, other.auc), intervals, 2))
    changes = message("; ").join(parts)
    if other.num_bytes:
        return message("With {model}: {changes}; {megabytes:,.0f} MB go to clients and back.",
                       model=other.title, changes=changes, megabytes=other.num_bytes / 1e6)  # fmt: skip
    return message("With {model}: {changes}.", model=other.title, changes=changes)


def _change(
    measure: str, values: tuple[float, float], intervals: tuple[Interval | None, Interval | None], digits: int
) -> Message:
    """How a measure changes between two members, "falls" or "rises" only where the intervals do not overlap."""
    before, after = (f"{value:.{digits}f}" for value in values)
    first, second = intervals
    if first is None or second is None or (first[0] <= second[1] and second[0] <= first[1]):
        text = message("{measure} is {after} instead of {before}, and the intervals overlap")
    elif values[1] < values[0]:
        text = message("{measure} falls from {before} to {after}")
    else:
        text = message("{measure} rises from {before} to {after}")
    return text.format(measure=measure, before=before, after=after)


def _no_better_than_popularity(series: Series) -> Message | None:
    popularity = series.popularity
    if popularity is None:
        return None
    beaten = [
        result.label
        for result in series.measured
        if result.ndcg is not None and (result.ndcg.interval or (result.ndcg.mean,))[0] <= popularity
    ]
    if not beaten:
        return None
    return message("No clear gain over the list of the most popular items ({ndcg:.3f}): {members}.",
                   ndcg=popularity, members=message("; ").join(beaten))  # fmt: skip


def as_json(series: Series) -> dict[str, Any]:
    """The answer of the `privacy` command; `epsilon` is null without a budget."""
    config = series.config
    return {
        "dataset_id": config.dataset_id,
        "model": config.model,
        "preset": config.preset,
        "seed": config.options.seed,
        "members": [_row(result) for result in series.results],
        "popularity": {HEADLINE: series.popularity},
        "sentence": caption(series),
    }


def _row(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "run_id": result.run_id,
        "state": result.state,
        HEADLINE: None if result.ndcg is None else result.ndcg.mean,
        "interval": None if result.ndcg is None else result.ndcg.interval,
        "epsilon": None if math.isinf(result.epsilon) else result.epsilon,
        "delta": result.delta,
        "auc": result.auc,
        "auc_interval": result.auc_interval,
        "bytes": result.num_bytes,
        "seconds": result.seconds,
    }
