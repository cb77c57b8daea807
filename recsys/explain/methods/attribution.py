"""Gradient attributions with captum: integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365) and
gradient x input, along the path of path.py.

What integrated gradients share out depends on where the path begins (Sturmfels et al. 2020, Distill,
"Visualizing the impact of feature attribution baselines"), so there are two beginnings, and how well they agree can be
told. Events outside the window get nothing. Refuses models without gradients. Shapes: path.py; S segments of a path.
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
from recsys.explain.methods.path import Path, Start, path_of, per_input, reads_nothing
from recsys.explain.quantity import values
from recsys.explain.situation import NOT_FINITE, Situation
from recsys.models.base import Recommender

POINTS = 8  # of Gauss-Legendre quadrature in each segment
FIRST_SEGMENTS = 4
MAX_STEPS = 1024  # points in the final sum; what still does not add up is shown as the gap
TOLERANCE = 0.01  # of value - baseline


def integrated_gradients(situation: Situation) -> Explanation:
    """Each input's share of value - baseline; the baseline has zero embeddings for events and nobody known who asks
    (fields: `model.baseline()`).

    The path is cut into segments, short ones near the baseline, and each segment that does not add up is halved
    until `completeness_gap` is below TOLERANCE or MAX_STEPS are spent.
    """
    return _integrated(situation, "integrated_gradients", "zeros")


def integrated_gradients_mean(situation: Situation) -> Explanation:
    """The same from another baseline: in the place of each event the mean of all item embeddings, its rating unknown."""
    return _integrated(situation, "integrated_gradients_mean", "average")


def _integrated(situation: Situation, method: str, start: Start) -> Explanation:
    if reads_nothing(situation):
        value = float(values(situation, situation.scores_1N)[0])
        return answer(situation, method, [], value, value, adds_up=True, steps=0)
    with _gradients(situation.model):
        path = path_of(situation, start)
        shares_I, steps = integrate(path)
        value, baseline = path.ends()
    return answer(situation, method, shares_I.tolist(), value, baseline, adds_up=True, steps=steps)


def gradient_x_input(situation: Situation) -> Explanation:
    """The gradient at the intact history times the embeddings: a first-order guess, which need not add up."""
    if reads_nothing(situation):
        return answer(situation, "gradient_x_input", [], float(values(situation, situation.scores_1N)[0]))
    with _gradients(situation.model):
        path = path_of(situation)
        inputs = tuple(x.requires_grad_() for x in path.inputs)
        products = InputXGradient(path.quantity).attribute(inputs)
        value, _ = path.ends()
    return answer(situation, "gradient_x_input", per_input(products)[0].tolist(), value)


def integrate(path: Path) -> tuple[np.ndarray, int]:
    """([M] or [F] shares, number of points in their sum), by segments that are halved where they do not add up.

    Raises RecsysError where a score or a gradient on the path is not finite.
    """
    edges = np.linspace(0, 1, FIRST_SEGMENTS + 1)
    starts, ends = edges[:-1], edges[1:]  # in t; the share of the way is t^3, crowded at the baseline
    shares_SI, risen_S = _segments(path, starts, ends)
    while True:
        errors_S = np.abs(shares_SI.sum(1) - risen_S)
        if not np.isfinite(errors_S).all():
            raise RecsysError(NOT_FINITE)
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
        shares.append(per_input(attributions))
    return np.concatenate(shares), path.at(ends_S**3) - path.at(starts_S**3)


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
