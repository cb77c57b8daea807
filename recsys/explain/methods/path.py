"""Path from a baseline to the embedded inputs of a model, for integrated gradients and ablation.

The inputs are the embeddings of past events (items with their ratings) and of the user features, or a pair model's
fields. The padding mask follows the real events while embeddings vary, at both ends of the path. The baseline of the
user is the learnt vector of a user without features, so the contribution of an unknown user is 0. Refuses models
without embeddings. Shapes: base.py; S points of the path, F fields, I inputs.
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
from recsys.messages import message
from recsys.models.base import PairModel, SequenceModel

Inputs = tuple[Tensor, ...]  # each [1, ...], the embeddings that get attributions
Start = Literal["zeros", "average"]  # baseline of events: zeros, or the average item with an unknown rating

ROWS = 32  # points of a path evaluated at a time
CELLS = 2_000_000  # numbers in the largest tensor of a batch: bounds memory, not results


@dataclass(frozen=True)
class Path:
    """Explained quantity as a function of embeddings, on the straight path from `baselines` to `inputs`."""

    quantity: Callable[..., Tensor]
    inputs: Inputs
    baselines: Inputs
    rows: int

    def between(self, alphas_S: np.ndarray) -> Inputs:
        """Interpolate each input at `alphas_S`: 0 is the baseline, 1 the input. Returns [S, ...] per input."""
        alphas = torch.as_tensor(alphas_S, dtype=self.inputs[0].dtype, device=self.inputs[0].device)
        return tuple(
            base + alphas.view(-1, *[1] * (x.dim() - 1)) * (x - base)
            for x, base in zip(self.inputs, self.baselines, strict=True)
        )

    @torch.no_grad()
    def at(self, alphas_S: np.ndarray) -> np.ndarray:
        """Compute the quantity at `alphas_S`, [S]."""
        parts = [
            self.quantity(*self.between(alphas_S[start : start + self.rows])).double().cpu()
            for start in range(0, len(alphas_S), self.rows)
        ]
        return torch.cat(parts).numpy()

    def ends(self) -> tuple[float, float]:
        """Compute the quantity at (`inputs`, `baselines`)."""
        baseline, value = self.at(np.array([0.0, 1.0])).tolist()
        return value, baseline

    @torch.no_grad()
    def with_fields(self, present_BF: np.ndarray) -> np.ndarray:
        """Compute the quantity for sets of fields, the others at their baseline: [B] float64; pair models only."""
        present_FB1 = torch.from_numpy(present_BF.T.copy())[..., None].to(self.inputs[0].device)
        fields = zip(present_FB1, self.inputs, self.baselines, strict=True)
        return self.quantity(*(torch.where(present, x, base) for present, x, base in fields)).double().cpu().numpy()


def has_no_inputs(situation: Situation) -> bool:
    """Whether a sequence model has neither events nor user features to read."""
    is_sequence = isinstance(situation.model, SequenceModel)
    return is_sequence and not situation.num_window and situation.features_name is None


def path_of(situation: Situation, start: Start = "zeros") -> Path:
    """Build the path of a situation; pair models start at `model.baseline()`.

    Raises SettingError for a model without embeddings.
    """
    model = situation.model
    if isinstance(model, SequenceModel):
        items_1L, users_1, ratings_1L = situation.scored.inputs()
        x_1MD, real_1M = model.inputs(items_1L, users_1, ratings_1L)
        baseline_1MD = _baseline_embeddings(model, items_1L, start)
        x_1MD, baseline_1MD = (rows_1MD[:, real_1M[0]].detach() for rows_1MD in (x_1MD, baseline_1MD))

        def margin(shift_BMD: Tensor) -> Tensor:
            real_BM = torch.ones(shift_BMD.shape[:2], dtype=torch.bool, device=shift_BMD.device)
            return values(situation, model.project(model.state(baseline_1MD + shift_BMD, real_BM)))

        shift_1MD = x_1MD - baseline_1MD
        row_size = max(model.num_items + 1, situation.num_window**2)
        return Path(margin, (shift_1MD,), (torch.zeros_like(shift_1MD),), max(1, min(ROWS, CELLS // row_size)))
    if isinstance(model, PairModel):
        user, item = (torch.tensor([index], device=model.device) for index in (situation.user, situation.item))
        fields = tuple(x.detach() for x in model.embed_pairs(user, item))
        baselines = tuple(x.detach() for x in model.baseline())
        return Path(lambda *embedded: model.logit(embedded), fields, baselines, ROWS)
    raise SettingError(
        message(
            "{model} is fitted in closed form and has no embeddings. Choose leave_one_out instead.", model=model.title
        )
    )


def _baseline_embeddings(model: SequenceModel, items_1L: Tensor, start: Start) -> Tensor:
    """Baseline embeddings [1, M, D]: an unknown user, and zeros or the average item at each event."""
    real_1L = items_1L != PAD
    baseline_1LD = torch.zeros_like(model.embed(items_1L))
    if start == "average":
        mean_D = model.item_embedding.weight[PAD + 1 :].mean(0)
        baseline_1LD = model.rated(mean_D * real_1L[..., None], real_1L, None)
    return model.with_users(baseline_1LD, real_1L, torch.tensor([UNKNOWN_USER], device=model.device))[0]


def per_input(attributions: Inputs) -> np.ndarray:
    """Sum attributions over embedding dimensions: [S, M] of a sequence's positions, or [S, F] of fields."""
    if len(attributions) == 1:
        return attributions[0].detach().double().sum(-1).cpu().numpy()
    return torch.stack([a.detach().double().flatten(1).sum(1) for a in attributions], dim=1).cpu().numpy()


def feature_masks(inputs: Inputs) -> Inputs:
    """Number the positions of a sequence, or the fields, for captum's `feature_mask`."""
    if len(inputs) == 1:
        return (torch.arange(inputs[0].shape[1], device=inputs[0].device)[None, :, None],)
    return tuple(torch.full((1, 1), position, device=x.device) for position, x in enumerate(inputs))
