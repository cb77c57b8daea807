"""Privacy budget of a training, resolved from its options: noise, δ, steps, and ε after any number of epochs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recsys.errors import SettingError
from recsys.messages import message
from recsys.training.config import PrivacyOptions
from recsys.training.private.accounting import epsilon_spent, noise_for


@dataclass(frozen=True)
class Budget:
    """`noise` is relative to `clip`; `target` is the ε at which training stops, None for none."""

    noise: float
    delta: float
    clip: float
    rate: float
    target: float | None

    @property
    def steps_per_epoch(self) -> int:
        """Steps in which each user is sampled once, on average."""
        return math.ceil(1 / self.rate)

    def spent(self, epochs: int) -> float:
        """Upper bound of ε after this many epochs."""
        return epsilon_spent(self.noise, self.rate, epochs * self.steps_per_epoch, self.delta)

    def is_spent(self, epochs: int) -> bool:
        """Whether another epoch would exceed the target."""
        return self.target is not None and self.spent(epochs + 1) > self.target


def default_delta(num_users: int) -> float:
    """A tenth of one over the number of users, rounded down to a power of ten."""
    return float(f"1e-{math.ceil(math.log10(10 * num_users))}")


def check_delta(options: PrivacyOptions, num_users: int) -> None:
    """Raise SettingError for a δ at which some users may be left without protection."""
    if options.delta is not None and options.delta >= 1 / num_users:
        raise SettingError(
            message(
                "delta = {delta:g} allows the data of one of {users:,} users to leak entirely. Choose less than {most:.1g}, "
                "or leave delta out: it is then {usual:g}.",
                delta=options.delta,
                users=num_users,
                most=1 / num_users,
                usual=default_delta(num_users),
            ),
            column="delta",
        )


def budget_of(options: PrivacyOptions, num_users: int, epochs: int) -> Budget:
    """Fill in δ, and the noise that keeps `epochs` epochs within the target.

    Raises SettingError if no noise is enough, or the noise given exceeds the target in the first epoch.
    """
    check_delta(options, num_users)
    delta = options.delta or default_delta(num_users)
    steps = epochs * math.ceil(1 / options.rate)
    noise = options.noise
    if noise is None:
        assert options.epsilon is not None
        noise = noise_for(options.epsilon, options.rate, steps, delta)
        if not math.isfinite(noise):
            text = message("No noise keeps {epochs} epochs within ε = {epsilon:g}. Choose a larger ε or fewer epochs.")
            raise SettingError(text.format(epochs=epochs, epsilon=options.epsilon), column="epsilon")
    budget = Budget(noise, delta, options.clip, options.rate, options.epsilon)
    if budget.is_spent(0):
        text = message(
            "One epoch with noise {noise:g} spends ε = {spent:.2f}, more than the target {epsilon:g}. Choose more noise or a "
            "larger ε, or leave noise out: it is then computed from ε."
        )
        raise SettingError(text.format(noise=noise, spent=budget.spent(1), epsilon=options.epsilon), column="noise")
    return budget
