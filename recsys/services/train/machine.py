"""What this machine has to train with."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Machine:
    """Memory in bytes; `gpu` is a name, "" without one, None where nobody knows yet."""

    cores: int
    memory: int
    memory_free: int
    gpu: str | None


def machine() -> Machine:
    memory = psutil.virtual_memory()
    return Machine(
        cores=os.cpu_count() or 1,
        memory=memory.total,
        memory_free=memory.available,
        gpu=_known_gpu(),
    )


def _known_gpu() -> str | None:
    """Only torch knows what it can use, and loading it takes seconds: not asked before something else needed it."""
    if "torch" not in sys.modules:
        return None
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def job_threads() -> int:
    """A job that the app starts leaves one core to the app."""
    return max(1, (os.cpu_count() or 2) - 1)
