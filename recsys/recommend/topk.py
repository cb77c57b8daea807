"""Top-K recommendations for a history. Without candidates the list is empty.

Ranks count from 1; higher scores come first and ties go to the lower item index, as in evaluation.
Shapes: N = num_items + 1 columns of scores; column PAD is never a candidate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import UNKNOWN_USER, Interactions
from recsys.errors import SettingError
from recsys.evaluation.protocol import rank_of
from recsys.messages import message
from recsys.models.base import SCORE_ROWS, Recommender
from recsys.sequences.candidates import Candidates, mask_scores

CELLS = 16_000_000  # scores in memory at a time in an export; does not affect results
MAX_K = 1000


@dataclass(frozen=True)
class Recommendation:
    """`item` is an item index, `score` the model's score, `rank` the rank from 1."""

    item: int
    score: float
    rank: int


def check_k(k: int) -> None:
    """Raise SettingError if the length of a list is out of bounds."""
    if not 1 <= k <= MAX_K:
        raise SettingError(message("k is {k}; it is a whole number from 1 to {limit}.", k=k, limit=MAX_K), column="k")


def top_k(scores_N: Tensor, allowed_N: np.ndarray, k: int) -> list[Recommendation]:
    """The `k` allowed items with the highest scores; fewer if fewer are allowed."""
    items = np.flatnonzero(allowed_N)
    scores = scores_N.numpy(force=True)[items]
    if 0 < k < len(items):
        threshold = np.partition(scores, len(items) - k)[len(items) - k]
        items, scores = (
            items[scores >= threshold],
            scores[scores >= threshold],
        )  # ties with the last one are resolved below
    order = np.argsort(-scores, kind="stable")[: max(k, 0)]
    return [
        Recommendation(int(items[position]), float(scores[position]), rank)
        for rank, position in enumerate(order, start=1)
    ]


def allowed_for(
    candidates: Candidates, history: np.ndarray, hide_seen: bool | None, within: np.ndarray | None
) -> np.ndarray:
    """[N] bool: the candidates for a history, restricted to `within` [N] if given."""
    allowed_N = candidates.mask([history], hide_seen=hide_seen)[0]
    return allowed_N if within is None else allowed_N & within


def recommend(
    model: Recommender,
    history: np.ndarray,
    candidates: Candidates,
    *,
    user: int = UNKNOWN_USER,
    k: int = 10,
    hide_seen: bool | None = None,
    within: np.ndarray | None = None,
    ratings: np.ndarray | None = None,
    seen: np.ndarray | None = None,
) -> list[Recommendation]:
    """The top `k` for item indices `history`, oldest first; with `within`, ranks count inside it.

    `ratings` are the ratings of its events: NaN if unknown, None if there are none at all. `seen` are the items that
    count as seen, None for those of the history.
    """
    scores_N = model.scores([history], [user], [ratings])[0]
    return top_k(scores_N, allowed_for(candidates, history if seen is None else seen, hide_seen, within), k)


def rank_for(
    model: Recommender,
    history: np.ndarray,
    item: int,
    candidates: Candidates,
    *,
    user: int = UNKNOWN_USER,
    hide_seen: bool | None = None,
    within: np.ndarray | None = None,
    ratings: np.ndarray | None = None,
) -> int | None:
    """Rank of `item` in `recommend` with a large enough `k`; None if it is not a candidate."""
    allowed_N = allowed_for(candidates, history, hide_seen, within)
    if not allowed_N[item]:
        return None
    scores_1N = model.scores([history], [user], [ratings])
    return int(rank_of(mask_scores(scores_1N, allowed_N[None]), torch.tensor([item]))[0])


def recommend_all(
    model: Recommender,
    log: Interactions,
    candidates: Candidates,
    k: int,
    among: Sequence[int] | np.ndarray | None = None,
) -> Iterator[tuple[int, list[Recommendation]]]:
    """Yield (user index, top `k`) for every user in order, or for `among`, from their full histories."""
    rows = max(1, min(SCORE_ROWS, CELLS // (model.num_items + 1)))
    all_users = range(1, log.num_users + 1) if among is None else [int(user) for user in among]
    for first in range(0, len(all_users), rows):
        users = all_users[first : first + rows]
        histories, ratings = [log.history(user) for user in users], [log.ratings_of(user) for user in users]
        scores_BN, allowed_BN = model.scores(histories, users, ratings), candidates.mask(histories)
        for row, user in enumerate(users):
            yield user, top_k(scores_BN[row], allowed_BN[row], k)
