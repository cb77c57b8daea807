"""What a training computes on: the devices of this machine, and how many threads."""

from __future__ import annotations

import torch

from recsys.errors import SettingError


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
