"""Scores of targets given their histories, for calibration and click-through metrics.

Shapes: P targets, N = num_items + 1 columns of scores.
"""

from __future__ import annotations

import numpy as np
import torch

from recsys.models.base import SCORE_ROWS, PairModel, Recommender
from recsys.sequences.split import Targets

CELLS = 16_000_000  # scores computed at a time: bounds memory, not results
PAIRS = 100_000  # scored at a time: bounds memory, not results


def target_scores(model: Recommender, targets: Targets) -> np.ndarray:
    """Compute target scores for a model in evaluation mode, [P] float64; for a `PairModel`, the logit."""
    if isinstance(model, PairModel):
        return _pair_scores(model, targets)
    scores = np.empty(len(targets))
    unique_histories, inverse = np.unique(np.stack([targets.users, targets.ends]), axis=1, return_inverse=True)
    inverse = inverse.reshape(-1)
    lengths = unique_histories[1] - targets.log.offsets[unique_histories[0]]
    order = np.argsort(lengths, kind="stable")  # similar lengths per batch: less padding
    by_history = np.argsort(inverse, kind="stable")  # groups the targets of each history
    starts = np.concatenate([[0], np.cumsum(np.bincount(inverse, minlength=len(lengths)))])
    rows = max(1, min(SCORE_ROWS, CELLS // (model.num_items + 1)))
    for first in range(0, len(order), rows):
        batch = order[first : first + rows]
        bounds = [(targets.log.offsets[unique_histories[0, h]], unique_histories[1, h]) for h in batch]
        histories = [targets.log.items[start:end] for start, end in bounds]
        ratings = [targets.log.ratings_at(start, end) for start, end in bounds]
        scores_BN = model.scores(histories, unique_histories[0, batch], ratings).numpy()
        for row, history in enumerate(batch):
            positions = by_history[starts[history] : starts[history + 1]]
            scores[positions] = scores_BN[row, targets.items[positions]]
    return scores


@torch.inference_mode()
def _pair_scores(model: PairModel, targets: Targets) -> np.ndarray:
    """Score only the target pairs, not the whole catalogue."""
    assert not model.training, "call eval() first: dropout would make the scores random"
    users_P = torch.from_numpy(targets.users).to(model.device)
    items_P = torch.from_numpy(targets.items).to(model.device)
    parts = zip(users_P.split(PAIRS), items_P.split(PAIRS), strict=True)
    scores = [model.logit(model.embed_pairs(*part)).double().cpu() for part in parts]
    return torch.cat(scores).numpy()
