"""The way from knowing nothing to what the model reads, which gradients are followed along and inputs are put back on.

The inputs are the embeddings of past events (items with their ratings) and of who asks, or a pair model's fields. The
padding mask stays the one of the real events while embeddings vary; both ends are computed with that mask. Who asks
begins as a user without known features, a vector that the model has learnt, so that the part of a stranger is 0.
Refuses models without embeddings. Shapes: base.py; S shares of the way, F fields, I inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import PAD, UNKNOWN_USER
from recsys.errors import SettingError
from recsys.explain.quantity import values
from recsys.explain.situation import Situation
from recsys.models.base import PairModel, SequenceModel

Inputs = tuple[Tensor, ...]  # each [1, ...], what the attribution is shared out over
Start = Literal["zeros", "average"]  # what events begin with: nothing, or the average item, rated nobody knows how

ROWS = 32  # points of a path held at a time
CELLS = 2_000_000  # numbers of the widest table of a batch: bounds memory, not results


@dataclass(frozen=True)
class Path:
    """The quantity as a function of embeddings, from `baselines` to `inputs`."""

    quantity: Callable[..., Tensor]
    inputs: Inputs
    baselines: Inputs
    rows: int

    def between(self, alphas_S: np.ndarray) -> Inputs:
        """For each input [S, ...]: the points at these shares of the way."""
        alphas = torch.as_tensor(alphas_S, dtype=self.inputs[0].dtype, device=self.inputs[0].device)
        return tuple(
            base + alphas.view(-1, *[1] * (x.dim() - 1)) * (x - base)
            for x, base in zip(self.inputs, self.baselines, strict=True)
        )

    @torch.no_grad()
    def at(self, alphas_S: np.ndarray) -> np.ndarray:
        """[S] the quantity at these shares of the way."""
        parts = [
            self.quantity(*self.between(alphas_S[start : start + self.rows])).double().cpu()
            for start in range(0, len(alphas_S), self.rows)
        ]
        return torch.cat(parts).numpy()

    def ends(self) -> tuple[float, float]:
        """(the quantity at `inputs`, at `baselines`)."""
        baseline, value = self.at(np.array([0.0, 1.0])).tolist()
        return value, baseline

    @torch.no_grad()
    def with_some(self, there_BF: np.ndarray) -> np.ndarray:
        """[B] float64 the quantity with these fields as they are and the others as they begin; for a pair model."""
        there_FB1 = torch.from_numpy(there_BF.T.copy())[..., None].to(self.inputs[0].device)
        fields = zip(there_FB1, self.inputs, self.baselines, strict=True)
        return self.quantity(*(torch.where(there_B1, x, base) for there_B1, x, base in fields)).double().cpu().numpy()


def reads_nothing(situation: Situation) -> bool:
    is_sequence = isinstance(situation.model, SequenceModel)
    return is_sequence and not situation.num_window and situation.features_name is None


def path_of(situation: Situation, start: Start = "zeros") -> Path:
    """Raises SettingError for a model without embeddings. The fields of a pair model begin with `model.baseline()`."""
    model = situation.model
    if isinstance(model, SequenceModel):
        items_1L, users_1, ratings_1L = situation.inputs()
        x_1MD, real_1M = model.inputs(items_1L, users_1, ratings_1L)
        begin_1MD = _begin(model, items_1L, start)
        x_1MD, begin_1MD = (rows_1MD[:, real_1M[0]].detach() for rows_1MD in (x_1MD, begin_1MD))

        def margin(more_BMD: Tensor) -> Tensor:
            real_BM = torch.ones(more_BMD.shape[:2], dtype=torch.bool, device=more_BMD.device)
            return values(situation, model.project(model.state(begin_1MD + more_BMD, real_BM)))

        more_1MD = x_1MD - begin_1MD
        widest = max(model.num_items + 1, situation.num_window**2)
        return Path(margin, (more_1MD,), (torch.zeros_like(more_1MD),), max(1, min(ROWS, CELLS // widest)))
    if isinstance(model, PairModel):
        user, item = (torch.tensor([index], device=model.device) for index in (situation.user, situation.item))
        fields = tuple(x.detach() for x in model.embed_pairs(user, item))
        unknown = tuple(x.detach() for x in model.baseline())
        return Path(lambda *embedded: model.logit(embedded), fields, unknown, ROWS)
    raise SettingError(f"{model.title} is fitted in closed form and has no embeddings. Ask for leave_one_out instead.")


def _begin(model: SequenceModel, items_1L: Tensor, start: Start) -> Tensor:
    """[1, M, D]: a stranger and, in the places of the events, what they begin with."""
    real_1L = items_1L != PAD
    begin_1LD = torch.zeros_like(model.embed(items_1L))
    if start == "average":
        mean_D = model.item_embedding.weight[PAD + 1 :].mean(0)
        begin_1LD = model.rated(mean_D * real_1L[..., None], real_1L, None)
    return model.with_users(begin_1LD, real_1L, torch.tensor([UNKNOWN_USER], device=model.device))[0]


def per_input(attributions: Inputs) -> np.ndarray:
    """[S, M] of the positions of the one input, or [S, F] of the fields, summed over the numbers of each."""
    if len(attributions) == 1:
        return attributions[0].detach().double().sum(-1).cpu().numpy()
    return torch.stack([a.detach().double().flatten(1).sum(1) for a in attributions], dim=1).cpu().numpy()


def numbered(inputs: Inputs) -> Inputs:
    """For captum's masks: one number for each position of the one input, or for each field."""
    if len(inputs) == 1:
        return (torch.arange(inputs[0].shape[1], device=inputs[0].device)[None, :, None],)
    return tuple(torch.full((1, 1), position, device=x.device) for position, x in enumerate(inputs))
