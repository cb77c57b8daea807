"""Faithfulness of all explanation methods of a run, for the top recommendation of a sample of users.

Each explanation is judged as on the Explain page (explain/questions/faithfulness.py). The parameter-randomisation
check (Adebayo et al. 2018, arXiv:1810.03292) is added: a method that gives the same result for random weights does
not explain what was learnt. The result is stored in the run folder, so that Explain can default to the most faithful
method.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from recsys.data.interactions import PAD
from recsys.errors import RunError, SettingError
from recsys.explain import METHODS, Explanation, Situation, explain, methods_for
from recsys.explain.questions.agreement import rank_correlation
from recsys.explain.questions.faithfulness import (
    can_be_judged,
    contributions_of,
    faithfulness,
    reference_of,
)
from recsys.messages import NO_TEXT, Message, message
from recsys.models.base import FittedModel, PairModel, Recommender
from recsys.models.inputs.content_embedding import content_embedding
from recsys.models.inputs.features import shape_of
from recsys.recommend.blend import Blend
from recsys.recommend.topk import recommend_all
from recsys.runs.trust_record import CauseTrust, PlantedTrust, Trust, load_trust, save_trust
from recsys.services.models import sample_trust
from recsys.services.models.planted_causes import causes, planted
from recsys.services.models.trust_summary import (
    Case,
    figure,
    gain,
    most_faithful,
    summarise_groups,
    summarise_method,
)
from recsys.services.workspace.open_run import OpenRun
from recsys.training.chance import Chance

USERS, MAX_USERS, SEED = 50, 2000, 20_240_501
LEAST_EVENTS = 4  # fewer cannot be judged, see explain/questions/faithfulness.py
RANDOMISED = 10  # users for the parameter-randomisation check
QUICK = 0.5  # median seconds up to which a method can be the default
RANDOM_LIKE = 0.3  # rank correlation with random weights from which on a method does not reflect training
CASES_SHARE = 0.7  # share of the work before the planted causes, for runs on the sample

Tick = Callable[[float, str], None]  # share of the work done, current step


def trust_of(run: OpenRun) -> Trust | None:
    """Stored faithfulness results of a run; None without."""
    stored = load_trust(run.folder)
    return stored if stored is not None and stored.usual in methods_for(run.model) else None


def usual_method(run: OpenRun) -> str:
    """Default explanation method of a run: the most faithful one if measured, also beforehand, else the exact one."""
    stored = trust_of(run) or sample_trust.trust_for(run.config)
    return methods_for(run.model)[0] if stored is None else stored.usual


def why_not(run: OpenRun) -> Message | None:
    """Why faithfulness is not available for this run; None where it is."""
    if can_be_judged(run.model):
        return None
    text = message("{model} recommends the same to everyone: there is no explanation to judge. Choose another model.")
    return text.format(model=run.model.title)


def measure(
    run: OpenRun,
    num_users: int = USERS,
    tick: Tick | None = None,
    seed: int = SEED,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_user: Callable[[int, int], None] = lambda done, total: None,
) -> Trust:
    """Judge every method for `num_users` users sampled with `seed`, and store the result unless `tick` raises.

    `on_user` is called with the number of users done and their total. Where `should_stop` becomes true, the users done
    so far are kept, unless an earlier measurement has more. Raises SettingError without users to explain for, or where
    the model has no inputs to remove, and RunError where it is stopped before the first user is done.
    """
    started = time.monotonic()
    tick = tick or (lambda share, doing: None)
    check_num_users(num_users)
    situations = sample(run, num_users, seed)
    has_causes = run.model.window != 0 and bool(planted(run))
    on_user(0, len(situations))
    cases = []
    for case in _cases(run, situations, _part(tick, 0, CASES_SHARE if has_causes else 1), should_stop):
        cases.append(case)
        on_user(len(cases), len(situations))
    if not cases:
        raise RunError(message("Stopped before the first user was measured: nothing is kept."))
    result = _planted(run, num_users, _part(tick, CASES_SHARE, 1), should_stop) if has_causes else None
    stopped = should_stop() and (len(cases) < len(situations) or (has_causes and result is None))
    trust = _summarised(run, cases, num_users, seed, result, stopped, time.monotonic() - started)
    stored = load_trust(run.folder)
    if not stopped or stored is None or stored.num_users <= trust.num_users:
        save_trust(run.folder, trust)
    return trust


def _summarised(
    run: OpenRun,
    cases: Sequence[Case],
    num_users: int,
    seed: int,
    planted_trust: PlantedTrust | None,
    stopped: bool,
    seconds: float,
) -> Trust:
    methods = methods_for(run.model)
    methods_measured = tuple(summarise_method(name, methods[0], cases) for name in methods)
    quick = [method.method for method in methods_measured if method.method == methods[0] or method.seconds <= QUICK]
    usual = most_faithful({name: [gain(case.faithfulness[name]) for case in cases] for name in quick})
    return Trust(
        weights_sha256=run.record.weights_sha256,
        seed=seed,
        num_users=len(cases),
        num_asked=num_users,
        random=figure([case.faithfulness[methods[0]].random for case in cases]),
        methods=methods_measured,
        usual=usual,
        groups=tuple(summarise_groups(run, usual, cases)),
        why_not_randomised=why_not_randomised(run.model),
        planted=planted_trust,
        seconds=seconds,
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        stopped=stopped,
        users=tuple(str(run.dataset.interactions.user_ids[case.situation.user]) for case in cases),
    )


def _part(tick: Tick, start: float, end: float) -> Tick:
    """Map the progress of one step to the range from `start` to `end` of the whole work."""
    return lambda share, doing: tick(start + (end - start) * share, doing)


class _StoppedError(Exception):
    """The planted causes are left out, since the measurement is stopped."""


def _planted(run: OpenRun, most: int, tick: Tick, should_stop: Callable[[], bool]) -> PlantedTrust | None:
    def tick_or_stop(done: int, total: int) -> None:
        if should_stop():
            raise _StoppedError
        tick(done / total, message("Planted cause {done} of {total}", done=done, total=total))

    try:
        result = None if should_stop() else causes(run, most=most, tick=tick_or_stop)
    except _StoppedError:
        return None
    if result is None or not result.cases:
        return None
    methods = (
        CauseTrust(method=name, recall=scores.recall, precision=scores.precision)
        for name, scores in result.by_method.items()
    )
    return PlantedTrust(cases=result.cases, chance=result.chance, methods=tuple(methods))


def check_num_users(num_users: int) -> None:
    """Raise SettingError if the size of a sample is out of bounds."""
    if not 1 <= num_users <= MAX_USERS:
        text = message("{users} users were requested; it is a whole number from 1 to {most}.")
        raise SettingError(text.format(users=num_users, most=MAX_USERS))


def sample(run: OpenRun, num_users: int, seed: int, least_events: int = LEAST_EVENTS) -> list[Situation]:
    """Top recommendations of up to `num_users` sampled users, in user order. Raises SettingError if there are none.

    For a model that reads events, users have `least_events` of them.
    """
    if reason := why_not(run):
        raise SettingError(reason)
    log = run.dataset.interactions
    least = 0 if isinstance(run.model, PairModel) else least_events
    eligible = np.flatnonzero(np.diff(log.offsets)[1:] >= least) + 1
    users = np.sort(np.random.default_rng(seed).permutation(eligible)[:num_users])
    situations = [
        Situation.of(run.model, log.history(user), top[0].item, run.candidates, user=user, ratings=log.ratings_of(user))
        for user, top in recommend_all(run.model, log, run.candidates, 2, users)
        if len(top) == 2  # an item without a rival cannot be explained
    ]
    if not situations:
        text = message(
            "No user has {least} events or more and a recommendation: no explanation can be judged.", least=least
        )
        raise SettingError(text)
    return situations


def why_not_randomised(model: Recommender) -> Message:
    if isinstance(model, FittedModel):
        text = message("{model} is fitted in closed form: it has no weights to randomise.")
        return text.format(model=model.title)
    if isinstance(model, Blend):
        return message("A blend has no weights of its own: measure its parts.")
    return NO_TEXT


def reinitialised(run: OpenRun, seed: int = SEED) -> Recommender | None:
    """The same architecture with freshly initialised weights; None for models without weights of their own.

    Outputs of the content towers are sampled too, with mean 0 and standard deviation 1, as after their training.
    """
    if why_not_randomised(run.model):
        return None
    config = run.model.config
    view = run.config.options.training_view(run.dataset)
    shape = shape_of(view, config.content_columns, config.user_columns, ratings=config.with_ratings)
    with Chance(seed, run.model.device).rng_scope():
        model = type(run.model)(shape, config)
        if (content := content_embedding(model)) is not None:
            content.set_item_counts(run.split.train.item_counts)
            for name in content.towers:
                content.get_buffer(f"{name}_vectors")[PAD + 1 :].normal_()
    return model.to(run.model.device).eval()


def _cases(
    run: OpenRun, situations: Sequence[Situation], tick: Tick, should_stop: Callable[[], bool]
) -> Iterator[Case]:
    """One case a user, until `should_stop`; a user that is not done by then is left out."""
    methods, random_model = methods_for(run.model), reinitialised(run)
    for done, situation in enumerate(situations):
        reference, exact = reference_of(situation), None
        case = Case(situation, {}, {}, {})
        for index, name in enumerate(methods):
            if should_stop():
                return
            tick(
                (done + index / len(methods)) / len(situations),
                message(
                    "User {number} of {users}: {method}",
                    number=done + 1,
                    users=len(situations),
                    method=METHODS[name].label,
                ),
            )
            started = time.perf_counter()
            explanation = explain(situation, name)
            case.seconds[name] = time.perf_counter() - started
            exact = exact or explanation
            case.faithfulness[name] = faithfulness(situation, explanation, exact, reference)
            if random_model is not None and done < RANDOMISED:
                case.randomised[name] = _correlation(situation, random_model, name, explanation)
        yield case
    tick(1.0, message("Done"))


def _correlation(
    situation: Situation, random_model: Recommender, method: str, explanation: Explanation
) -> float | None:
    """Rank correlation of an explanation with that of the random model by the same method."""
    history = replace(situation.scored, model=random_model)
    randomised = Situation(history, situation.item, situation.allowed_N)
    random_contributions = contributions_of(randomised, explain(randomised, method))
    return rank_correlation(contributions_of(situation, explanation), random_contributions)
