"""One input at a time put back to where integrated gradients begin, in its place, with captum's FeatureAblation.

Nothing closes up and nothing comes in: an event leaves a gap that holds the zeros of padding, and its place still
counts. That tells what the event says apart from where the others stand; removal.py takes it away altogether.
"""

from __future__ import annotations

import torch
from captum.attr import FeatureAblation

from recsys.explain.answer import answer
from recsys.explain.explanation import Explanation
from recsys.explain.methods.path import numbered, path_of, reads_nothing
from recsys.explain.quantity import values
from recsys.explain.situation import Situation


def feature_ablation(situation: Situation) -> Explanation:
    """value - value(with a gap in the place of the event) for each event of the window, and value - value(a stranger)
    for who asks. Refuses, with SettingError, a model without embeddings."""
    return _ablated(situation, "feature_ablation")


def ablation(situation: Situation) -> Explanation:
    """value(all known) - value(with that field unknown) for each field of a pair model: `model.baseline()`."""
    return _ablated(situation, "ablation")


@torch.inference_mode()
def _ablated(situation: Situation, method: str) -> Explanation:
    if reads_nothing(situation):
        value = float(values(situation, situation.scores_1N)[0])
        return answer(situation, method, [], value, value)
    path = path_of(situation)
    effects = FeatureAblation(path.quantity).attribute(
        path.inputs,
        baselines=path.baselines,
        feature_mask=numbered(path.inputs),
        perturbations_per_eval=path.rows,
    )
    value, baseline = path.ends()
    shares_I = [float(share) for effect in effects for share in effect[0, ..., :1].flatten()]
    return answer(situation, method, shares_I, value, baseline)
