"""Privacy budget of a training, resolved from its options: noise, δ, steps, and ε after any number of epochs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recsys.errors import SettingError
from recsys.messages import message
from recsys.training.privacy_config import FederatedOptions, PrivacyOptions
from recsys.training.private.accounting import epsilon_spent, noise_for


@dataclass(frozen=True)
class Budget:
    """`noise` is relative to `clip`; `target` is the ε at which training stops, None for none.

    `rate` is the share of users, or of clients in federated training, in a step; the steps of an epoch sample each once, on
    average.
    """

    noise: float
    delta: float
    clip: float
    rate: float
    steps_per_epoch: int
    target: float | None

    def spent(self, epochs: int) -> float:
        """Upper bound of ε after this many epochs."""
        return epsilon_spent(self.noise, self.rate, epochs * self.steps_per_epoch, self.delta)

    def is_spent(self, epochs: int) -> bool:
        """Whether another epoch would exceed the target."""
        return self.target is not None and self.spent(epochs + 1) > self.target


def default_delta(num_users: int) -> float:
    """A tenth of one over the number of users, rounded down to a power of ten."""
    return float(f"1e-{math.ceil(math.log10(10 * num_users))}")


def check_delta(options: PrivacyOptions, num_users: int, federated: FederatedOptions | None = None) -> None:
    """Raise SettingError for a δ at which some users, or clients, may be left without protection."""
    num_units = _num_units(num_users, federated)
    if options.delta is None or options.delta < 1 / num_units:
        return
    text = message(
        "delta = {delta:g} allows the data of one of {users:,} users to leak entirely. Choose less than {most:.1g}, "
        "or leave delta out: it is then {usual:g}."
    )
    if federated is not None:
        text = message(
            "delta = {delta:g} allows the data of one of {users:,} clients to leak entirely. Choose less than {most:.1g}, "
            "or leave delta out: it is then {usual:g}."
        )
    usual = default_delta(num_units)
    raise SettingError(
        text.format(delta=options.delta, users=num_units, most=1 / num_units, usual=usual), column="delta"
    )


def budget_of(
    options: PrivacyOptions, num_users: int, epochs: int, federated: FederatedOptions | None = None
) -> Budget:
    """Fill in δ, and the noise that keeps `epochs` epochs within the target.

    Raises SettingError if no noise is enough, or the noise given exceeds the target in the first epoch.
    """
    check_delta(options, num_users, federated)
    delta = options.delta or default_delta(_num_units(num_users, federated))
    if federated is None:
        rate, steps_per_epoch = options.rate, math.ceil(1 / options.rate)
    else:
        rate, steps_per_epoch = federated.clients_per_round, federated.rounds_per_epoch
    noise = options.noise
    if noise is None:
        assert options.epsilon is not None
        noise = noise_for(options.epsilon, rate, epochs * steps_per_epoch, delta)
        if not math.isfinite(noise):
            text = message("No noise keeps {epochs} epochs within ε = {epsilon:g}. Choose a larger ε or fewer epochs.")
            raise SettingError(text.format(epochs=epochs, epsilon=options.epsilon), column="epsilon")
    budget = Budget(noise, delta, options.clip, rate, steps_per_epoch, options.epsilon)
    if budget.is_spent(0):
        text = message(
            "One epoch with noise {noise:g} spends ε = {spent:.2f}, more than the target {epsilon:g}. Choose more noise or a "
            "larger ε, or leave noise out: it is then computed from ε."
        )
        raise SettingError(text.format(noise=noise, spent=budget.spent(1), epsilon=options.epsilon), column="noise")
    return budget


def _num_units(num_users: int, federated: FederatedOptions | None) -> int:
    """Number of users, or of clients in federated training."""
    return num_users if federated is None else -(-num_users // federated.users_per_client)
