"""Summaries of a faithfulness measurement: one a method, one a group of users, and the most faithful method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.data.dataset import UNKNOWN
from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.segments import ITEM_SEGMENTS, USER_SEGMENTS, item_segments, user_segments
from recsys.explain import Situation
from recsys.explain.questions.faithfulness import Faithfulness
from recsys.messages import message
from recsys.recommend.popular import age_bands, genders, person_of
from recsys.runs.trust_record import Figure, GroupTrust, MethodTrust
from recsys.services.workspace.open_run import OpenRun

LENGTH, AGE, GENDER = message("events of the history"), message("age"), message("gender")
ITEM = message("events of the item")
WORDS = (
    LENGTH,
    AGE,
    GENDER,
    ITEM,
    *USER_SEGMENTS,
    *ITEM_SEGMENTS,
    UNKNOWN,
)  # kinds and names of groups that are no data


@dataclass(frozen=True, eq=False)
class Case:
    """Results for one user, by method: faithfulness, rank correlation with random weights, and seconds."""

    situation: Situation
    faithfulness: dict[str, Faithfulness]
    randomised: dict[str, float | None]
    seconds: dict[str, float]


def most_faithful(gains: Mapping[str, Sequence[float]]) -> str:
    """Method with the highest mean gain, if it beats both random orders and the exact method; else the exact one.

    The exact method is the first. Both comparisons use 95 % bootstrap intervals over the same users.
    """
    exact = next(iter(gains))
    best = max(gains, key=lambda name: float(np.mean(gains[name])))
    if best == exact or len(gains[exact]) < 2:
        return exact
    best_gains = np.array(gains[best])
    is_better = bootstrap(best_gains)[0] > 0 and bootstrap(best_gains - np.array(gains[exact]))[0] > 0
    return best if is_better else exact


def gain(result: Faithfulness) -> float:
    """Insertion less deletion area: higher is more faithful."""
    return result.insertion - result.deletion


def figure(values: Sequence[float]) -> Figure:
    """Mean with its 95 % bootstrap interval; no interval for a single value."""
    numbers = np.array(values, dtype=np.float64)
    return Figure(mean=float(numbers.mean()), interval=bootstrap(numbers) if len(numbers) > 1 else None)


def summarise_method(name: str, exact: str, cases: Sequence[Case]) -> MethodTrust:
    results = [case.faithfulness[name] for case in cases]
    verdicts = [result.verdict for result in results]
    undoes = [result.random - result.deletion for result in results]
    rebuilds = [result.insertion - result.random for result in results]
    gain_over_exact = [gain(case.faithfulness[name]) - gain(case.faithfulness[exact]) for case in cases]
    return MethodTrust(
        method=name,
        deletion=figure([result.deletion for result in results]),
        insertion=figure([result.insertion for result in results]),
        undoes=figure(undoes),
        rebuilds=figure(rebuilds),
        gain=figure([gain(result) for result in results]),
        beyond_exact=None if name == exact else figure(gain_over_exact),
        verdicts={verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)},
        correlation=_mean([result.spearman for result in results]),
        randomised=_mean([case.randomised.get(name) for case in cases]),
        seconds=float(np.median([case.seconds[name] for case in cases])),
        undoes_by_user=tuple(undoes),
        rebuilds_by_user=tuple(rebuilds),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    return float(np.mean(numbers)) if numbers else None


def summarise_groups(run: OpenRun, usual: str, cases: Sequence[Case]) -> Iterator[GroupTrust]:
    """Faithfulness of the `usual` method by history length, age, gender, and training events of the item."""
    lengths = user_segments(np.array([len(case.situation.history) for case in cases]))
    items = item_segments(run.split.train.item_counts)[[case.situation.item for case in cases]]
    persons = [person_of(run.dataset, case.situation.user) for case in cases]
    by_kind = {
        LENGTH: [USER_SEGMENTS[code] for code in lengths],
        AGE: [person.age_band for person in persons],
        GENDER: [person.gender for person in persons],
        ITEM: [ITEM_SEGMENTS[code] for code in items],
    }
    order = [*USER_SEGMENTS, *age_bands(run.dataset), *genders(run.dataset), *ITEM_SEGMENTS, ""]
    for kind, names in by_kind.items():
        if not any(names):
            continue  # not in the dataset
        for name in sorted(set(names), key=order.index):
            results = [
                case.faithfulness[usual]
                for case, name_of_case in zip(cases, names, strict=True)
                if name_of_case == name
            ]
            share_faithful = float(np.mean([result.verdict == "holds" for result in results]))
            yield GroupTrust(
                kind=kind,
                name=name or UNKNOWN,
                num_users=len(results),
                gain=figure([*map(gain, results)]),
                holds=share_faithful,
            )
