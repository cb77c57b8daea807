"""Options of private and of federated training."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recsys.messages import message

PRIVATE_MODELS = ("mlp", "gru4rec", "sasrec")  # those that DP-SGD trains


class PrivacyOptions(BaseModel):
    """Differential privacy: per user by DP-SGD (private/), or in federated training per client by DP-FedAvg (federated/).

    `noise` None: the least with which the planned epochs stay within `epsilon`. `delta` None: a tenth of one over the
    number of users, or clients, rounded down to a power of ten. `rate` is not of federated training. The gradient of nearly
    every user is longer than `clip`, so that users count equally. Clip and rate were chosen on validation of the sample.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    epsilon: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description=message("Privacy budget (ε) at which training stops; less protects more. None: no target."),
    )
    noise: float | None = Field(
        default=None,
        gt=0,
        le=10_000,
        description=message("Noise added in a step, relative to clip. None: from epsilon."),
    )
    delta: float | None = Field(
        default=None, gt=0, lt=1, description=message("Chance (δ) with which the guarantee may fail.")
    )
    clip: float = Field(
        default=0.5,
        gt=0,
        le=1e6,
        description=message("Norm that the gradient of a user, or the change of a client, is cut to."),
    )
    rate: float = Field(
        default=0.1, ge=1e-4, le=1, description=message("Share of users in a step, each drawn independently.")
    )

    @model_validator(mode="after")
    def has_epsilon_or_noise(self) -> PrivacyOptions:
        if self.epsilon is None and self.noise is None:
            raise ValueError(message("a private training needs epsilon or noise: neither is given"))
        return self

    def as_arguments(self) -> list[str]:
        """Options of the commands `train` and `estimate` that choose the same."""
        default, words = PrivacyOptions(epsilon=1), []
        for name in ("epsilon", "noise", "delta", "clip", "rate"):
            value = getattr(self, name)
            if value is not None and (name in ("epsilon", "noise") or value != getattr(default, name)):
                words += [f"--{'user-rate' if name == 'rate' else name}", str(value)]
        return words


class FederatedOptions(BaseModel):
    """Federated training: clients train on their events, a server averages the changes of the weights.

    With PrivacyOptions besides, a client is the unit of privacy: changes are clipped, weigh the same, and the server adds
    the noise to their sum; `clients_per_round` is then the share of clients in a step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    clients_per_round: float = Field(
        default=0.1, gt=0, le=1, description=message("Share of the clients that a round invites.")
    )
    users_per_client: int = Field(
        default=1, ge=1, le=100_000, description=message("Users whose events a client holds.")
    )
    local_epochs: int = Field(
        default=1, ge=1, le=100, description=message("Passes of a client over its events in a round.")
    )
    local_learning_rate: float = Field(
        default=0.1, gt=0, le=100, description=message("Size of a client's steps of gradient descent.")
    )
    server: Literal["average", "adam"] = Field(
        default="adam",
        description=message(
            "What the server does with the average change: take it (FedAvg), or take an Adam step along it with "
            "learning_rate (FedAdam)."
        ),
    )
    dropouts: float = Field(
        default=0.0, ge=0, le=0.9, description=message("Share of the invited clients that leave before they answer.")
    )
    secure: bool = Field(
        default=False,
        description=message("Secure aggregation: masks hide each change, so that the server sees only sums."),
    )

    @property
    def rounds_per_epoch(self) -> int:
        """Rounds in which each client is invited once, on average."""
        return max(1, round(1 / self.clients_per_round))

    def as_arguments(self) -> list[str]:
        """Options of the commands `train` and `estimate` that choose the same."""
        words = ["--federated"]
        for name, value in self.model_dump(exclude_defaults=True).items():
            option = f"--{name.replace('_', '-')}"
            words += [option] if value is True else [option, str(value)]
        return words
