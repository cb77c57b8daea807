"""Feature ablation: replace one input at a time by its baseline, with captum's FeatureAblation.

The baseline is that of integrated gradients. An ablated event leaves a gap of zeros, so the positions of the other
events stay the same; leave_one_out.py closes the gap instead.
"""

from __future__ import annotations

import torch
from captum.attr import FeatureAblation

from recsys.explain.answer import answer
from recsys.explain.explanation import Explanation
from recsys.explain.methods.path import feature_masks, has_no_inputs, path_of
from recsys.explain.quantity import values
from recsys.explain.situation import Situation


def feature_ablation(situation: Situation) -> Explanation:
    """Compute value - value(with a gap) for each event of the window, and value - value(unknown user) for the features.

    Raises SettingError for a model without embeddings.
    """
    return _ablation(situation, "feature_ablation")


def ablation(situation: Situation) -> Explanation:
    """Compute value - value(field at `model.baseline()`) for each field of a pair model."""
    return _ablation(situation, "ablation")


@torch.inference_mode()
def _ablation(situation: Situation, method: str) -> Explanation:
    if has_no_inputs(situation):
        value = float(values(situation, situation.scores_1N)[0])
        return answer(situation, method, [], value, value)
    path = path_of(situation)
    effects = FeatureAblation(path.quantity).attribute(
        path.inputs,
        baselines=path.baselines,
        feature_mask=feature_masks(path.inputs),
        perturbations_per_eval=path.rows,
    )
    value, baseline = path.ends()
    shares_I = [float(share) for effect in effects for share in effect[0, ..., :1].flatten()]
    return answer(situation, method, shares_I, value, baseline)
