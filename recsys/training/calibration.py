"""How high new items may stand: a number added to the scores of all items without an event in training.

Whoever has to guess is cautious: of items that nobody touched a model knows the content alone, so that its scores
for them lie closer together and the chances it gives them (the softmax of the scores) are too small together. Nothing is
known of how they will do, so each counts, on average, as likely as any other item: after the number is added, their chances over a
sample of histories sum to their share of the candidates. It asks for no answer, only for histories: nothing held out is seen.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.optimize import brentq
from scipy.special import expit, logit

from recsys.models.base import SequenceModel
from recsys.models.inputs.content_embedding import ContentEmbedding
from recsys.sequences.candidates import Candidates, mask_scores
from recsys.sequences.split import Targets

MAX_HISTORIES = 1_000  # a fixed sample of them, at most
LEAST, FURTHEST = 1e-9, 60.0  # a chance, and the number that would make up for it: beyond any share


def calibrate_new_items(model: SequenceModel, targets: Targets, candidates: Candidates) -> None:
    """Sets `new_offset` of a model in evaluation mode that reads content; leaves it at 0 where no item is new."""
    embedding = model.item_embedding
    assert isinstance(embedding, ContentEmbedding)
    embedding.new_offset.zero_()
    is_new_N = embedding.is_new.cpu()
    if not len(targets) or not is_new_N.any():
        return
    rows = np.sort(np.random.default_rng(0).permutation(len(targets))[:MAX_HISTORIES])
    chances, shares = [], []
    for part in np.array_split(rows, -(-len(rows) // 256)):
        histories = [targets.history(row) for row in part]
        scores_BN = model.scores(histories, targets.users[part], [targets.ratings(row) for row in part])
        allowed_BN = candidates.mask(histories)
        chances.append(torch.softmax(mask_scores(scores_BN.double(), allowed_BN), dim=1)[:, is_new_N].sum(1).numpy())
        shares.append(allowed_BN[:, is_new_N.numpy()].sum(1) / allowed_BN.sum(1))
    embedding.new_offset.fill_(offset_for(np.concatenate(chances), float(np.concatenate(shares).mean())))


def offset_for(chances: np.ndarray, share: float) -> float:
    """The number after which `chances` [B], those of the new items together in each history, have the mean `share`.

    0 where the share is nothing or everything, which no number can reach.
    """
    if not 0 < share < 1:
        return 0.0
    log_odds = logit(np.clip(chances, LEAST, 1 - LEAST))
    return float(brentq(lambda offset: expit(log_odds + offset).mean() - share, -FURTHEST, FURTHEST))
