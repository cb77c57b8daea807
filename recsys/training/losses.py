"""Training losses. Shapes: T targets of a batch, D numbers per item, N = num_items + 1, C targets of a chunk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from recsys.data.interactions import PAD
from recsys.models.base import SequenceModel
from recsys.models.inputs.user_embedding import before_first
from recsys.sequences.batches import SequenceBatch

CHUNK = 512  # targets scored together, so that logits fit the CPU cache; the gradient still keeps all T x N


def next_item_loss(model: SequenceModel, batch: SequenceBatch, mask_seen: bool) -> tuple[Tensor, int]:
    """Sum of the next-item cross-entropy over all targets, and the number of targets.

    The softmax is over all items except PAD; padded positions are never scored. With `mask_seen`, the items the user
    had before the target, within the row or earlier, are also excluded from the softmax, as they are from the
    candidates.
    """
    with model.one_table():
        h_BMD = model.encode(*model.inputs(batch.items_BL, batch.users_B, batch.ratings_BL))
        targets_BM = targets_of(model, batch)
        has_target_BM = targets_BM != PAD
        h_TD, targets_T = h_BMD[has_target_BM], targets_BM[has_target_BM]
        seen = Seen.of(batch, has_target_BM) if mask_seen else None
        total = torch.stack(list(_chunk_losses(model, h_TD, targets_T, seen))).sum()
    return total, len(targets_T)


def targets_of(model: SequenceModel, batch: SequenceBatch) -> Tensor:
    """targets_BM. With user features before the first event, that position predicts the first event."""
    if model.user_embedding is None:
        return batch.targets_BL
    is_user_BM = before_first(batch.items_BL != PAD)
    return F.pad(batch.targets_BL, (1, 0), value=PAD) + is_user_BM * batch.firsts_B[:, None]


@dataclass(frozen=True)
class Seen:
    """Items of each target's user before the target: row `rows_T` of `items_BS`, up to column `ends_T`."""

    items_BS: Tensor
    rows_T: Tensor
    ends_T: Tensor

    @classmethod
    def of(cls, batch: SequenceBatch, has_target_BM: Tensor) -> Seen:
        """`has_target_BM` is True at positions with a target; M is L, or L + 1 with user features."""
        earlier_BE = batch.items_BL[:, :0] if batch.earlier_BE is None else batch.earlier_BE
        rows_T, positions_T = has_target_BM.nonzero(as_tuple=True)
        ends_T = positions_T + earlier_BE.shape[1] - (has_target_BM.shape[1] - batch.items_BL.shape[1]) + 1
        return cls(torch.cat([earlier_BE, batch.items_BL], dim=1), rows_T, ends_T)

    def items(self, chunk: slice) -> Tensor:
        """[C, S] seen items of each target, PAD elsewhere."""
        is_before_CS = torch.arange(self.items_BS.shape[1], device=self.ends_T.device) < self.ends_T[chunk, None]
        return self.items_BS[self.rows_T[chunk]] * is_before_CS


def _chunk_losses(model: SequenceModel, h_TD: Tensor, targets_T: Tensor, seen: Seen | None) -> Iterator[Tensor]:
    """Loss per chunk. If the model has `learnt_items`, the softmax excludes others: they are new, not negative."""
    learnt_N = model.learnt_items
    for start in range(0, len(h_TD), CHUNK):
        chunk = slice(start, start + CHUNK)
        scores_CN = model.project(h_TD[chunk])
        if learnt_N is not None:
            scores_CN = scores_CN.masked_fill(~learnt_N, float("-inf"))
        if seen is not None:
            with torch.no_grad():  # in place: the softmax gives these no gradient, so nothing of it is kept
                scores_CN.scatter_(1, seen.items(chunk), float("-inf"))
        yield F.cross_entropy(scores_CN[:, PAD + 1 :], targets_T[chunk] - PAD - 1, reduction="sum")


def pair_loss(logits_P: Tensor, labels_P: Tensor, weights_P: Tensor) -> Tensor:
    """Sum of the binary cross-entropy of (user, item) pairs; pairs with weight 0 do not count."""
    return F.binary_cross_entropy_with_logits(logits_P, labels_P, weight=weights_P, reduction="sum")
