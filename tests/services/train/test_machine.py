"""What the machine has is told without loading torch for it."""

import subprocess
import sys

CODE = "import sys; from recsys.services.train.machine import machine; {}; print(machine().gpu is None, 'torch' in sys.modules)"


def told(before: str) -> str:
    return subprocess.check_output([sys.executable, "-c", CODE.format(before)], text=True).strip()


def test_the_gpu_is_named_once_torch_is_loaded_and_torch_is_not_loaded_for_it() -> None:
    assert told("pass") == "True False"
    assert told("import torch") == "False True"
