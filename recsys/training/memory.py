"""Memory used by this process and memory available, in bytes."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import torch


def peak_memory(device: torch.device) -> int:
    """Peak resident memory of this process, or peak allocated memory on a GPU.

    Linux's `ru_maxrss` is not used: a process inherits it from its parent, so a job would report that of a large
    server.
    """
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform == "linux":
        fields = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()
        return int(fields[0]) * 1024
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource  # Unix only

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(used if sys.platform == "darwin" else used * 1024)


def held_memory(device: torch.device) -> int:
    """Memory this process uses now, on a GPU the allocated memory."""
    return int(torch.cuda.memory_allocated(device) if device.type == "cuda" else psutil.Process().memory_info().rss)


def free_memory(device: torch.device) -> int:
    """Memory available to a new process."""
    return int(torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available)
