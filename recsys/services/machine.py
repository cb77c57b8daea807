"""What this machine has to train with."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

import psutil
import torch

from recsys.training.config import available_devices


@dataclass(frozen=True)
class Machine:
    """Memory in bytes; `gpu` is a name or None."""

    cores: int
    memory: int
    memory_free: int
    gpu: str | None
    devices: tuple[str, ...]
    system: str


def machine() -> Machine:
    memory = psutil.virtual_memory()
    return Machine(
        cores=os.cpu_count() or 1,
        memory=memory.total,
        memory_free=memory.available,
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        devices=tuple(available_devices()),
        system=f"{platform.system()}, Python {platform.python_version()}",
    )


def job_threads() -> int:
    """A job that the app starts leaves one core to the app."""
    return max(1, (os.cpu_count() or 2) - 1)
