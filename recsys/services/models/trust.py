"""Faithfulness of all explanation methods of a run, for the top recommendation of a sample of users.

Each explanation is judged as on the Explain page (explain/questions/faithfulness.py). The parameter-randomisation
check (Adebayo et al. 2018, arXiv:1810.03292) is added: a method that gives the same result for random weights does
not explain what was learnt. The result is stored in the run folder, so that Explain can default to the most faithful
method.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from recsys.data.interactions import PAD
from recsys.errors import SettingError
from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.segments import ITEM_SEGMENTS, USER_SEGMENTS, item_segments, user_segments
from recsys.explain import Explanation, Situation, explain, methods_for
from recsys.explain.questions.agreement import rank_correlation
from recsys.explain.questions.faithfulness import (
    Faithfulness,
    can_be_judged,
    contributions_of,
    faithfulness,
    reference_of,
)
from recsys.models.base import FittedModel, PairModel, Recommender
from recsys.models.inputs.content_embedding import content_embedding
from recsys.models.inputs.features import shape_of
from recsys.recommend.blend import Blend
from recsys.recommend.popular import age_bands, genders, person_of
from recsys.recommend.topk import recommend_all
from recsys.runs.trust_record import (
    CauseTrust,
    Figure,
    GroupTrust,
    MethodTrust,
    PlantedTrust,
    Trust,
    load_trust,
    save_trust,
)
from recsys.services.models.planted_causes import causes, planted
from recsys.services.workspace.open_run import OpenRun
from recsys.training.chance import Chance

USERS, MAX_USERS, SEED = 50, 2000, 20_240_501
LEAST_EVENTS = 4  # fewer cannot be judged, see explain/questions/faithfulness.py
RANDOMISED = 10  # users for the parameter-randomisation check
QUICK = 0.5  # median seconds up to which a method can be the default
RANDOM_LIKE = 0.3  # rank correlation with random weights from which on a method does not reflect training
CASES_SHARE = 0.7  # share of the work before the planted causes, for runs on the sample

Tick = Callable[[float, str], None]  # share of the work done, current step


@dataclass(frozen=True, eq=False)
class Case:
    """Results for one user, by method: faithfulness, rank correlation with random weights, and seconds."""

    situation: Situation
    faithfulness: dict[str, Faithfulness]
    randomised: dict[str, float | None]
    seconds: dict[str, float]


def trust_of(run: OpenRun) -> Trust | None:
    """Stored faithfulness results of a run; None without."""
    stored = load_trust(run.folder)
    return stored if stored is not None and stored.usual in methods_for(run.model) else None


def usual_method(run: OpenRun) -> str:
    """Default explanation method of a run: the most faithful one if measured, else the exact one."""
    stored = trust_of(run)
    return methods_for(run.model)[0] if stored is None else stored.usual


def why_not(run: OpenRun) -> str:
    """Why faithfulness is not available for this run; "" where it is."""
    if can_be_judged(run.model):
        return ""
    return f"{run.model.title} recommends the same to everyone: there is no explanation to judge. Choose another run."


def measure(run: OpenRun, num_users: int = USERS, tick: Tick | None = None, seed: int = SEED) -> Trust:
    """Judge every method for `num_users` users sampled with `seed`, and store the result unless `tick` raises.

    Raises SettingError without users to explain for, or where the model has no inputs to remove.
    """
    started = time.monotonic()
    tick = tick or (lambda share, doing: None)
    if not 1 <= num_users <= MAX_USERS:
        raise SettingError(f"{num_users} users were asked for; it is a whole number from 1 to {MAX_USERS}.")
    situations = sample(run, num_users, seed)
    has_causes = run.model.window != 0 and bool(planted(run))
    cases = list(_cases(run, situations, _part(tick, 0, CASES_SHARE if has_causes else 1)))
    methods = methods_for(run.model)
    methods_measured = tuple(_method(name, methods[0], cases) for name in methods)
    quick = [method.method for method in methods_measured if method.method == methods[0] or method.seconds <= QUICK]
    usual = most_faithful({name: [gain(case.faithfulness[name]) for case in cases] for name in quick})
    trust = Trust(
        weights_sha256=run.record.weights_sha256,
        seed=seed,
        num_users=len(cases),
        num_asked=num_users,
        random=figure([case.faithfulness[methods[0]].random for case in cases]),
        methods=methods_measured,
        usual=usual,
        groups=tuple(_groups(run, usual, cases)),
        why_not_randomised=why_not_randomised(run.model),
        planted=_planted(run, num_users, _part(tick, CASES_SHARE, 1)) if has_causes else None,
        seconds=time.monotonic() - started,
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    save_trust(run.folder, trust)
    return trust


def _part(tick: Tick, start: float, end: float) -> Tick:
    """Map the progress of one step to the range from `start` to `end` of the whole work."""
    return lambda share, doing: tick(start + (end - start) * share, doing)


def _planted(run: OpenRun, most: int, tick: Tick) -> PlantedTrust | None:
    result = causes(run, most=most, tick=lambda done, total: tick(done / total, f"Planted cause {done} of {total}"))
    if result is None or not result.cases:
        return None
    methods = (
        CauseTrust(method=name, recall=scores.recall, precision=scores.precision)
        for name, scores in result.by_method.items()
    )
    return PlantedTrust(cases=result.cases, chance=result.chance, methods=tuple(methods))


def sample(run: OpenRun, num_users: int, seed: int) -> list[Situation]:
    """Top recommendations of up to `num_users` sampled users, in user order. Raises SettingError if there are none."""
    if reason := why_not(run):
        raise SettingError(reason)
    log = run.dataset.interactions
    least = 0 if isinstance(run.model, PairModel) else LEAST_EVENTS
    eligible = np.flatnonzero(np.diff(log.offsets)[1:] >= least) + 1
    users = np.sort(np.random.default_rng(seed).permutation(eligible)[:num_users])
    situations = [
        Situation.of(run.model, log.history(user), top[0].item, run.candidates, user=user, ratings=log.ratings_of(user))
        for user, top in recommend_all(run.model, log, run.candidates, 2, users)
        if len(top) == 2  # an item without a rival cannot be explained
    ]
    if not situations:
        raise SettingError(f"No user has {least} events or more and a recommendation, so no reason can be judged.")
    return situations


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


def why_not_randomised(model: Recommender) -> str:
    if isinstance(model, FittedModel):
        return f"{model.title} is fitted in closed form: it has no weights to begin anew with."
    return "A blend has no weights of its own: ask its parts." if isinstance(model, Blend) else ""


def reinitialised(run: OpenRun, seed: int = SEED) -> Recommender | None:
    """The same architecture with freshly initialised weights; None for models without weights of their own.

    Outputs of the content towers are sampled too, with mean 0 and standard deviation 1, as after their training.
    """
    if why_not_randomised(run.model):
        return None
    config = run.model.config
    shape = shape_of(run.dataset, config.content_columns, config.user_columns, ratings=config.with_ratings)
    with Chance(seed, run.model.device).rng_scope():
        model = type(run.model)(shape, config)
        if (content := content_embedding(model)) is not None:
            content.set_item_counts(run.split.train.item_counts)
            for name in content.towers:
                content.get_buffer(f"{name}_vectors")[PAD + 1 :].normal_()
    return model.to(run.model.device).eval()


def _cases(run: OpenRun, situations: Sequence[Situation], tick: Tick) -> Iterator[Case]:
    methods, random_model = methods_for(run.model), reinitialised(run)
    for done, situation in enumerate(situations):
        reference, exact = reference_of(situation), None
        case = Case(situation, {}, {}, {})
        for index, name in enumerate(methods):
            tick(
                (done + index / len(methods)) / len(situations),
                f"User {done + 1} of {len(situations)}: {name.replace('_', ' ')}",
            )
            started = time.perf_counter()
            explanation = explain(situation, name)
            case.seconds[name] = time.perf_counter() - started
            exact = exact or explanation
            case.faithfulness[name] = faithfulness(situation, explanation, exact, reference)
            if random_model is not None and done < RANDOMISED:
                case.randomised[name] = _correlation(situation, random_model, name, explanation)
        yield case
    tick(1.0, "Done")


def _correlation(
    situation: Situation, random_model: Recommender, method: str, explanation: Explanation
) -> float | None:
    """Rank correlation of an explanation with that of the random model by the same method."""
    randomised = Situation(
        random_model, situation.history, situation.user, situation.item, situation.allowed_N, situation.ratings
    )
    random_contributions = contributions_of(randomised, explain(randomised, method))
    return rank_correlation(contributions_of(situation, explanation), random_contributions)


def _method(name: str, exact: str, cases: Sequence[Case]) -> MethodTrust:
    results = [case.faithfulness[name] for case in cases]
    verdicts = [result.verdict for result in results]
    gain_over_exact = [gain(case.faithfulness[name]) - gain(case.faithfulness[exact]) for case in cases]
    return MethodTrust(
        method=name,
        deletion=figure([result.deletion for result in results]),
        insertion=figure([result.insertion for result in results]),
        undoes=figure([result.random - result.deletion for result in results]),
        rebuilds=figure([result.insertion - result.random for result in results]),
        gain=figure([gain(result) for result in results]),
        beyond_exact=None if name == exact else figure(gain_over_exact),
        verdicts={verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)},
        correlation=_mean([result.spearman for result in results]),
        randomised=_mean([case.randomised.get(name) for case in cases]),
        seconds=float(np.median([case.seconds[name] for case in cases])),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    return float(np.mean(numbers)) if numbers else None


def _groups(run: OpenRun, usual: str, cases: Sequence[Case]) -> Iterator[GroupTrust]:
    """Faithfulness of the `usual` method by history length, age, gender, and training events of the item."""
    lengths = user_segments(np.array([len(case.situation.history) for case in cases]))
    items = item_segments(run.split.train.item_counts)[[case.situation.item for case in cases]]
    persons = [person_of(run.dataset, case.situation.user) for case in cases]
    by_kind = {
        "events of the history": [USER_SEGMENTS[code] for code in lengths],
        "age": [person.age_band for person in persons],
        "gender": [person.gender for person in persons],
        "events of the item": [ITEM_SEGMENTS[code] for code in items],
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
                name=name or "unknown",
                num_users=len(results),
                gain=figure([*map(gain, results)]),
                holds=share_faithful,
            )
