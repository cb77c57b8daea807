"""Where an attention model looked: the weights of the newest position over the events of its window.

This is what the model read, never why it recommended: an event with much weight may change nothing. Rollout
follows the weights through the layers (Abnar & Zuidema 2020, arXiv:2005.00928). Shapes: base.py; H heads.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from recsys.errors import SettingError
from recsys.explain.answer import answer
from recsys.explain.explanation import Explanation
from recsys.explain.quantity import values
from recsys.explain.situation import Situation
from recsys.models.base import Recommender, SequenceModel


def has_attention(model: Recommender) -> bool:
    """Whether the model reports attention weights: a property of its class, so no forward pass is needed."""
    return isinstance(model, SequenceModel) and model.has_attention


def attention(situation: Situation) -> Explanation:
    """Contributions are the last layer's weights, averaged over heads; they add up to no score.

    With the weight on the user's features, where the model knows any, they sum to 1. Raises SettingError for a model
    without attention, and where two items are compared.
    """
    weights, rollout = _looks(situation)
    return _looked(situation, "attention", torch.tensor(weights[-1], dtype=torch.float64).mean(0), weights, rollout)


def attention_rollout(situation: Situation) -> Explanation:
    """The same with contributions that are followed through all layers: the rollout."""
    weights, rollout = _looks(situation)
    followed_L = torch.tensor(rollout, dtype=torch.float64)
    return _looked(situation, "attention_rollout", followed_L, weights, rollout)


def _looks(situation: Situation) -> tuple[list[list[list[float]]], list[float]]:
    if situation.against is not None:
        raise SettingError(
            "Where the model looked is the same for every item, so attention cannot tell two apart. "
            "Ask for leave_one_out instead."
        )
    looks = look(situation)
    if looks is None:
        raise SettingError(f"{situation.model.title} has no attention to show. Ask for leave_one_out instead.")
    return looks


def _looked(
    situation: Situation, method: str, weights_L: Tensor, weights: list[list[list[float]]], rollout: list[float]
) -> Explanation:
    value = float(values(situation, situation.scores_1N)[0])
    shares_M = weights_L.tolist()
    if situation.features_name is not None:  # who asks gets what the events leave
        shares_M = [1 - float(weights_L.sum()), *shares_M]
    return replace(answer(situation, method, shares_M, value), attention=weights, rollout=rollout)


def look(situation: Situation) -> tuple[list[list[list[float]]], list[float]] | None:
    """(layers x heads x positions, rollout over positions); None for a model without attention."""
    model = situation.model
    if not isinstance(model, SequenceModel) or not model.has_attention:
        return None
    num_events = situation.num_window
    layers = _weights(model, *situation.inputs())
    start = layers[0].shape[-1] - num_events  # what stands before the events is padding, or who asks
    last_rows = [layer_1HMM[0, :, -1, start:].double().cpu().tolist() for layer_1HMM in layers]
    return last_rows, rollout_of([layer_1HMM[0] for layer_1HMM in layers])[-1, start:].cpu().tolist()


def rollout_of(layers: list[Tensor]) -> Tensor:
    """[L, L] from one [H, L, L] a layer: heads averaged, the residual added as identity, layers multiplied."""
    mixed = [(layer_HLL.double().mean(0) + torch.eye(layer_HLL.shape[-1]).to(layer_HLL)) / 2 for layer_HLL in layers]
    flow_LL = mixed[0]
    for layer_LL in mixed[1:]:
        flow_LL = layer_LL @ flow_LL
    return flow_LL


@torch.inference_mode()
def _weights(model: SequenceModel, items_1L: Tensor, users_1: Tensor, ratings_1L: Tensor | None = None) -> list[Tensor]:
    weights: list[Tensor] = []
    model.encode(*model.inputs(items_1L, users_1, ratings_1L), attention=weights)
    return weights
