"""What training makes small. Shapes: T targets of a batch, D numbers an item, N = num_items + 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from recsys.data.interactions import PAD
from recsys.models.base import SequenceModel
from recsys.models.users import before_first
from recsys.sequences.batches import SequenceBatch

CHUNK = 512  # targets a matrix product at a time: the N logits of a chunk stay in the cache


def next_item_loss(model: SequenceModel, batch: SequenceBatch, hide_seen: bool) -> tuple[Tensor, int]:
    """(mean loss, number of targets): cross-entropy of the next item at every real position, over all items.

    Padding never reaches the product with the catalogue; PAD's column is left out of the softmax. With `hide_seen` what
    stands in the row so far is left out, too, as it is from the candidates: no target may stand there.
    """
    table_ND = model.item_embedding.weight  # once a step: what is hidden of an item is hidden everywhere
    real_BL = batch.items_BL != PAD
    x_BLD = model.rated(F.embedding(batch.items_BL, table_ND, padding_idx=PAD), real_BL, batch.ratings_BL)
    h_BMD = model.encode(*model.with_users(x_BLD, real_BL, batch.users_B))
    targets_BM = targets_of(model, batch)
    learnt_BM = targets_BM != PAD
    h_TD, targets_T = h_BMD[learnt_BM], targets_BM[learnt_BM]
    seen = seen_before(batch.items_BL, learnt_BM, len(table_ND)) if hide_seen else None
    total = torch.stack(list(_chunk_losses(h_TD, table_ND, model.learnt_items, targets_T, seen))).sum()
    return total / len(targets_T), len(targets_T)


def targets_of(model: SequenceModel, batch: SequenceBatch) -> Tensor:
    """targets_BM: where the model reads who asks before the first event, that position learns the first event."""
    if model.user_embedding is None:
        return batch.targets_BL
    is_user_BM = before_first(batch.items_BL != PAD)
    return F.pad(batch.targets_BL, (1, 0), value=PAD) + is_user_BM * batch.firsts_B[:, None]


@dataclass(frozen=True)
class Seen:
    """`first_BN`: where each item first stands in a row, beyond the end where it does not; T targets at `rows`, `places`."""

    first_BN: Tensor
    rows_T: Tensor
    places_T: Tensor

    def hidden(self, chunk: slice) -> Tensor:
        """[C, N] bool: the items that stand in the row of a target no later than it is asked for."""
        return self.first_BN[self.rows_T[chunk]] <= self.places_T[chunk, None]


def seen_before(items_BL: Tensor, learnt_BM: Tensor, num_columns: int) -> Seen:
    """What each target's history holds; `learnt_BM` is True at the positions that have one."""
    rows, length = learnt_BM.shape
    items_BM = F.pad(items_BL, (length - items_BL.shape[1], 0), value=PAD)
    place_BM = torch.arange(length, dtype=torch.int32, device=items_BL.device).expand(rows, length)
    beyond_BN = torch.full((rows, num_columns), length, dtype=torch.int32, device=items_BL.device)
    rows_T, places_T = learnt_BM.nonzero(as_tuple=True)
    return Seen(beyond_BN.scatter_reduce(1, items_BM, place_BM, "amin"), rows_T, places_T.int())


def _chunk_losses(
    h_TD: Tensor, table_ND: Tensor, learnt_N: Tensor | None, targets_T: Tensor, seen: Seen | None
) -> Iterator[Tensor]:
    """The softmax goes over the items that `learnt_N` names, where it names some: the others are not "no" but new."""
    for start in range(0, len(h_TD), CHUNK):
        chunk = slice(start, start + CHUNK)
        scores_CN = h_TD[chunk] @ table_ND.T
        if learnt_N is not None:
            scores_CN = scores_CN.masked_fill(~learnt_N, float("-inf"))
        if seen is not None:
            scores_CN = scores_CN.masked_fill(seen.hidden(chunk), float("-inf"))
        yield F.cross_entropy(scores_CN[:, PAD + 1 :], targets_T[chunk] - PAD - 1, reduction="sum")


def pair_loss(logits_P: Tensor, labels_P: Tensor, weights_P: Tensor) -> Tensor:
    """Mean binary cross-entropy of (user, item) pairs; pairs of weight 0 do not count."""
    losses = F.binary_cross_entropy_with_logits(logits_P, labels_P, weight=weights_P, reduction="sum")
    return losses / weights_P.sum().clamp(min=1)
