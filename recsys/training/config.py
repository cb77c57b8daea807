"""Training options besides the model's settings: seed, device, threads, protocol, held-out items, relevance threshold."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from recsys.data.dataset import Dataset
from recsys.data.interactions import Interactions
from recsys.errors import SettingError
from recsys.messages import message
from recsys.sequences.split import Split, leave_one_out
from recsys.sequences.time_split import EARLIEST, LATEST, parse_cut, time_split

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
SplitBy = Literal["leave_one_out", "time"]
PRIVATE_MODELS = ("mlp", "gru4rec", "sasrec")  # those that DP-SGD trains


class PrivacyOptions(BaseModel):
    """Differential privacy per user, by DP-SGD (private/private_trainer.py).

    `noise` None: the least with which the planned epochs stay within `epsilon`. `delta` None: a tenth of one over the
    number of users, rounded down to a power of ten. The gradient of nearly every user is longer than `clip`, so that users
    count equally. Chosen on validation of the sample: sasrec quick at ε = 8 has NDCG@10 .124 with a rate of .1.
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
    clip: float = Field(default=0.5, gt=0, le=1e6, description=message("Norm that the gradient of a user is cut to."))
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
    privacy: PrivacyOptions | None = None

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
