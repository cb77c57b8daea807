"""Reproducible randomness: a seeded stream that temporarily replaces torch's global generators, which dropout uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


class Chance:
    """A separate stream of random numbers behind torch's global generators, on the CPU and one device."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.cuda = device if device.type == "cuda" else None
        with self._fork():
            torch.manual_seed(seed)
            self._save_state()

    @contextmanager
    def rng_scope(self) -> Iterator[None]:
        """Within the block torch draws from this stream; afterwards its own state is restored."""
        with self._fork():
            torch.set_rng_state(self.cpu_state)
            if self.cuda is not None:
                torch.cuda.set_rng_state(self.cuda_state, self.cuda)
            yield
            self._save_state()

    def _fork(self):  # type: ignore[no-untyped-def]  # the type of torch's context manager
        return torch.random.fork_rng(devices=[] if self.cuda is None else [self.cuda])

    def _save_state(self) -> None:
        self.cpu_state = torch.get_rng_state()
        if self.cuda is not None:
            self.cuda_state = torch.cuda.get_rng_state(self.cuda)


def seed_layers(seed: int, device: torch.device) -> None:
    """Like torch.manual_seed, for the CPU and `device` alone: looking for other kinds takes a tenth of a millisecond."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
