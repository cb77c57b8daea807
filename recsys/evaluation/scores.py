"""The score that a model gives each target for its own history: what yes-or-no labels are measured on.

Shapes: P targets, N = num_items + 1 columns of scores.
"""

from __future__ import annotations

import numpy as np
import torch

from recsys.models.base import SCORE_ROWS, PairModel, Recommender
from recsys.sequences.split import Targets

CELLS = 16_000_000  # scores held at a time: bounds memory, not results
PAIRS = 100_000  # scored at a time


def target_scores(model: Recommender, targets: Targets) -> np.ndarray:
    """[P] float64 scores of a model in evaluation mode; for a `PairModel` the logit."""
    if isinstance(model, PairModel):
        return _pair_scores(model, targets)
    scores = np.empty(len(targets))
    once, inverse = np.unique(np.stack([targets.users, targets.ends]), axis=1, return_inverse=True)
    inverse = inverse.reshape(-1)
    lengths = once[1] - targets.log.offsets[once[0]]
    order = np.argsort(lengths, kind="stable")  # like lengths together: less padding
    by_history = np.argsort(inverse, kind="stable")  # the targets of each history stand together
    starts = np.concatenate([[0], np.cumsum(np.bincount(inverse, minlength=len(lengths)))])
    rows = max(1, min(SCORE_ROWS, CELLS // (model.num_items + 1)))
    for first in range(0, len(order), rows):
        batch = order[first : first + rows]
        spans = [(targets.log.offsets[once[0, h]], once[1, h]) for h in batch]
        histories = [targets.log.items[start:end] for start, end in spans]
        ratings = [targets.log.ratings_at(start, end) for start, end in spans]
        scores_BN = model.scores(histories, once[0, batch], ratings).numpy()
        for row, history in enumerate(batch):
            positions = by_history[starts[history] : starts[history + 1]]
            scores[positions] = scores_BN[row, targets.items[positions]]
    return scores


@torch.inference_mode()
def _pair_scores(model: PairModel, targets: Targets) -> np.ndarray:
    """As `Recommender.scores` for the pairs alone, not for the whole catalogue."""
    assert not model.training, "call eval() first: dropout would make the scores random"
    users_P = torch.from_numpy(targets.users).to(model.device)
    items_P = torch.from_numpy(targets.items).to(model.device)
    parts = zip(users_P.split(PAIRS), items_P.split(PAIRS), strict=True)
    scores = [model.logit(model.embed_pairs(*part)).double().cpu() for part in parts]
    return torch.cat(scores).numpy()
