"""Gradient attributions with captum: integrated gradients and gradient x input.

Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365) depend on the baseline of the path (Sturmfels et al.
2020, Distill, "Visualizing the impact of feature attribution baselines"), so there are two baselines whose results can
be compared. Events outside the window get no contribution. Refuses models without gradients. Shapes: path.py; S
segments of a path.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from captum.attr import InputXGradient, IntegratedGradients

from recsys.errors import RecsysError
from recsys.explain.answer import answer
from recsys.explain.explanation import Explanation
from recsys.explain.locks import CUDNN_LOCK, lock_of
from recsys.explain.methods.path import Path, Start, has_no_inputs, path_of, per_input
from recsys.explain.quantity import values
from recsys.explain.situation import NOT_FINITE, Situation
from recsys.models.base import Recommender

POINTS = 8  # of Gauss-Legendre quadrature in each segment
FIRST_SEGMENTS = 4
MAX_STEPS = 1024  # most points in the final sum; the remaining error is the completeness gap
TOLERANCE = 0.01  # of value - baseline


def integrated_gradients(situation: Situation) -> Explanation:
    """Compute integrated gradients from zero event embeddings and an unknown user (pair models: `model.baseline()`).

    The path is cut into segments, short ones near the baseline. Segments that do not add up are halved until
    `completeness_gap` is below TOLERANCE or MAX_STEPS is reached.
    """
    return _integrated(situation, "integrated_gradients", "zeros")


def integrated_gradients_mean(situation: Situation) -> Explanation:
    """Compute integrated gradients from the mean item embedding at each event, its rating unknown."""
    return _integrated(situation, "integrated_gradients_mean", "average")


def _integrated(situation: Situation, method: str, start: Start) -> Explanation:
    if has_no_inputs(situation):
        value = float(values(situation, situation.scores_1N)[0])
        return answer(situation, method, [], value, value, adds_up=True, steps=0)
    with _gradients(situation.model):
        path = path_of(situation, start)
        shares_I, steps = integrate(path)
        value, baseline = path.ends()
    return answer(situation, method, shares_I.tolist(), value, baseline, adds_up=True, steps=steps)


def gradient_x_input(situation: Situation) -> Explanation:
    """Compute the gradient at the full history times the embeddings: a first-order estimate that need not add up."""
    if has_no_inputs(situation):
        return answer(situation, "gradient_x_input", [], float(values(situation, situation.scores_1N)[0]))
    with _gradients(situation.model):
        path = path_of(situation)
        inputs = tuple(x.requires_grad_() for x in path.inputs)
        products = InputXGradient(path.quantity).attribute(inputs)
        value, _ = path.ends()
    return answer(situation, "gradient_x_input", per_input(products)[0].tolist(), value)


def integrate(path: Path) -> tuple[np.ndarray, int]:
    """Integrate gradients along a path, halving segments that do not add up.

    Returns ([M] or [F] contributions, number of points). Raises RecsysError if a score or gradient is not finite.
    """
    edges = np.linspace(0, 1, FIRST_SEGMENTS + 1)
    starts, ends = edges[:-1], edges[1:]  # in t; the interpolation weight is t^3, dense near the baseline
    shares_SI, change_S = _segments(path, starts, ends)
    while True:
        errors_S = np.abs(shares_SI.sum(1) - change_S)
        if not np.isfinite(errors_S).all():
            raise RecsysError(NOT_FINITE)
        allowed = TOLERANCE * max(abs(float(change_S.sum())), 0.01)
        max_splits = MAX_STEPS // POINTS - len(starts)
        if errors_S.sum() < allowed or max_splits <= 0:
            return shares_SI.sum(0), len(starts) * POINTS
        worst_first = np.argsort(-errors_S, kind="stable")
        split = worst_first[errors_S[worst_first] > allowed / (2 * len(starts))][:max_splits]
        keep = np.setdiff1d(np.arange(len(starts)), split)
        middles = (starts[split] + ends[split]) / 2
        new_starts, new_ends = np.concatenate([starts[split], middles]), np.concatenate([middles, ends[split]])
        new_SI, new_S = _segments(path, new_starts, new_ends)
        starts, ends = np.concatenate([starts[keep], new_starts]), np.concatenate([ends[keep], new_ends])
        shares_SI, change_S = np.concatenate([shares_SI[keep], new_SI]), np.concatenate([change_S[keep], new_S])


def _segments(path: Path, starts_S: np.ndarray, ends_S: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute ([S, inputs] contributions, [S] change of the quantity) of each segment, in bounded batches."""
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
        shares.append(per_input(attributions))
    return np.concatenate(shares), path.at(ends_S**3) - path.at(starts_S**3)


@contextmanager
def _gradients(model: Recommender) -> Iterator[None]:
    """Lock the model and enable gradients. cuDNN has no backward pass for recurrent networks in evaluation mode."""
    with ExitStack() as stack:
        stack.enter_context(lock_of(model))
        if model.device.type == "cuda":
            stack.enter_context(CUDNN_LOCK)
            stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        stack.enter_context(torch.enable_grad())
        yield
