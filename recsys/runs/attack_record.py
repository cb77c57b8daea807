"""Result of a membership attack on a run, stored as `attack.json` in its folder.

Like the measured faithfulness (trust_record.py) it is derived from weights and dataset: it is neither exported nor imported, and
used only with the weights and the version it was measured with, if it is as it was written.
"""

from __future__ import annotations

from typing import Literal

from recsys.runs.checked_json import Frozen, is_changed, load_checked, save_checked
from recsys.runs.store import RunFolder

ATTACK, VERSION = "attack.json", 1

AttackName = Literal["loss", "rank", "shadows"]
LOSS: AttackName = "loss"
RANK: AttackName = "rank"
SHADOWS: AttackName = "shadows"
Reason = Literal["rare", "fit", "few", "none"]


class AttackScores(Frozen):
    """One attack: AUC with its 95 % interval, and the score of each attacked user, in their order.

    `true_positive_rates` are the shares of members that are found at 1 % and at 10 % false positives.
    """

    name: AttackName
    auc: float
    interval: tuple[float, float]
    true_positive_rates: tuple[float, float]
    scores: tuple[float, ...]


class ExposedUser(Frozen):
    """A member with a high score: `as_high` is the share of non-members that score at least as much.

    Of the `num_events` events that were attacked, `num_rare` are of items with few users in training; `rank` is the
    geometric mean of the ranks of the events. `reason` is what sets the user apart from other members.
    """

    user: str
    score: float
    as_high: float
    num_events: int
    num_rare: int
    rank: float
    reason: Reason


class Attack(Frozen):
    """Attacks on the run `attacked`: the run itself, or a twin that held half of the users out.

    The three tuples of the `users` (ids), whether each `is_member` and their `num_events` attacked have the same order.
    `typical_rare` is the mean share of rare events of the members, `typical_rank` the median of their ranks.
    `num_shadows` shadow models were trained; `stopped` before all that were requested.
    """

    version: int = VERSION
    weights_sha256: str
    seed: int
    attacked: str
    num_asked: int
    users: tuple[str, ...]
    is_member: tuple[bool, ...]
    num_events: tuple[int, ...]
    attacks: tuple[AttackScores, ...]
    exposed: tuple[ExposedUser, ...]
    typical_rare: float
    typical_rank: float
    num_shadows: int
    seconds: float
    measured: str
    stopped: bool = False

    @property
    def strongest(self) -> AttackScores:
        """The attack with the highest AUC: what has to be expected of someone who tries them all."""
        return max(self.attacks, key=lambda attack: attack.auc)

    @property
    def num_members(self) -> int:
        return sum(self.is_member)

    @property
    def num_others(self) -> int:
        return len(self.is_member) - self.num_members


def load_attack(folder: RunFolder) -> Attack | None:
    """Load the result; None if there is none, if it is damaged, or if the weights or the version have changed."""
    attack, record = load_checked(folder.path / ATTACK, Attack), folder.record
    if attack is None or record is None:
        return None
    return attack if attack.weights_sha256 == record.weights_sha256 and attack.version == VERSION else None


def is_attack_damaged(folder: RunFolder) -> bool:
    """Whether the stored result is not as it was written, so that it cannot be used."""
    return is_changed(folder.path / ATTACK)


def save_attack(folder: RunFolder, attack: Attack) -> None:
    save_checked(folder.path / ATTACK, attack)
