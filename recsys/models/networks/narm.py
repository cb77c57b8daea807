"""NARM: a GRU with attention over its earlier hidden states, after Li et al. (2017), arXiv:1711.04725.

As in the paper, the newest hidden state h_l (the global session) is concatenated with a weighted sum of all hidden
states up to it, with weights v' sigmoid(A1 h_l + A2 h_j) (the main purpose). Differences: a softmax over the weights,
so that they sum to 1; full-softmax cross-entropy at every position; and a bilinear decoder tied to the item embedding.
Shapes: base.py; H hidden dimensions, A attention dimensions.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from recsys.messages import message
from recsys.models.networks.gru import GRU
from recsys.models.networks.recurrent import RecurrentConfig, RecurrentModel
from recsys.models.search_range import searched


class NARMConfig(RecurrentConfig):
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        **RecurrentConfig.presets,
        "thorough": {**RecurrentConfig.presets["thorough"], "attention_dim": 32},
    }
    attention_dim: int = Field(
        16,
        ge=2,
        le=64,
        description=message("Numbers used to compare two memories."),
        json_schema_extra=searched(8, 64, "power of two"),
    )


class SigmoidSum(torch.autograd.Function):
    """Attention logits_BLL[b, l, j] = sum over a of weigh[a] sigmoid(newest[b, l, a] + earlier[b, j, a]).

    Computed for one `a` at a time in reused buffers, and recomputed in the backward pass. Autograd would keep A tensors
    of [B, L, L]: 655 MB for 64 histories of 200 events and A = 64.
    """

    @staticmethod
    def forward(ctx: Any, weigh_A: Tensor, newest_BLA: Tensor, earlier_BLA: Tensor) -> Tensor:
        ctx.save_for_backward(weigh_A, newest_BLA, earlier_BLA)
        batch, length, num_dims = newest_BLA.shape
        logits_BLL = newest_BLA.new_zeros(batch, length, length)
        part_BLL = torch.empty_like(logits_BLL)
        for a in range(num_dims):
            _sigmoid(newest_BLA, earlier_BLA, a, part_BLL)
            logits_BLL += part_BLL.mul_(weigh_A[a])
        return logits_BLL

    @staticmethod
    def backward(ctx: Any, grad_BLL: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        weigh_A, newest_BLA, earlier_BLA = ctx.saved_tensors
        grads = torch.empty_like(weigh_A), torch.empty_like(newest_BLA), torch.empty_like(earlier_BLA)
        part_BLL, slope_BLL = torch.empty_like(grad_BLL), torch.empty_like(grad_BLL)
        for a in range(len(weigh_A)):
            _sigmoid(newest_BLA, earlier_BLA, a, part_BLL)
            torch.mul(grad_BLL, part_BLL, out=slope_BLL)
            grads[0][a] = slope_BLL.sum()
            slope_BLL.addcmul_(slope_BLL, part_BLL, value=-1).mul_(weigh_A[a])  # weigh grad s (1 - s)
            grads[1][..., a] = slope_BLL.sum(2)
            grads[2][..., a] = slope_BLL.sum(1)
        return grads


def _sigmoid(newest_BLA: Tensor, earlier_BLA: Tensor, a: int, out_BLL: Tensor) -> None:
    torch.add(newest_BLA[:, :, None, a], earlier_BLA[:, None, :, a], out=out_BLL).sigmoid_()


class NARM(RecurrentModel):
    name, title, family = "narm", "NARM", "RNN"
    tagline = message("Memory that also looks back")
    summary = message(
        "Keeps a running memory and looks back at what it held before. Wins on sessions that return to a theme."
    )
    Config = NARMConfig
    cell, has_bias, layers_name = GRU, False, "gru"
    has_attention = True

    def make_output(self, config: RecurrentConfig, num_states: int = 2) -> None:
        assert isinstance(config, NARMConfig)
        self.newest = nn.Linear(config.hidden_dim, config.attention_dim, bias=False)
        self.earlier = nn.Linear(config.hidden_dim, config.attention_dim, bias=False)
        self.weigh = nn.Parameter(torch.empty(config.attention_dim).normal_(std=config.attention_dim**-0.5))
        super().make_output(config, num_states)

    def encode(self, x_BMD: Tensor, real_BM: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        h_BMH = self.hidden_states(x_BMD, real_BM)
        weights_BMM = self.attention_weights(h_BMH, real_BM)
        if attention is not None:
            attention.append(weights_BMM[:, None].detach())
        return self.norm(self.out(self.drop(torch.cat([h_BMH, weights_BMM @ h_BMH], dim=-1))))

    def attention_weights(self, h_BLH: Tensor, real_BL: Tensor) -> Tensor:
        """Compute attention weights_BLL of each position over the positions up to itself; rows sum to 1.

        A position always attends to itself, so that rows of padding stay finite (real positions never read them).
        """
        logits_BLL = SigmoidSum.apply(self.weigh, self.newest(h_BLH), self.earlier(h_BLH))
        at_L = torch.arange(real_BL.shape[1], device=real_BL.device)
        distance_LL = at_L[:, None] - at_L
        seen_BLL = (distance_LL >= 0) & (real_BL[:, None] | (distance_LL == 0))
        return torch.softmax(logits_BLL.masked_fill(~seen_BLL, float("-inf")), dim=-1)
