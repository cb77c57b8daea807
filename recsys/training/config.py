"""What a training run needs besides the model's own settings: seed, device, threads, items held out, targets."""

from __future__ import annotations

import os
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DeviceName = Literal["auto", "cpu", "cuda", "mps"]


class TrainingOptions(BaseModel):
    """`threads` None means all cores; a run writes down how many that were, and goes on with as many."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Start of all chance: the same seed gives the same model.")
    device: DeviceName = "auto"
    threads: int | None = Field(default=None, ge=1, le=256)
    cold_share: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        allow_inf_nan=False,
        description="Share of the items held out of training entirely, to test how a model does on new items.",
    )
    liked_from: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Recommend what will be liked: only events rated this or more are targets. None: every event is one.",
    )

    def resolved(self) -> TrainingOptions:
        """With the number of threads that None stands for on this machine."""
        return self.model_copy(update={"threads": self.threads or os.cpu_count() or 1})
