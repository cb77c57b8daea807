"""What a training run needs besides the model's own settings: seed, device, threads."""

from __future__ import annotations

import os
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field

from recsys.errors import SettingError

DeviceName = Literal["auto", "cpu", "cuda", "mps"]


class TrainingOptions(BaseModel):
    """`threads` None means all cores; a run writes down how many that were, and goes on with as many."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Start of all chance: the same seed gives the same model.")
    device: DeviceName = "auto"
    threads: int | None = Field(default=None, ge=1, le=256)

    def resolved(self) -> TrainingOptions:
        """With the number of threads that None stands for on this machine."""
        return self.model_copy(update={"threads": self.threads or os.cpu_count() or 1})


def available_devices() -> list[str]:
    """The devices of this machine, best first."""
    devices = ["cpu"]
    if torch.backends.mps.is_available():
        devices.insert(0, "mps")
    if torch.cuda.is_available():
        devices.insert(0, "cuda")
    return devices


def resolve_device(name: str) -> torch.device:
    """The device that a name stands for here. Raises SettingError where this machine has no such device."""
    devices = available_devices()
    if name == "auto":
        return torch.device(devices[0])
    if name not in devices:
        raise SettingError(
            f"This machine has no {name}. Choose one of: {', '.join(['auto', *devices])}.", column="device"
        )
    return torch.device(name)


def set_threads(threads: int | None) -> int:
    """Sets and returns the number of threads that torch computes with."""
    if threads is not None:
        torch.set_num_threads(threads)
    return torch.get_num_threads()
