"""Chance from one seed. Layers draw dropout from torch's global generator; `Chance` lends it out and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


class Chance:
    """A stream of random numbers of its own behind torch's global generators, on the CPU and one device."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.cuda = device if device.type == "cuda" else None
        with self._global():
            torch.manual_seed(seed)
            self._take()

    @contextmanager
    def rng_scope(self) -> Iterator[None]:
        """Within, torch draws from this stream; before and after, from its own as if nothing had happened."""
        with self._global():
            torch.set_rng_state(self.cpu_state)
            if self.cuda is not None:
                torch.cuda.set_rng_state(self.cuda_state, self.cuda)
            yield
            self._take()

    def _global(self):  # type: ignore[no-untyped-def]  # the type of torch's own context manager
        return torch.random.fork_rng(devices=[] if self.cuda is None else [self.cuda])

    def _take(self) -> None:
        self.cpu_state = torch.get_rng_state()
        if self.cuda is not None:
            self.cuda_state = torch.cuda.get_rng_state(self.cuda)
