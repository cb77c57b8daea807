"""Membership attack on a run: can the users it was trained on be told from users it never saw?

The scores are those of evaluation/membership.py, the users those of attack_users.py; a run that saw all users is attacked
through its twin (attack_twin.py). The result is stored in the folder of the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import numpy as np

from recsys.errors import RunError, SettingError
from recsys.evaluation.membership import Fit, auc, calibrated, fit_of, roc, true_positive_rate, user_means
from recsys.messages import message
from recsys.models.base import Recommender
from recsys.runs.attack_record import LOSS, RANK, SHADOWS, Attack, AttackName, AttackScores, load_attack, save_attack
from recsys.runs.blend_parts import BLEND
from recsys.runs.store import RunFolder
from recsys.services.models.attack_exposed import exposed_users
from recsys.services.models.attack_shadows import MOST_SHADOWS, Shadows, shadow_scores
from recsys.services.models.attack_twin import attacked_run, needs_twin, why_no_attack
from recsys.services.models.attack_users import SEED, Attacked, draw_users
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.training.trainer import Stopped

USERS, FEWEST_USERS, MOST_USERS = 1000, 4, 4000  # attacked, by default, at least and at most; half of them members
NUM_SHADOWS = 4  # of the thorough attack, by default
FALSE_POSITIVES = (0.01, 0.1)  # at which the share of the members found is stored
SCORING = 0.2  # of the time of a training, for the bar of the progress

Tick = Callable[[float, str], None]  # share of the work done, current step
ShouldStop = Callable[[], bool]


def measure(
    requested: OpenRun,
    num_users: int = USERS,
    tick: Tick = lambda share, doing: None,
    *,
    workspace: Workspace,
    num_shadows: int = 0,
    should_stop: ShouldStop = lambda: False,
    on_user: Callable[[int, int], None] = lambda done, total: None,
) -> Attack:
    """Attack `num_users` users of a run, or of its twin, and store the result with the run.

    `num_shadows` shadow models, an even number, make the attack stronger and cost as many trainings. Where `should_stop`
    becomes true among them, the attack with those done so far is kept, unless an earlier one has more. Raises SettingError,
    and RunError where there are too few users, or where it is stopped before the users are scored.
    """
    started = time.monotonic()
    _check(requested, num_users, num_shadows)
    steps = _Steps(tick, needs_twin(workspace, requested.config), num_shadows)
    attacked_id = attacked_run(workspace, requested.config, should_stop, steps.of_twin)
    run = requested if attacked_id == requested.config.run_id else open_run(workspace, attacked_id)
    attacked = draw_users(run, num_users)
    on_user(0, len(attacked.users))
    try:
        fit = _fit(run, attacked, run.model, should_stop, steps.of_scores)
    except Stopped:
        raise RunError(message("Stopped before the users were scored: nothing is kept.")) from None
    on_user(len(attacked.users), len(attacked.users))
    shadows = _shadows(run, attacked, num_shadows, should_stop, steps.of_shadows)
    attack = _result(requested, run, attacked, fit, shadows).model_copy(
        update={
            "num_asked": num_users,
            "seconds": time.monotonic() - started,
            "stopped": len(shadows.scores_SU) < num_shadows,
        }
    )
    _keep(requested.folder, attack)
    tick(1.0, message("Done"))
    return attack


def _check(run: OpenRun, num_users: int, num_shadows: int) -> None:
    if reason := why_no_attack(run.config):
        raise RunError(reason)
    if not FEWEST_USERS <= num_users <= MOST_USERS:
        text = message("{users} users were requested; it is a whole number from {least} to {most}.")
        raise SettingError(text.format(users=num_users, least=FEWEST_USERS, most=MOST_USERS), column="users")
    if not 0 <= num_shadows <= MOST_SHADOWS or num_shadows % 2:
        text = message("{shadows} shadow models were requested; it is an even number from 0 to {most}.")
        raise SettingError(text.format(shadows=num_shadows, most=MOST_SHADOWS), column="shadows")
    if num_shadows and run.config.model == BLEND:
        raise SettingError(message("A blend has no shadow models. Leave --shadows out."), column="shadows")


class _Steps:
    """Tells which step of an attack is under way and how much of the whole is done: a training weighs 1."""

    def __init__(self, tick: Tick, trains_twin: bool, num_shadows: int) -> None:
        self.tick, self.num_shadows, self.begun = tick, num_shadows, float(trains_twin)
        self.total = self.begun + SCORING + num_shadows * (1 + SCORING)

    def of_twin(self, share: float) -> None:
        self.tick(self.begun * share / self.total, message("Training the twin without half of the users"))

    def of_scores(self, share: float) -> None:
        self.tick((self.begun + SCORING * share) / self.total, message("Scoring the users"))

    def of_shadows(self, number: int, share: float) -> None:
        done = self.begun + SCORING + number * (1 + SCORING) + share
        text = message("Training shadow model {number} of {models}", number=number + 1, models=self.num_shadows)
        self.tick(done / self.total, text)


def _fit(
    run: OpenRun,
    attacked: Attacked,
    model: Recommender,
    should_stop: ShouldStop,
    on_share: Callable[[float], None] = lambda share: None,
) -> Fit:
    """How well a model fits the attacked events. Raises Stopped."""

    def tick(done: int, total: int) -> None:
        if should_stop():
            raise Stopped
        on_share(done / total)

    return fit_of(model, attacked.targets, hide_seen=run.split.hide_seen, tick=tick)


def _shadows(
    run: OpenRun,
    attacked: Attacked,
    num_shadows: int,
    should_stop: ShouldStop,
    on_share: Callable[[int, float], None],
) -> Shadows:
    """The scores of the attacked users by shadow models, those done before a stop in pairs."""

    def score(model: Recommender) -> np.ndarray:
        return -user_means(attacked.targets, _fit(run, attacked, model, should_stop).losses, attacked.users)

    return shadow_scores(run, attacked.users, num_shadows, SEED, score, should_stop, on_share)


def _result(requested: OpenRun, run: OpenRun, attacked: Attacked, fit: Fit, shadows: Shadows) -> Attack:
    """The attack as it is stored, but for what was asked and how long it took."""
    of_users = partial(user_means, attacked.targets, users=attacked.users)
    fit_U = Fit(of_users(fit.losses), of_users(fit.log_ranks))
    attacks = [_scored(LOSS, -fit_U.losses, attacked), _scored(RANK, -fit_U.log_ranks, attacked)]
    if len(shadows.scores_SU):
        scores_U = calibrated(-fit_U.losses, shadows.scores_SU, shadows.is_in_SU)
        attacks.append(_scored(SHADOWS, scores_U, attacked))
    strongest = max(attacks, key=lambda attack: attack.auc)
    exposed, typical_rare, typical_rank = exposed_users(run, attacked, fit_U, np.array(strongest.scores))
    return Attack(
        weights_sha256=requested.record.weights_sha256,
        seed=SEED,
        attacked=run.config.run_id,
        num_asked=len(attacked.users),
        users=tuple(str(user_id) for user_id in run.dataset.interactions.user_ids[attacked.users]),
        is_member=tuple(attacked.is_member.tolist()),
        num_events=tuple(attacked.num_events.tolist()),
        attacks=tuple(attacks),
        exposed=exposed,
        typical_rare=typical_rare,
        typical_rank=typical_rank,
        num_shadows=len(shadows.scores_SU),
        seconds=0.0,
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _scored(name: AttackName, scores_U: np.ndarray, attacked: Attacked) -> AttackScores:
    members, others = scores_U[attacked.is_member], scores_U[~attacked.is_member]
    area, interval = auc(members, others)
    curve = roc(members, others)
    rates = (true_positive_rate(curve, FALSE_POSITIVES[0]), true_positive_rate(curve, FALSE_POSITIVES[1]))
    return AttackScores(
        name=name, auc=area, interval=interval, true_positive_rates=rates, scores=tuple(scores_U.tolist())
    )


def _keep(folder: RunFolder, attack: Attack) -> None:
    """Store the attack; one that was stopped does not replace one with more shadow models."""
    stored = load_attack(folder)
    if not attack.stopped or stored is None or stored.num_shadows <= attack.num_shadows:
        save_attack(folder, attack)
