"""NARM: a GRU whose memories are looked back at, after Li et al. (2017), arXiv:1711.04725.

As in the paper, the newest memory h_l (what the session is about as a whole) stands beside a mix of all memories
so far, weighed by v' sigmoid(A1 h_l + A2 h_j) (its main purpose). Other than there: the weights go through a
softmax, so that they can be read as shares; every position is learnt from, with full-softmax cross-entropy; and the
bilinear decoder uses the one item embedding that is read, too. Shapes: base.py; H numbers of memory, A of attention.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from recsys.models.networks.recurrent import RecurrentConfig, RecurrentModel


class NARMConfig(RecurrentConfig):
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        **RecurrentConfig.presets,
        "thorough": {**RecurrentConfig.presets["thorough"], "attention_dim": 32},
    }
    attention_dim: int = Field(16, ge=2, le=64, description="Numbers by which two memories are compared.")


class NARM(RecurrentModel):
    name, title, family = "narm", "NARM", "RNN"
    summary = "Keeps a running memory and looks back at what it held before. Wins on sessions that return to a theme."
    Config = NARMConfig
    cell, has_bias, layers_name = nn.GRU, False, "gru"
    has_attention = True

    def make_output(self, config: RecurrentConfig, num_states: int = 2) -> None:
        assert isinstance(config, NARMConfig)
        self.newest = nn.Linear(config.hidden_dim, config.attention_dim, bias=False)
        self.earlier = nn.Linear(config.hidden_dim, config.attention_dim, bias=False)
        self.weigh = nn.Parameter(torch.empty(config.attention_dim).normal_(std=config.attention_dim**-0.5))
        super().make_output(config, num_states)

    def encode(self, x_BMD: Tensor, real_BM: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        memory_BMH = self.hidden_states(x_BMD, real_BM)
        weights_BMM = self.look_back(memory_BMH, real_BM)
        if attention is not None:
            attention.append(weights_BMM[:, None].detach())
        return self.norm(self.out(self.drop(torch.cat([memory_BMH, weights_BMM @ memory_BMH], dim=-1))))

    def look_back(self, memory_BLH: Tensor, real_BL: Tensor) -> Tensor:
        """weights_BLL: how much each position looks at each one up to itself; the rows sum to 1.

        A position always sees itself, so that rows of padding stay finite (nothing real ever reads them).
        """
        numbers = zip(self.weigh, self.newest(memory_BLH).unbind(-1), self.earlier(memory_BLH).unbind(-1), strict=True)
        logits_BLL = torch.zeros((), device=memory_BLH.device)
        for weight, newest_BL, earlier_BL in numbers:  # one at a time: [B, L, L, A] would be large
            logits_BLL = logits_BLL + weight * torch.sigmoid(newest_BL[:, :, None] + earlier_BL[:, None])
        at_L = torch.arange(real_BL.shape[1], device=real_BL.device)
        distance_LL = at_L[:, None] - at_L
        seen_BLL = (distance_LL >= 0) & (real_BL[:, None] | (distance_LL == 0))
        return torch.softmax(logits_BLL.masked_fill(~seen_BLL, float("-inf")), dim=-1)
