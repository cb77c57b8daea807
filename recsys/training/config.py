"""Training options besides the model's settings: seed, device, threads, protocol, held-out items, relevance threshold."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from recsys.data.dataset import Dataset
from recsys.data.interactions import Interactions
from recsys.errors import SettingError, fault_text
from recsys.messages import message
from recsys.sequences.split import Split, leave_one_out
from recsys.sequences.time_split import EARLIEST, LATEST, parse_cut, time_split

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
SplitBy = Literal["leave_one_out", "time"]
PRIVATE_MODELS = ("mlp", "gru4rec", "sasrec")  # those that DP-SGD trains


class FederatedOptions(BaseModel):
    """Federated training: clients train on their events, a server averages the changes of the weights.

    With `noise` or `epsilon`, training is differentially private with a client as its unit: changes are clipped to the
    norm `clip`, weigh the same, and the server adds Gaussian noise of `noise` * `clip` to their sum. `noise` None: the
    least with which all epochs stay within `epsilon`. `delta` None: a tenth of one over the number of clients, rounded
    down to a power of ten.
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
    noise: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description=message("Noise that the server adds in a round, relative to clip. None: from epsilon."),
    )
    epsilon: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description=message("Privacy budget (ε) at which training stops; less protects more. None: no target."),
    )
    delta: float | None = Field(
        default=None, gt=0, lt=1, description=message("Chance (δ) with which the guarantee may fail.")
    )
    clip: float | None = Field(
        default=None, gt=0, le=1e6, description=message("Norm that the change of a client is cut to.")
    )

    @model_validator(mode="after")
    def _noise_has_a_scale(self) -> FederatedOptions:
        if self.is_private and self.clip is None:
            raise ValueError(message("noise is relative to the longest change of a client; set clip as well"))
        if not self.is_private and (self.clip is not None or self.delta is not None):
            raise ValueError(message("clip and delta belong to differential privacy; set noise or epsilon as well"))
        return self

    @classmethod
    def checked(cls, **values: Any) -> FederatedOptions:
        """Build the options. Raises SettingError naming the field."""
        try:
            return cls(**values)
        except ValidationError as error:
            fault = error.errors()[0]
            if not fault["loc"]:  # of the combination
                raise SettingError(message("{fault}.", fault=fault_text(fault)), column="clip") from None
            name, text = str(fault["loc"][0]), message("{setting} = {value!r}: {fault}.")
            text = text.format(setting=name, value=str(fault["input"])[:40], fault=fault_text(fault))
            raise SettingError(text, column=name) from None

    @property
    def is_private(self) -> bool:
        """Whether training is differentially private."""
        return self.noise is not None or self.epsilon is not None

    @property
    def rounds_per_epoch(self) -> int:
        """Rounds in which each client is invited once, on average."""
        return max(1, round(1 / self.clients_per_round))

    @property
    def words(self) -> list[str]:
        """Options of the command line for what differs from the defaults."""
        words = ["--federated"]
        for name, value in self.model_dump(exclude_defaults=True).items():
            option = CLIENT_OPTIONS.get(name, f"--{name.replace('_', '-')}")
            words += [option] if value is True else [option, str(value)]
        return words


CLIENT_OPTIONS = {name: f"--client-{name}" for name in ("noise", "epsilon", "delta", "clip")}


class TrainingOptions(BaseModel):
    """`threads` None means all cores; a run stores the number and resumes with the same.

    `cut`, of the time split only, is in seconds since 1970; it may be given as an ISO date. None: `default_cut`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    seed: int = Field(
        default=1, ge=0, lt=2**31, description=message("Random seed: the same seed gives the same model.")
    )
    device: DeviceName = "auto"
    threads: int | None = Field(default=None, ge=1, le=256)
    cold_share: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        allow_inf_nan=False,
        description=message("Share of the items held out of training entirely, to test how a model does on new items."),
    )
    liked_from: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description=message(
            "Recommend what will be liked: only events with at least this rating are targets. None: all events are targets."
        ),
    )

    split_by: SplitBy = Field(
        default="leave_one_out",
        description=message("What is held out: the last two events of each user, or all events from one time on."),
    )
    cut: int | None = Field(
        default=None,
        ge=EARLIEST,
        le=LATEST,
        description=message(
            "Time of the time split: models learn from earlier events only. None: the last tenth is held out."
        ),
    )
    federated: FederatedOptions | None = None

    @field_validator("cut", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> Any:
        return parse_cut(value) if isinstance(value, str) else value

    def split(self, log: Interactions) -> Split:
        """Split the interactions by these options. Raises SettingError for options that they do not support."""
        if self.split_by == "time":
            if self.cold_share:
                text = message(
                    "A time split has cold-start items of its own: those that first occur after the cut. "
                    "Leave cold_share at 0."
                )
                raise SettingError(text, column="cold_share")
            return time_split(log, self.cut, liked_from=self.liked_from)
        if self.cut is not None:
            raise SettingError(
                message("A cut belongs to the time split. Choose split_by = time, or leave cut out."), column="cut"
            )
        return leave_one_out(log, self.cold_share, self.liked_from)

    def training_view(self, dataset: Dataset) -> Dataset:
        """The dataset as a model may see it: with a time split its interactions end where training ends."""
        if self.split_by == "leave_one_out":
            return dataset
        return replace(dataset, interactions=self.split(dataset.interactions).train)

    def resolved(self) -> TrainingOptions:
        """Replace None by the number of threads on this machine."""
        return self.model_copy(update={"threads": self.threads or os.cpu_count() or 1})
