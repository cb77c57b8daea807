"""Scores of any unit -> probabilities, by one slope and one bias. Pure numbers.

p = 1 / (1 + exp(-(slope * score + bias))), after Platt (1999), "Probabilistic outputs for support vector machines",
fitted by maximum likelihood (a logistic regression on the score) with Newton's steps; the smoothing of labels in that
paper is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEPS, HALVINGS, CLOSE = 50, 30, 1e-10


@dataclass(frozen=True)
class Scale:
    """What turns a score into the log-odds of "yes"."""

    slope: float
    bias: float

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        return sigmoid(self.slope * scores + self.bias)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-logits)) without overflow."""
    return np.exp(-np.logaddexp(0, -logits.astype(np.float64)))


def fit_scale(scores: np.ndarray, labels: np.ndarray) -> Scale | None:
    """The scale under which `labels` [num_events] bool are likeliest, given finite `scores`.

    None where all labels are the same. Where all scores are the same the slope is 0. Where a score tells the labels
    apart without error no scale is the likeliest; the fit then ends after STEPS steps, at a steep slope.
    """
    if labels.all() or not labels.any():
        return None
    scores, share = scores.astype(np.float64), float(labels.mean())
    middle, spread = scores.mean(), scores.std()
    weights = np.array([np.log(share / (1 - share)), 0.0])
    if spread <= CLOSE * max(1.0, abs(middle)):
        return Scale(0.0, float(weights[0]))
    x = np.stack([np.ones(len(scores)), (scores - middle) / spread], axis=1)
    sign = np.where(labels, 1.0, -1.0)
    loss = _loss(x, sign, weights)
    for _ in range(STEPS):
        p = sigmoid(x @ weights)
        gradient = x.T @ (p - labels)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        for _ in range(HALVINGS):  # Newton's step may go too far
            if (lower := _loss(x, sign, weights - step)) <= loss:
                break
            step /= 2
        else:
            break
        weights, loss = weights - step, lower
        if np.abs(step).max() < CLOSE:
            break
    slope = weights[1] / spread
    return Scale(float(slope), float(weights[0] - slope * middle))


def _loss(x: np.ndarray, sign: np.ndarray, weights: np.ndarray) -> float:
    """Minus the log-likelihood."""
    return float(np.logaddexp(0, -sign * (x @ weights)).sum())
