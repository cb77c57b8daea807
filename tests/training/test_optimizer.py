"""The optimizers update weights as torch's own do, and do not import its compiler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from recsys.training import optimizer

ROOT = Path(__file__).resolve().parents[2]
TRAIN = """
import sys
from torch import device
from recsys.models.base import Shape
from recsys.sequences.split import leave_one_out
from recsys.training.trainer import Trainer
from tests.worlds.logs import without_a_rule
from tests.worlds.small_models import build_model
log = without_a_rule(num_users=20)
for name in ("gru4rec", "sasrec", "caser", "mlp"):
    model = build_model(name, Shape(log.num_users, log.num_items), epochs=1)
    trainer = Trainer(model, leave_one_out(log), seed=1, device=device("cpu"))
    assert list(trainer.run())
print("torch._dynamo" in sys.modules)
"""


def after_three_steps(kind: type[torch.optim.Optimizer], **settings: object) -> Tensor:
    weight = torch.nn.Parameter(torch.linspace(-1, 1, 12).reshape(3, 4))
    chosen = kind([weight], lr=0.1, **settings)  # type: ignore[call-arg]
    for power in (2, 3, 4):
        chosen.zero_grad(set_to_none=True)
        weight.pow(power).sum().backward()
        chosen.step()
    return weight.detach()


@pytest.mark.parametrize(
    ("ours", "torchs", "settings"),
    [
        (optimizer.Adam, torch.optim.Adam, {"betas": (0.9, 0.98), "fused": True}),
        (optimizer.AdamW, torch.optim.AdamW, {"weight_decay": 1.0}),
    ],
)
def test_the_updates_equal_those_of_torch(
    ours: type[torch.optim.Optimizer], torchs: type[torch.optim.Optimizer], settings: dict[str, object]
) -> None:
    assert torch.equal(after_three_steps(ours, **settings), after_three_steps(torchs, **settings))


def test_a_training_does_not_import_the_compiler() -> None:
    finished = subprocess.run([sys.executable, "-c", TRAIN], cwd=ROOT, capture_output=True, text=True, check=True)
    assert finished.stdout.split() == ["False"]
