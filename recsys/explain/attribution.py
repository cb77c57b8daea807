"""Gradient attributions with captum: integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365) and
gradient x input, over the embeddings of past events (items with their ratings) and of who asks, or of a pair model's
fields.

The padding mask stays the one of the real events while embeddings vary; both ends of the path are computed here
with that mask, so that attributions add up to their difference. Events begin with zeros; who asks begins as somebody
of whom nothing is known, a vector that the model has learnt, so that the part of a stranger is 0. Events outside the
window get nothing. Refuses models without gradients. Shapes: base.py; S segments of a path, F fields, I inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from captum.attr import InputXGradient, IntegratedGradients
from torch import Tensor

from recsys.data.interactions import PAD, UNKNOWN_USER
from recsys.errors import SettingError
from recsys.explain.explanation import EventContribution, Explanation, FeatureContribution, completeness_gap
from recsys.explain.locks import CUDNN_LOCK, lock_of
from recsys.explain.quantity import quantity_asked, values
from recsys.explain.situation import Situation
from recsys.models.base import PairModel, Recommender, SequenceModel

Inputs = tuple[Tensor, ...]  # each [1, ...], what the attribution is shared out over

POINTS = 8  # of Gauss-Legendre quadrature in each segment
FIRST_SEGMENTS = 4
MAX_STEPS = 1024  # points in the final sum; what still does not add up is shown as the gap
TOLERANCE = 0.01  # of value - baseline
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


def integrated_gradients(situation: Situation) -> Explanation:
    """Each input's share of value - baseline; the baseline has zero embeddings for events and nobody known who asks
    (fields: `model.baseline()`).

    The path is cut into segments, short ones near the baseline, and each segment that does not add up is halved
    until `completeness_gap` is below TOLERANCE or MAX_STEPS are spent.
    """
    if _reads_nothing(situation):
        value = float(values(situation, situation.scores_1N)[0])
        return _explanation(situation, "integrated_gradients", np.array([]), value, value, 0)
    with _gradients(situation.model):
        path = path_of(situation)
        shares_I, steps = integrate(path)
        baseline, value = path.at(np.array([0.0, 1.0]))
    return _explanation(situation, "integrated_gradients", shares_I, float(value), float(baseline), steps)


def gradient_x_input(situation: Situation) -> Explanation:
    """The gradient at the intact history times the embeddings: a first-order guess, which need not add up."""
    if _reads_nothing(situation):
        value = float(values(situation, situation.scores_1N)[0])
        return _explanation(situation, "gradient_x_input", np.array([]), value, None, None)
    with _gradients(situation.model):
        path = path_of(situation)
        inputs = tuple(x.requires_grad_() for x in path.inputs)
        products = InputXGradient(path.quantity).attribute(inputs)
        value = float(path.at(np.array([1.0]))[0])
    return _explanation(situation, "gradient_x_input", _per_input(products)[0], value, None, None)


def _reads_nothing(situation: Situation) -> bool:
    is_sequence = isinstance(situation.model, SequenceModel)
    return is_sequence and not situation.num_window and situation.features_name is None


def path_of(situation: Situation) -> Path:
    """Raises SettingError for a model without embeddings."""
    model = situation.model
    if isinstance(model, SequenceModel):
        items_1L, users_1, ratings_1L = situation.inputs()
        x_1MD, real_1M = model.inputs(items_1L, users_1, ratings_1L)
        stranger_1MD, _ = model.with_users(
            torch.zeros_like(model.embed(items_1L)), items_1L != PAD, torch.tensor([UNKNOWN_USER], device=model.device)
        )
        x_1MD, begin_1MD = (rows_1MD[:, real_1M[0]].detach() for rows_1MD in (x_1MD, stranger_1MD))

        def margin(more_BMD: Tensor) -> Tensor:
            real_BM = torch.ones(more_BMD.shape[:2], dtype=torch.bool, device=more_BMD.device)
            return values(situation, model.project(model.encode(begin_1MD + more_BMD, real_BM)[:, -1]))

        more_1MD = x_1MD - begin_1MD
        widest = max(model.num_items + 1, situation.num_window**2)
        return Path(margin, (more_1MD,), (torch.zeros_like(more_1MD),), max(1, min(ROWS, CELLS // widest)))
    if isinstance(model, PairModel):
        user, item = (torch.tensor([index], device=model.device) for index in (situation.user, situation.item))
        fields = tuple(x.detach() for x in model.embed_pairs(user, item))
        unknown = tuple(x.detach() for x in model.baseline())
        return Path(lambda *embedded: model.logit(embedded), fields, unknown, ROWS)
    raise SettingError(
        f"{model.title} is fitted in closed form and has no gradients to follow. Ask for leave_one_out instead."
    )


def integrate(path: Path) -> tuple[np.ndarray, int]:
    """([M] or [F] shares, number of points in their sum), by segments that are halved where they do not add up."""
    edges = np.linspace(0, 1, FIRST_SEGMENTS + 1)
    starts, ends = edges[:-1], edges[1:]  # in t; the share of the way is t^3, crowded at the baseline
    shares_SI, risen_S = _segments(path, starts, ends)
    while True:
        errors_S = np.abs(shares_SI.sum(1) - risen_S)
        allowed = TOLERANCE * max(abs(float(risen_S.sum())), 0.01)
        room = MAX_STEPS // POINTS - len(starts)
        if errors_S.sum() < allowed or room <= 0:
            return shares_SI.sum(0), len(starts) * POINTS
        worst_first = np.argsort(-errors_S, kind="stable")
        split = worst_first[errors_S[worst_first] > allowed / (2 * len(starts))][:room]
        keep = np.setdiff1d(np.arange(len(starts)), split)
        middles = (starts[split] + ends[split]) / 2
        new_starts, new_ends = np.concatenate([starts[split], middles]), np.concatenate([middles, ends[split]])
        new_SI, new_S = _segments(path, new_starts, new_ends)
        starts, ends = np.concatenate([starts[keep], new_starts]), np.concatenate([ends[keep], new_ends])
        shares_SI, risen_S = np.concatenate([shares_SI[keep], new_SI]), np.concatenate([risen_S[keep], new_S])


def _segments(path: Path, starts_S: np.ndarray, ends_S: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """([S, inputs] shares, [S] rise of the quantity) of each stretch of the path, a bounded number at a time."""
    method = IntegratedGradients(path.quantity)
    chunk = max(1, path.rows // POINTS)
    shares = []
    for first in range(0, len(starts_S), chunk):
        part = slice(first, first + chunk)
        attributions = method.attribute(
            path.between(ends_S[part] ** 3),
            baselines=path.between(starts_S[part] ** 3),
            n_steps=POINTS,
            internal_batch_size=path.rows,
        )
        shares.append(_per_input(attributions))
    return np.concatenate(shares), path.at(ends_S**3) - path.at(starts_S**3)


def _per_input(attributions: Inputs) -> np.ndarray:
    """[S, M] of the positions of the one input, or [S, F] of the fields, summed over the numbers of each."""
    if len(attributions) == 1:
        return attributions[0].detach().double().sum(-1).cpu().numpy()
    return torch.stack([a.detach().double().flatten(1).sum(1) for a in attributions], dim=1).cpu().numpy()


@contextmanager
def _gradients(model: Recommender) -> Iterator[None]:
    """Alone with the model, gradients on. cuDNN has no backward pass for recurrent nets in evaluation mode."""
    with ExitStack() as stack:
        stack.enter_context(lock_of(model))
        if model.device.type == "cuda":
            stack.enter_context(CUDNN_LOCK)
            stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        stack.enter_context(torch.enable_grad())
        yield


def _explanation(
    situation: Situation,
    method: str,
    shares_I: np.ndarray,
    value: float,
    baseline: float | None,
    steps: int | None,
) -> Explanation:
    model = situation.model
    contributions: list[EventContribution] | list[FeatureContribution]
    name = situation.features_name
    features = () if name is None else (FeatureContribution(name, float(shares_I[0])),)
    if isinstance(model, PairModel):
        contributions = [
            FeatureContribution(field, float(share)) for field, share in zip(model.fields, shares_I, strict=True)
        ]
    else:
        contributions = [
            EventContribution(int(situation.history[position]), position, float(share))
            for position, share in zip(situation.positions, shares_I[len(features) :], strict=True)
        ]
    gap = None if baseline is None else completeness_gap(float(shares_I.sum()), value, baseline)
    return Explanation(
        method=method,
        quantity=quantity_asked(situation).name,
        value=value,
        score=situation.score,
        rank=situation.rank,
        baseline=baseline,
        contributions=contributions,
        features=features,
        completeness_gap=gap,
        steps=steps,
    )
