"""Devices of this machine and the number of threads."""

from __future__ import annotations

import torch

from recsys.errors import SettingError
from recsys.messages import message


def available_devices() -> list[str]:
    """Names of the devices of this machine, best first."""
    devices = ["cpu"]
    if torch.backends.mps.is_available():
        devices.insert(0, "mps")
    if torch.cuda.is_available():
        devices.insert(0, "cuda")
    return devices


def resolve_device(name: str) -> torch.device:
    """The device for a name or "auto". Raises SettingError if this machine does not have it."""
    devices = available_devices()
    if name == "auto":
        return torch.device(devices[0])
    if name not in devices:
        raise SettingError(
            message(
                "This machine has no {name}. Choose one of: {devices}.",
                name=name,
                devices=", ".join(["auto", *devices]),
            ),
            column="device",
        )
    return torch.device(name)


def set_threads(threads: int | None) -> int:
    """Set and return the number of threads torch uses."""
    if threads is not None:
        torch.set_num_threads(threads)
    return torch.get_num_threads()
