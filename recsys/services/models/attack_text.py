"""What a membership attack says, in words and as the answer of the command."""

from __future__ import annotations

from typing import Any

import numpy as np

from recsys.evaluation.membership import Curve, roc
from recsys.messages import Message, message, plural
from recsys.models import MODELS
from recsys.models.base import PairModel
from recsys.runs.attack_record import LOSS, RANK, SHADOWS, Attack, AttackScores, ExposedUser
from recsys.runs.record import RunConfig
from recsys.services.models.attack_exposed import RARE
from recsys.services.models.attack_users import EVENTS

NAMES: dict[str, Message] = {
    LOSS: message("Loss threshold"),
    RANK: message("Rank threshold"),
    SHADOWS: message("Shadow models"),
}
HELP: dict[str, Message] = {
    LOSS: message("The model gives a member's events a higher probability (Yeom et al. 2018)."),
    RANK: message("The model ranks a member's events higher; for this, lists are enough (Zhang et al. 2021)."),
    SHADOWS: message(
        "The loss, less what models of the same kind give the same user with and without their events (Watson et al. 2022, "
        "Carlini et al. 2022)."
    ),
}
MOST_POINTS = 100  # of a curve


def verdict(attack: Attack) -> Message:
    """The result in one sentence: what someone with the model and a user's events learns."""
    strongest = attack.strongest
    low, high = strongest.interval
    values = {"cases": 100 * strongest.auc, "auc": strongest.auc, "low": low, "high": high}
    if low <= 0.5 <= high:
        return message(
            "No better than guessing: someone with this model and the events of two users, one of them a member, picks the "
            "member in about {cases:.0f} of 100 cases; guessing gives 50 (AUC {auc:.2f}, 95% interval {low:.2f} to {high:.2f}).",
            **values,
        )
    if high < 0.5:
        return message(
            "The attack is wrong more often than guessing: it picks the member of two users in about {cases:.0f} of 100 cases "
            "(AUC {auc:.2f}, 95% interval {low:.2f} to {high:.2f}).",
            **values,
        )
    return message(
        "Someone with this model and the events of two users, one of them a member, picks the member in about {cases:.0f} of "
        "100 cases; guessing gives 50 (AUC {auc:.2f}, 95% interval {low:.2f} to {high:.2f}).",
        **values,
    )


def basis(attack: Attack, run_id: str) -> Message:
    """Whom and what the attack is about: the users, their events, and the twin where there was one."""
    users = plural(
        "Attacked with {n:,} member and {others:,} held-out users, by up to {events} training events of each.",
        "Attacked with {n:,} members and {others:,} held-out users, by up to {events} training events of each.",
        attack.num_members, others=attack.num_others, events=EVENTS,
    )  # fmt: skip
    if attack.attacked == run_id:
        return users
    twin = message(
        "This model was trained on all users, so its twin {twin} was attacked: the same settings and seed, half of the users "
        "held out. A model trained on more users usually gives away less about each.",
        twin=attack.attacked,
    )
    return message(" ").join([users, twin])


def notes(attack: Attack, config: RunConfig) -> list[Message]:
    """What has to be known to read the result."""
    texts: list[Message] = []
    if config.model in MODELS and issubclass(MODELS[config.model], PairModel):
        texts.append(
            message(
                "This model has a vector for each user it was trained on and one vector for all others: that alone gives "
                "members away."
            )
        )
    if attack.stopped:
        texts.append(
            message("The attack was stopped early, with {models} shadow models trained.", models=attack.num_shadows)
        )
    return texts


def reason(attack: Attack, user: ExposedUser) -> Message:
    """Why a member is exposed, in words."""
    if user.reason == "rare":
        return message(
            "{rare} of their {events} events are of items with at most {few} users in training; for all members it is "
            "{typical:.0%}.",
            rare=user.num_rare, events=user.num_events, few=RARE, typical=attack.typical_rare,
        )  # fmt: skip
    if user.reason == "few":
        return plural(
            "Only {n} event was attacked: the fit of so few varies the most.",
            "Only {n} events were attacked: the fit of so few varies the most.",
            user.num_events,
        )
    if user.reason == "fit":
        return message(
            "The model ranks their events at about {rank:.0f}, those of the median member at about {typical:.0f}.",
            rank=user.rank, typical=attack.typical_rank,
        )  # fmt: skip
    return message("Nothing sets them apart: their items, the number of their events and their ranks are usual.")


def curve_of(attack: Attack, scores: AttackScores) -> Curve:
    """ROC curve of one attack, at most MOST_POINTS points spread evenly over the users."""
    values, is_member = np.array(scores.scores), np.array(attack.is_member)
    curve = roc(values[is_member], values[~is_member])
    if len(curve.thresholds) <= MOST_POINTS:
        return curve
    at = np.unique(np.linspace(0, len(curve.thresholds) - 1, MOST_POINTS).round().astype(int))
    return Curve(curve.thresholds[at], curve.false_positives[at], curve.true_positives[at])


def as_json(attack: Attack, config: RunConfig) -> dict[str, Any]:
    """The answer of the `attack` command; `attack` is the strongest."""
    strongest = attack.strongest
    return {
        "attacked": attack.attacked,
        "is_twin": attack.attacked != config.run_id,
        "attack": {"name": strongest.name, "auc": strongest.auc, "interval": strongest.interval},
        "sentence": verdict(attack),
        "basis": basis(attack, config.run_id),
        "notes": notes(attack, config),
        "num_members": attack.num_members,
        "num_others": attack.num_others,
        "num_shadows": attack.num_shadows,
        "attacks": [_row(attack, scores) for scores in attack.attacks],
        "exposed": [{**user.model_dump(), "reason": reason(attack, user)} for user in attack.exposed],
        "seconds": attack.seconds,
        "stopped": attack.stopped,
    }


def _row(attack: Attack, scores: AttackScores) -> dict[str, Any]:
    curve = curve_of(attack, scores)
    points = [curve.false_positives, curve.true_positives]
    return {
        "name": scores.name,
        "auc": scores.auc,
        "interval": scores.interval,
        "true_positive_rate_at_1_percent": scores.true_positive_rates[0],
        "true_positive_rate_at_10_percent": scores.true_positive_rates[1],
        "curve": [list(map(float, pair)) for pair in zip(*points, strict=True)],
    }
