"""Persona what-ifs: copies of a model that share its weights but use other features for one user."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TypeVar

from torch import nn

from recsys.models.base import PairModel, Recommender, SequenceModel
from recsys.models.inputs.fields import user_field

M = TypeVar("M", bound=nn.Module)
ORIGIN = "shares_weights_with"


def persona_twin(model: Recommender, user: int, codes: Mapping[str, int]) -> Recommender:
    """Copy `model` with other feature codes (inputs/traits.py) for one user; `model` is unchanged.

    Weights are shared. Features that the model does not read are ignored. In a blend, every component model is changed.
    """
    twin = _twin(model)
    if isinstance(model, SequenceModel) and model.user_embedding is not None:
        embedding = _twin(model.user_embedding)
        codes_UF = model.user_embedding.codes_UF.clone()
        for column, name in enumerate(model.user_embedding.names):
            codes_UF[user, column] = codes.get(name, int(codes_UF[user, column]))
        embedding._buffers["codes_UF"] = codes_UF
        twin._modules["user_embedding"] = embedding
    elif isinstance(model, PairModel):
        for name, code in codes.items():
            if user_field(name) in model.fields:
                buffer = f"codes_{model.fields.index(user_field(name))}"
                codes_U = model.get_buffer(buffer).clone()
                codes_U[user] = code
                twin._buffers[buffer] = codes_U
    for name, child in model.named_children():
        if isinstance(child, nn.ModuleList) and all(isinstance(part, Recommender) for part in child):
            twin._modules[name] = nn.ModuleList(persona_twin(part, user, codes) for part in child)  # type: ignore[arg-type]
    return twin


def origin(model: nn.Module) -> nn.Module:
    """Return the model whose weights, hooks and gradients this one shares; itself if it is no persona twin."""
    origin_model: nn.Module = getattr(model, ORIGIN, model)
    return origin_model


def _twin(module: M) -> M:
    twin = copy.copy(module)
    twin._buffers, twin._modules = dict(module._buffers), dict(module._modules)
    object.__setattr__(twin, ORIGIN, origin(module))
    return twin
