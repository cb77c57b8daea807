"""What a process has held and what is free, in bytes."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import psutil
import torch


def peak_memory(device: torch.device) -> int:
    """The most this process has held, or on a GPU the most that was allocated there.

    Not Linux's `ru_maxrss`: a process starts with that of the one that started it, so that a job of a large
    server would report the server's.
    """
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform == "linux":
        fields = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()
        return int(fields[0]) * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(used if sys.platform == "darwin" else used * 1024)


def held_memory(device: torch.device) -> int:
    """What this process, or its part of a GPU, holds now."""
    return int(torch.cuda.memory_allocated(device) if device.type == "cuda" else psutil.Process().memory_info().rss)


def free_memory(device: torch.device) -> int:
    """What a new process could have."""
    return int(torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available)
