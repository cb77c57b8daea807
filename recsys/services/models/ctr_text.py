"""Calibration and CTR in words: labels, how scores become probabilities, and the comparison with the base rate."""

from __future__ import annotations

from typing import Literal

import numpy as np

from recsys.evaluation import labels as measure
from recsys.evaluation.platt import Scale
from recsys.messages import Message, message

Kind = Literal["ratings", "clicks"]
WORDS = {
    "ratings": (message("not liked"), message("liked")),
    "clicks": (message("not clicked"), message("clicked")),
}  # words for the labels (negative, positive)


def probability_text(scale: Scale | None) -> Message:
    if scale is None:
        return message("sigmoid of the model's own output, no scale fitted")
    text = message("Platt scaling of the score (slope {slope:.3g}, bias {bias:.3g})")
    return text.format(slope=scale.slope, bias=scale.bias)


def ranking_in_a_sentence(kind: Kind, auc: float, interval: tuple[float, float]) -> Message:
    """Sentence saying whether the scores tell events of one label from those of the other."""
    yes, no = WORDS[kind][1], WORDS[kind][0]
    if interval[0] > 0.5:
        text = message(
            'Scores tell "{yes}" from "{no}": AUC {auc:.3f} (95% interval {low:.3f} to {high:.3f}), 0.5 is chance.'
        )
    else:
        text = message(
            'Scores do not tell "{yes}" from "{no}" here: AUC {auc:.3f} (95% interval {low:.3f} to {high:.3f}), 0.5 is chance.'
        )
    return text.format(yes=yes, no=no, auc=auc, low=interval[0], high=interval[1])


def in_a_sentence(
    title: str, gains: np.ndarray, labels: np.ndarray, word: str, difference: tuple[float, float, float]
) -> Message:
    """Sentence comparing the accuracy with the base rate; `gains` [num_events] is -1, 0 or 1 per event."""
    base, (mean, low, high) = measure.base_rate(labels), difference
    right = round(base + mean, 9)  # the accuracy beside it is this number without the noise of a sum
    fact = message(
        '{model} is right for {right:.1%} of the events; always answering "{label}" would be right for {base:.1%}',
        model=title, right=right, label=word, base=base,
    )  # fmt: skip
    if not gains.any():
        text = message(
            '{fact}: no event is likely enough for the other answer, so the model says "{label}" every time, too.'
        )
        return text.format(fact=fact, label=word)
    span = message(
        "{points:+.1f} points, 95% interval {low:+.1f} to {high:+.1f}, by users",
        points=100 * mean, low=100 * low, high=100 * high,
    )  # fmt: skip
    text = message("{fact}: no significant difference ({interval}).")
    if low > 0:
        text = message("{fact}: the model is better ({interval}).")
    elif high < 0:
        text = message("{fact}: the model is worse ({interval}).")
    return text.format(fact=fact, interval=span)
