"""Where an attention model looked: the weights of the newest position over the events of its window.

This is what the model read, never why it suggested: an event with much weight may change nothing. Rollout
follows the weights through the layers (Abnar & Zuidema 2020, arXiv:2005.00928). Shapes: base.py; H heads.
"""

from __future__ import annotations

import torch
from torch import Tensor

from recsys.data.interactions import PAD
from recsys.errors import SettingError
from recsys.explain.explanation import EventContribution, Explanation
from recsys.explain.quantity import quantity_of, values
from recsys.explain.situation import Situation
from recsys.models.base import Recommender, SequenceModel


def has_attention(model: Recommender) -> bool:
    """Whether the model reports weights, found by asking it about one item."""
    return isinstance(model, SequenceModel) and bool(_weights(model, torch.ones((1, 1), dtype=torch.int64)))


def attention(situation: Situation) -> Explanation:
    """Contributions are the last layer's weights, averaged over heads: they sum to 1 and add up to no score.

    Raises SettingError for a model without attention.
    """
    looks = look(situation)
    if looks is None:
        raise SettingError(f"{situation.model.title} has no attention to show. Ask for leave_one_out instead.")
    weights, rollout = looks
    mean_L = torch.tensor(weights[-1], dtype=torch.float64).mean(0).tolist()
    return Explanation(
        method="attention",
        quantity=quantity_of(situation.model).name,
        value=float(values(situation, situation.scores_1N)[0]),
        score=situation.score,
        rank=situation.rank,
        baseline=None,
        contributions=[
            EventContribution(int(situation.history[position]), position, weight)
            for position, weight in zip(situation.positions, mean_L, strict=True)
        ],
        attention=weights,
        rollout=rollout,
    )


def look(situation: Situation) -> tuple[list[list[list[float]]], list[float]] | None:
    """(layers x heads x positions, rollout over positions); None for a model without attention."""
    model = situation.model
    if not isinstance(model, SequenceModel):
        return None
    num_events = situation.num_window
    window = situation.window if num_events else [PAD]  # an empty history is one place of padding
    layers = _weights(model, torch.as_tensor(window, dtype=torch.int64)[None])
    if not layers:
        return None
    if not num_events:
        return [[[] for _ in layer_1HLL[0]] for layer_1HLL in layers], []
    last_rows = [layer_1HLL[0, :, -1].double().cpu().tolist() for layer_1HLL in layers]
    return last_rows, rollout_of([layer_1HLL[0] for layer_1HLL in layers])[-1].cpu().tolist()


def rollout_of(layers: list[Tensor]) -> Tensor:
    """[L, L] from one [H, L, L] a layer: heads averaged, the residual added as identity, layers multiplied."""
    mixed = [(layer_HLL.double().mean(0) + torch.eye(layer_HLL.shape[-1]).to(layer_HLL)) / 2 for layer_HLL in layers]
    flow_LL = mixed[0]
    for layer_LL in mixed[1:]:
        flow_LL = layer_LL @ flow_LL
    return flow_LL


@torch.inference_mode()
def _weights(model: SequenceModel, items_1L: Tensor) -> list[Tensor]:
    weights: list[Tensor] = []
    items_1L = items_1L.to(model.device)
    model.encode(model.embed(items_1L), items_1L != PAD, attention=weights)
    return weights
