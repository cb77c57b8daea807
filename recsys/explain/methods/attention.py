"""Attention weights of the newest position over the events of its window, and attention rollout.

Attention shows what the model read, not why it recommended: removing an event with a large weight may change nothing.
Rollout combines the weights of all layers (Abnar & Zuidema 2020, arXiv:2005.00928). Shapes: base.py; H heads.
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
from recsys.messages import message
from recsys.models.base import Recommender, SequenceModel


def has_attention(model: Recommender) -> bool:
    """Whether the model reports attention weights; needs no forward pass."""
    return isinstance(model, SequenceModel) and model.has_attention


def attention(situation: Situation) -> Explanation:
    """Explain by the last layer's attention weights, averaged over heads. They do not add up to a score.

    With the weight of the user features, if the model reads any, they sum to 1. Raises SettingError for a
    model without attention and for contrastive explanations.
    """
    weights, rollout = _checked_attention(situation)
    return _explanation(
        situation, "attention", torch.tensor(weights[-1], dtype=torch.float64).mean(0), weights, rollout
    )


def attention_rollout(situation: Situation) -> Explanation:
    """Explain by attention rollout over all layers; errors as for `attention`."""
    weights, rollout = _checked_attention(situation)
    rollout_L = torch.tensor(rollout, dtype=torch.float64)
    return _explanation(situation, "attention_rollout", rollout_L, weights, rollout)


def _checked_attention(situation: Situation) -> tuple[list[list[list[float]]], list[float]]:
    if situation.against is not None:
        raise SettingError(
            message(
                "Attention is the same for every item, so it cannot explain the difference of two items. Choose "
                "leave_one_out instead."
            )
        )
    weights_and_rollout = look(situation)
    if weights_and_rollout is None:
        raise SettingError(
            message("{model} has no attention to show. Choose leave_one_out instead.", model=situation.model.title)
        )
    return weights_and_rollout


def _explanation(
    situation: Situation, method: str, weights_L: Tensor, weights: list[list[list[float]]], rollout: list[float]
) -> Explanation:
    value = float(values(situation, situation.scores_1N)[0])
    shares_M = weights_L.tolist()
    if situation.features_name is not None:  # the user features get the rest
        shares_M = [1 - float(weights_L.sum()), *shares_M]
    return replace(answer(situation, method, shares_M, value), attention=weights, rollout=rollout)


def look(situation: Situation) -> tuple[list[list[list[float]]], list[float]] | None:
    """Compute (layers x heads x positions, rollout over positions) of the newest position; None without attention."""
    model = situation.model
    if not isinstance(model, SequenceModel) or not model.has_attention:
        return None
    num_events = situation.num_window
    layers = _weights(model, *situation.scored.inputs())
    first_event = layers[0].shape[-1] - num_events  # before the events: padding or the user vector
    last_rows = [layer_1HMM[0, :, -1, first_event:].double().cpu().tolist() for layer_1HMM in layers]
    return last_rows, rollout_of([layer_1HMM[0] for layer_1HMM in layers])[-1, first_event:].cpu().tolist()


def rollout_of(layers: list[Tensor]) -> Tensor:
    """Compute attention rollout [L, L] from one [H, L, L] per layer.

    Heads are averaged, the residual connection is added as identity, and layers are multiplied.
    """
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
