"""Score calibration of cold-start items: one offset added to the scores of all items without a training event.

A model knows these items only by content. Its scores for them vary less, and their probabilities (softmax of the
scores) are too small in total. Nothing is known about how they will do, so each should be, on average, as likely as
any other item: with the offset, their probabilities over a sample of histories sum to their share of the candidates.
Only histories are needed, no targets, so nothing held out is used.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import expit, logit

from recsys.models.base import SequenceModel
from recsys.models.inputs.content_embedding import ContentEmbedding
from recsys.sequences.candidates import Candidates, mask_scores
from recsys.sequences.split import Targets

MAX_HISTORIES = 1_000  # most histories, a fixed sample
LEAST, FURTHEST = 1e-9, 60.0  # smallest probability, and bounds of the offset, beyond any share


def calibrate_new_items(model: SequenceModel, targets: Targets, candidates: Candidates) -> None:
    """Set `new_offset` of a content model in evaluation mode; it stays 0 if there are no cold-start items."""
    embedding = model.item_embedding
    assert isinstance(embedding, ContentEmbedding)
    embedding.new_offset.zero_()
    is_new_N = embedding.is_new.cpu()
    if not len(targets) or not is_new_N.any():
        return
    rows = np.sort(np.random.default_rng(0).permutation(len(targets))[:MAX_HISTORIES])
    new_probabilities, shares = [], []
    for part in np.array_split(rows, -(-len(rows) // 256)):
        histories = [targets.history(row) for row in part]
        scores_BN = model.scores(histories, targets.users[part], [targets.ratings(row) for row in part])
        allowed_BN = candidates.mask(histories)
        new_probabilities.append(
            torch.softmax(mask_scores(scores_BN.double(), allowed_BN), dim=1)[:, is_new_N].sum(1).numpy()
        )
        shares.append(allowed_BN[:, is_new_N.numpy()].sum(1) / allowed_BN.sum(1))
    embedding.new_offset.fill_(offset_for(np.concatenate(new_probabilities), float(np.concatenate(shares).mean())))


def offset_for(chances: np.ndarray, share: float) -> float:
    """The offset after which `chances` [B], the total probability of the new items per history, have the mean `share`.

    0 if the share is 0 or 1, which no offset can reach.
    """
    if not 0 < share < 1:
        return 0.0
    from scipy.optimize import brentq  # a third of a second to import, and few trainings come here

    log_odds = logit(np.clip(chances, LEAST, 1 - LEAST))
    return float(brentq(lambda offset: expit(log_odds + offset).mean() - share, -FURTHEST, FURTHEST))
