"""Adam without torch's compiler, and its state as named tensors.

Torch's optimizers import the compiler (seconds, 70 MB) to exclude themselves from compilation. Nothing here is compiled.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

for _method in (Optimizer.add_param_group, Optimizer.zero_grad, Optimizer.state_dict, Optimizer.load_state_dict):
    _plain: Any = getattr(_method, "__wrapped__", _method)
    _plain.__dynamo_disable = _plain  # where torch looks for the method that its compiler leaves alone


class Adam(torch.optim.Adam):
    step = torch.no_grad()(getattr(torch.optim.Adam.step, "__wrapped__", torch.optim.Adam.step))


class AdamW(torch.optim.AdamW):
    step = Adam.step


def pack(optimizer: Optimizer) -> dict[str, Tensor]:
    """The optimizer's tensors under flat names for safetensors, such as "3.exp_avg" for parameter 3."""
    state = optimizer.state_dict()["state"]
    return {f"{index}.{name}": torch.as_tensor(value) for index, part in state.items() for name, value in part.items()}


def unpack(optimizer: Optimizer, packed: dict[str, Tensor]) -> dict[str, object]:
    """Inverse of `pack`, for `optimizer.load_state_dict`."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in packed.items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value.clone()  # the optimizer changes its state in place
    return {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
