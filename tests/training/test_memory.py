import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch

from recsys.training.memory import free_memory, held_memory, peak_memory

CPU = torch.device("cpu")


def test_a_process_with_torch_holds_more_than_fifty_megabytes():
    assert 50e6 < held_memory(CPU) <= peak_memory(CPU) < 1e12
    assert free_memory(CPU) > 0


def test_without_the_unix_module_the_peak_is_that_of_windows(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "resource", None)  # importing it raises ImportError, as on Windows
    monkeypatch.setattr(psutil.Process, "memory_info", lambda process: SimpleNamespace(rss=7, peak_wset=9))
    memory = runpy.run_path(str(Path(peak_memory.__code__.co_filename)))
    assert (memory["held_memory"](CPU), memory["peak_memory"](CPU)) == (7, 9)


def test_the_peak_remembers_what_was_given_back():
    before = held_memory(CPU)
    block = bytearray(b"x") * 300_000_000
    del block
    assert peak_memory(CPU) >= before + 250e6


CHILD = """
import numpy as np, torch
from recsys.training.memory import held_memory, peak_memory
cpu, rng = torch.device("cpu"), np.random.default_rng(0)
torch.set_num_threads(1)
print(peak_memory(cpu))
from recsys.models.base import Shape
from recsys.models.fitted.ease import EASE, EASEConfig
from tests.worlds.logs import log_of
def peak(num_items):
    before = held_memory(cpu)
    log = log_of(*(rng.integers(1, num_items + 1, 50) for _ in range(500)), num_items=num_items)
    EASE(Shape(500, num_items), EASEConfig()).fit(log)
    return peak_memory(cpu) - before
peak(500)  # loads what is loaded at first use
print(peak(1500) / (8 * 1501**2))
"""


@pytest.fixture(scope="module")
def child():
    """What a process with little memory says that was started by one with much: its peak, and EASE's in tables."""
    block = bytearray(b"x") * 500_000_000
    said = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True).stdout
    del block
    return [float(line) for line in said.splitlines()]


def test_the_peak_of_a_process_is_not_that_of_the_one_that_started_it(child):
    assert child[0] < 400e6


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere an array may be copied when it shrinks")
def test_fitting_ease_needs_the_memory_of_one_table(child):
    assert 0.9 < child[1] < 1.5
