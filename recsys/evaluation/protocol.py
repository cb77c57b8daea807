"""Full-ranking evaluation: each target is ranked among all candidates of the catalogue, never among a sample.

Seen items are masked unless the dataset has repeats. Ties go to the lower item index. A target that the model cannot
score is a miss, such as a cold-start item for a model of ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import PAD
from recsys.evaluation.metrics import MISS
from recsys.messages import Message, message, plural
from recsys.models.base import Recommender
from recsys.sequences.candidates import Candidates, mask_scores
from recsys.sequences.relevance import in_words
from recsys.sequences.split import SplitName, Targets, TimeCut
from recsys.sequences.time_split import iso

ROWS = 512
STRIPE, FEWEST_STRIPES = 16, 128  # items in a stripe, stripes from which it pays to look for the best ones


def rank_of(scores_BN: Tensor, targets_B: Tensor) -> Tensor:
    """Compute ranks of the targets from 1, [B]: ties by item index; MISS if the score is masked or not finite."""
    score_B1 = scores_BN.gather(1, targets_B[:, None])
    ahead = (scores_BN > score_B1).sum(1)
    tied_before = (scores_BN == score_B1) & (torch.arange(scores_BN.shape[1]) < targets_B[:, None])
    ranks = 1 + ahead + tied_before.sum(1)
    return torch.where(torch.isfinite(score_B1[:, 0]), ranks, MISS)


def ranks(
    model: Recommender,
    targets: Targets,
    candidates: Candidates,
    tick: Callable[[int], None] | None = None,
    newest: int | None = None,
    users: np.ndarray | None = None,
) -> np.ndarray:
    """Compute the ranks of all targets for a model in evaluation mode, [num_targets] int64.

    `tick` is called with the number of rows done. With `newest`, the model reads only that many of the newest events of
    each history; the candidates remain those of the whole history. `users` [num_targets] replaces the users of the
    targets.
    """
    result = np.empty(len(targets), dtype=np.int64)
    for done, rows, scores_BN in _masked_scores(model, targets, candidates, newest, users):
        result[rows] = rank_of(scores_BN, torch.from_numpy(targets.items[rows])).numpy()
        if tick is not None:
            tick(done)
    return result


def ranks_and_lists(
    model: Recommender,
    targets: Targets,
    candidates: Candidates,
    k: int,
    tick: Callable[[int], None] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute `ranks` and the lists that they stand in, [num_targets, k] int32: PAD where fewer items are scored."""
    result, lists_TK = np.empty(len(targets), dtype=np.int64), np.full((len(targets), k), PAD, dtype=np.int32)
    for done, rows, scores_BN in _masked_scores(model, targets, candidates):
        result[rows] = rank_of(scores_BN, torch.from_numpy(targets.items[rows])).numpy()
        best_BK = top_items(scores_BN, k)
        lists_TK[rows, : best_BK.shape[1]] = best_BK.numpy()
        if tick is not None:
            tick(done)
    return result, lists_TK


def top_items(scores_BN: Tensor, k: int) -> Tensor:
    """Items with the `k` highest scores, best first and ties by item index; PAD where fewer are finite, [B, min(k, N)]."""
    k = min(k, scores_BN.shape[1])
    best, items = (part.numpy() for part in _highest(scores_BN, min(k + 1, scores_BN.shape[1])))
    best_BK, items_BK, is_listed_BK = best[:, :k], items[:, :k], np.isfinite(best[:, :k])
    has_rivals_B = is_listed_BK[:, -1] & (best[:, k:] == best_BK[:, -1:]).any(1)
    for row in np.flatnonzero(has_rivals_B):  # row by row: few rows have any, and each is read once
        is_last_K = best_BK[row] == best_BK[row, -1]
        items_BK[row, is_last_K] = np.flatnonzero(scores_BN[row].numpy() == best_BK[row, -1])[: is_last_K.sum()]
    is_tied_B = ((best_BK[:, 1:] == best_BK[:, :-1]) & is_listed_BK[:, 1:]).any(1)
    order_bK = np.lexsort((items_BK[is_tied_B], -best_BK[is_tied_B]))
    items_BK[is_tied_B] = np.take_along_axis(items_BK[is_tied_B], order_bK, axis=1)
    return torch.from_numpy(np.where(is_listed_BK, items_BK, PAD))


def _highest(scores_BN: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """`scores_BN.topk(k)` in a third of the time for many items: only the `k` stripes with the best items count."""
    num_items = scores_BN.shape[1]
    num_stripes = num_items // STRIPE
    if num_stripes < max(k, FEWEST_STRIPES):
        return scores_BN.topk(k)
    in_stripes = scores_BN[:, : num_stripes * STRIPE].unflatten(
        1, (STRIPE, num_stripes)
    )  # item i is in stripe i % num_stripes
    stripes_BK = in_stripes.amax(1).topk(k).indices
    items_BC = (stripes_BK[:, None, :] + num_stripes * torch.arange(STRIPE)[:, None]).flatten(1)
    rest = torch.arange(num_stripes * STRIPE, num_items)
    items_BC = torch.cat([items_BC, rest.expand(len(items_BC), -1)], dim=1)
    best_BK, places_BK = scores_BN.gather(1, items_BC).topk(k)
    return best_BK, items_BC.gather(1, places_BK)


def _masked_scores(
    model: Recommender,
    targets: Targets,
    candidates: Candidates,
    newest: int | None = None,
    users: np.ndarray | None = None,
) -> Iterator[tuple[int, np.ndarray, Tensor]]:
    """Yield (rows done, rows, scores_BN) of the targets in batches of similar length; -inf for items that are no candidates."""
    users = targets.users if users is None else users
    lengths = targets.ends - targets.log.offsets[targets.users]
    order = np.argsort(lengths, kind="stable")  # similar lengths per batch: less padding
    for start in range(0, len(order), ROWS):
        rows = order[start : start + ROWS]
        histories, ratings = [targets.history(row) for row in rows], [targets.ratings(row) for row in rows]
        allowed_BN = candidates.mask(histories)
        if newest is not None:
            starts = [max(0, len(history) - newest) for history in histories]
            histories = [history[start:] for history, start in zip(histories, starts, strict=True)]
            ratings = [None if part is None else part[start:] for part, start in zip(ratings, starts, strict=True)]
        yield start + len(rows), rows, mask_scores(model.scores(histories, users[rows], ratings), allowed_BN)


def describe(
    candidates: Candidates,
    split: SplitName,
    num_cold: int = 0,
    liked_from: float | None = None,
    time_cut: TimeCut | None = None,
    num_users_out: int = 0,
) -> str:
    """Describe the protocol in one line, to be shown beside results.

    `num_cold` is the number of items held out of training. With `liked_from`, only targets with at least this rating
    are evaluated. `time_cut` is that of a time split. `num_users_out` is the number of users held out entirely.
    """
    if time_cut is not None:
        held_out = _after_cut(split, time_cut, liked_from)
    elif liked_from is None:
        held_out = (
            message("leave-one-out (last event of each user, test)")
            if split == "test"
            else message("leave-one-out (last event but one of each user, validation)")
        )
    else:
        held_out = (
            message("leave-one-out (last event of each user, test, only where {target})")
            if split == "test"
            else message("leave-one-out (last event but one of each user, validation, only where {target})")
        ).format(target=in_words(liked_from))
    seen = (
        message("seen items masked") if candidates.hide_seen else message("seen items kept (the dataset holds repeats)")
    )
    parts = [held_out, message("full catalogue"), seen]
    if num_cold:
        parts.append(plural("{n} item held out of training", "{n} items held out of training", num_cold))
    if num_users_out:
        parts.append(plural("{n:,} user held out", "{n:,} users held out", num_users_out))
    return message(", ").join(parts)


def _after_cut(split: SplitName, time_cut: TimeCut, liked_from: float | None) -> Message:
    text = message("time split (first event of each user from {start} on, history and training before it, test)")
    start = time_cut.time
    if split == "validation":
        text = message("time split (first event of each user from {start} to {end}, training before it, validation)")
        start = time_cut.validation
    text = text.format(start=iso(start), end=iso(time_cut.time))
    if liked_from is None:
        return text
    return message("{protocol}, only where {target}", protocol=text, target=in_words(liked_from))
