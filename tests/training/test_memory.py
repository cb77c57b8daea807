import subprocess
import sys

import torch

from recsys.training.memory import free_memory, held_memory, peak_memory

CPU = torch.device("cpu")


def test_a_process_with_torch_holds_more_than_fifty_megabytes():
    assert 50e6 < held_memory(CPU) <= peak_memory(CPU) < 1e12
    assert free_memory(CPU) > 0


def test_the_peak_remembers_what_was_given_back():
    before = held_memory(CPU)
    block = bytearray(b"x") * 300_000_000
    del block
    assert peak_memory(CPU) >= before + 250e6


def test_the_peak_of_a_process_is_not_that_of_the_one_that_started_it():
    block = bytearray(b"x") * 900_000_000
    code = "import torch; from recsys.training.memory import peak_memory; print(peak_memory(torch.device('cpu')))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    del block
    assert int(said) < 800e6
