"""Hardware of this machine: cores, memory and GPU."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Machine:
    """Memory in bytes; `gpu` is its name, "" without one, None if torch is not loaded yet."""

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
        gpu=_gpu_name(),
    )


def _gpu_name() -> str | None:
    """Name of the GPU. Needs torch, which takes seconds to load, so None until something else has imported it."""
    if "torch" not in sys.modules:
        return None
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def job_threads() -> int:
    """Number of threads for a job: all cores but one, which is left to the app."""
    return max(1, (os.cpu_count() or 2) - 1)
