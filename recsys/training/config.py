"""Training options besides the model's settings: seed, device, threads, held-out items, relevance threshold."""

from __future__ import annotations

import os
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from recsys.messages import message

DeviceName = Literal["auto", "cpu", "cuda", "mps"]


class TrainingOptions(BaseModel):
    """`threads` None means all cores; a run stores the number and resumes with the same."""

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

    def resolved(self) -> TrainingOptions:
        """Replace None by the number of threads on this machine."""
        return self.model_copy(update={"threads": self.threads or os.cpu_count() or 1})
