"""What training makes small. Shapes: T targets of a batch, D numbers an item, N = num_items + 1."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from recsys.data.interactions import PAD
from recsys.models.base import SequenceModel
from recsys.models.users import before_first
from recsys.sequences.batches import SequenceBatch

CHUNK = 512  # targets a matrix product at a time: the N logits of a chunk stay in the cache


def next_item_loss(model: SequenceModel, batch: SequenceBatch) -> tuple[Tensor, int]:
    """(mean loss, number of targets): full-softmax cross-entropy of the next item at every real position.

    Padding never reaches the product with the catalogue; PAD's column is left out of the softmax.
    """
    table_ND = model.item_embedding.weight  # once a step: what is hidden of an item is hidden everywhere
    x_BLD = F.embedding(batch.items_BL, table_ND, padding_idx=PAD)
    h_BMD = model.encode(*model.with_users(x_BLD, batch.items_BL != PAD, batch.users_B))
    targets_BM = targets_of(model, batch)
    learnt_BM = targets_BM != PAD
    h_TD, targets_T = h_BMD[learnt_BM], targets_BM[learnt_BM]
    total = torch.stack(list(_chunk_losses(h_TD, table_ND, model.learnt_items, targets_T))).sum()
    return total / len(targets_T), len(targets_T)


def targets_of(model: SequenceModel, batch: SequenceBatch) -> Tensor:
    """targets_BM: where the model reads who asks before the first event, that position learns the first event."""
    if model.user_embedding is None:
        return batch.targets_BL
    is_user_BM = before_first(batch.items_BL != PAD)
    return F.pad(batch.targets_BL, (1, 0), value=PAD) + is_user_BM * batch.firsts_B[:, None]


def _chunk_losses(h_TD: Tensor, table_ND: Tensor, learnt_N: Tensor | None, targets_T: Tensor) -> Iterator[Tensor]:
    """The softmax goes over the items that `learnt_N` names, where it names some: the others are not "no" but new."""
    for h_CD, targets_C in zip(h_TD.split(CHUNK), targets_T.split(CHUNK), strict=True):
        scores_CN = h_CD @ table_ND.T
        if learnt_N is not None:
            scores_CN = scores_CN.masked_fill(~learnt_N, float("-inf"))
        yield F.cross_entropy(scores_CN[:, PAD + 1 :], targets_C - PAD - 1, reduction="sum")


def pair_loss(logits_P: Tensor, labels_P: Tensor, weights_P: Tensor) -> Tensor:
    """Mean binary cross-entropy of (user, item) pairs; pairs of weight 0 do not count."""
    losses = F.binary_cross_entropy_with_logits(logits_P, labels_P, weight=weights_P, reduction="sum")
    return losses / weights_P.sum().clamp(min=1)
