"""Training options besides the model's settings: seed, device, threads, protocol, held-out items and users, relevance
threshold."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from recsys.data.dataset import Dataset
from recsys.data.interactions import Interactions
from recsys.errors import SettingError
from recsys.messages import message
from recsys.sequences.held_out_users import draw_held_out_users, without_users
from recsys.sequences.split import Split, leave_one_out
from recsys.sequences.time_split import EARLIEST, LATEST, iso, parse_cut, time_split
from recsys.training.privacy_config import FederatedOptions, PrivacyOptions

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
SplitBy = Literal["leave_one_out", "time"]
PRIVATE_MODELS = ("mlp", "gru4rec", "sasrec")  # those that DP-SGD trains


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
    held_out_users: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        allow_inf_nan=False,
        description=message(
            "Share of the users held out entirely, for a membership attack: training, validation and test never see them."
        ),
    )
    privacy: PrivacyOptions | None = None
    federated: FederatedOptions | None = None

    @field_validator("cut", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> Any:
        return parse_cut(value) if isinstance(value, str) else value

    def split(self, log: Interactions) -> Split:
        """Split the interactions by these options. Raises SettingError for options that they do not support."""
        users = draw_held_out_users(log, self.held_out_users)
        return replace(self._split(without_users(log, users)), held_out_users=users)

    def _split(self, log: Interactions) -> Split:
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
        """The dataset as a model may see it: with a time split its interactions end where training ends.

        Held-out users keep their place in the table of users and have no event.
        """
        if self.split_by == "time":
            return replace(dataset, interactions=self.split(dataset.interactions).train)
        if not self.held_out_users:
            return dataset
        return replace(dataset, interactions=self.split(dataset.interactions).log)

    def resolved(self) -> TrainingOptions:
        """Replace None by the number of threads on this machine."""
        return self.model_copy(update={"threads": self.threads or os.cpu_count() or 1})

    def as_arguments(self) -> list[str]:
        """Options of the commands `train` and `estimate` for what differs from the defaults."""
        words = ["--seed", str(self.seed)] if self.seed != 1 else []
        words += ["--device", self.device] if self.device != "auto" else []
        words += [] if self.threads is None else ["--threads", str(self.threads)]
        words += ["--cold-share", str(self.cold_share)] if self.cold_share else []
        words += [] if self.liked_from is None else [f"--liked-from={self.liked_from}"]
        words += ["--split-by", self.split_by] if self.split_by != "leave_one_out" else []
        words += [] if self.cut is None else ["--cut", iso(self.cut)]
        words += ["--held-out-users", str(self.held_out_users)] if self.held_out_users else []
        words += [] if self.privacy is None else self.privacy.as_arguments()
        return words + ([] if self.federated is None else self.federated.as_arguments())
