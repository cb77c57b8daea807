"""What training makes small. Shapes: T targets of a batch, D numbers an item, N = num_items + 1."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from recsys.data.interactions import PAD
from recsys.models.base import SequenceModel
from recsys.sequences.batches import SequenceBatch

CHUNK = 512  # targets a matrix product at a time: the N logits of a chunk stay in the cache


def next_item_loss(model: SequenceModel, batch: SequenceBatch) -> tuple[Tensor, int]:
    """(mean loss, number of targets): full-softmax cross-entropy of the next item at every real position.

    Padding never reaches the product with the catalogue; PAD's column is left out of the softmax.
    """
    real_BL = batch.items_BL != PAD
    h_BLD = model.encode(model.embed(batch.items_BL), real_BL)
    learnt_BL = batch.targets_BL != PAD
    h_TD, targets_T = h_BLD[learnt_BL], batch.targets_BL[learnt_BL]
    total = torch.stack(list(_chunk_losses(model, h_TD, targets_T))).sum()
    return total / len(targets_T), len(targets_T)


def _chunk_losses(model: SequenceModel, h_TD: Tensor, targets_T: Tensor) -> Iterator[Tensor]:
    for h_CD, targets_C in zip(h_TD.split(CHUNK), targets_T.split(CHUNK), strict=True):
        yield F.cross_entropy(model.project(h_CD)[:, PAD + 1 :], targets_C - PAD - 1, reduction="sum")


def pair_loss(logits_P: Tensor, labels_P: Tensor, weights_P: Tensor) -> Tensor:
    """Mean binary cross-entropy of (user, item) pairs; pairs of weight 0 do not count."""
    losses = F.binary_cross_entropy_with_logits(logits_P, labels_P, weight=weights_P, reduction="sum")
    return losses / weights_P.sum().clamp(min=1)
