"""Platt scaling: map scores to probabilities with a slope and a bias.

p = 1 / (1 + exp(-(slope * score + bias))), after Platt (1999), "Probabilistic outputs for support vector machines".
Fitted by maximum likelihood (a logistic regression on the score) with Newton's method, without that paper's label
smoothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEPS, HALVINGS, CLOSE = 50, 30, 1e-10


@dataclass(frozen=True)
class Scale:
    """Linear map from a score to the log-odds of "yes"."""

    slope: float
    bias: float

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        return sigmoid(self.slope * scores + self.bias)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Compute 1 / (1 + exp(-logits)) without overflow."""
    return np.exp(-np.logaddexp(0, -logits.astype(np.float64)))


def fit_scale(scores: np.ndarray, labels: np.ndarray) -> Scale | None:
    """Fit the maximum-likelihood scale of `labels` [num_events] bool given finite `scores`.

    None if all labels are equal. If all scores are equal, the slope is 0. If the scores separate the labels perfectly,
    the likelihood has no maximum, and the fit stops after STEPS steps at a steep slope.
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
        for _ in range(HALVINGS):  # a Newton step may overshoot
            if (new_loss := _loss(x, sign, weights - step)) <= loss:
                break
            step /= 2
        else:
            break
        weights, loss = weights - step, new_loss
        if np.abs(step).max() < CLOSE:
            break
    slope = weights[1] / spread
    return Scale(float(slope), float(weights[0] - slope * middle))


def _loss(x: np.ndarray, sign: np.ndarray, weights: np.ndarray) -> float:
    """Negative log-likelihood."""
    return float(np.logaddexp(0, -sign * (x @ weights)).sum())
