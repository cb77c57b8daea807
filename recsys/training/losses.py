"""Training losses. Shapes: T targets of a batch, D numbers an item, N = num_items + 1, C targets of a chunk."""

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

CHUNK = 512  # targets scored together: their logits fit the processor's cache; for the gradient all T x N are kept


def next_item_loss(model: SequenceModel, batch: SequenceBatch, mask_seen: bool) -> tuple[Tensor, int]:
    """Summed cross-entropy of the next item at every real position, over all items, and the number of targets.

    Padding never reaches the product with the catalogue; PAD's column is left out of the softmax. With `mask_seen` so is
    what the user had before the target, within the row or earlier, as it is left out of the candidates.
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
    """targets_BM: where the model reads user features before the first event, that position learns the first event."""
    if model.user_embedding is None:
        return batch.targets_BL
    is_user_BM = before_first(batch.items_BL != PAD)
    return F.pad(batch.targets_BL, (1, 0), value=PAD) + is_user_BM * batch.firsts_B[:, None]


@dataclass(frozen=True)
class Seen:
    """What each target's user had before it: row `rows_T` of `items_BS`, up to column `ends_T`."""

    items_BS: Tensor
    rows_T: Tensor
    ends_T: Tensor

    @classmethod
    def of(cls, batch: SequenceBatch, has_target_BM: Tensor) -> Seen:
        """`has_target_BM` is True at the positions that learn; M is L, or L + 1 with user features."""
        earlier_BE = batch.items_BL[:, :0] if batch.earlier_BE is None else batch.earlier_BE
        rows_T, positions_T = has_target_BM.nonzero(as_tuple=True)
        ends_T = positions_T + earlier_BE.shape[1] - (has_target_BM.shape[1] - batch.items_BL.shape[1]) + 1
        return cls(torch.cat([earlier_BE, batch.items_BL], dim=1), rows_T, ends_T)

    def items(self, chunk: slice) -> Tensor:
        """[C, S] the seen items of each target, PAD in the other places."""
        is_before_CS = torch.arange(self.items_BS.shape[1], device=self.ends_T.device) < self.ends_T[chunk, None]
        return self.items_BS[self.rows_T[chunk]] * is_before_CS


def _chunk_losses(model: SequenceModel, h_TD: Tensor, targets_T: Tensor, seen: Seen | None) -> Iterator[Tensor]:
    """The softmax goes over the items that `learnt_items` names, where it names some: the others are new, not wrong."""
    learnt_N = model.learnt_items
    for start in range(0, len(h_TD), CHUNK):
        chunk = slice(start, start + CHUNK)
        scores_CN = model.project(h_TD[chunk])
        if learnt_N is not None:
            scores_CN = scores_CN.masked_fill(~learnt_N, float("-inf"))
        if seen is not None:
            scores_CN = scores_CN.scatter(1, seen.items(chunk), float("-inf"))
        yield F.cross_entropy(scores_CN[:, PAD + 1 :], targets_T[chunk] - PAD - 1, reduction="sum")


def pair_loss(logits_P: Tensor, labels_P: Tensor, weights_P: Tensor) -> Tensor:
    """Mean binary cross-entropy of (user, item) pairs; pairs of weight 0 do not count."""
    losses = F.binary_cross_entropy_with_logits(logits_P, labels_P, weight=weights_P, reduction="sum")
    return losses / weights_P.sum().clamp(min=1)
