"""Price of less popular lists: NDCG on validation against coverage, Gini index and novelty, by strength."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.data.interactions import PAD
from recsys.errors import SettingError
from recsys.evaluation import lists
from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.list_report import users_of_items
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, MISS, per_user
from recsys.evaluation.protocol import top_items
from recsys.messages import message
from recsys.models.base import SCORE_ROWS
from recsys.recommend.diversity import POOL
from recsys.recommend.less_popular import penalised
from recsys.sequences.candidates import mask_scores
from recsys.services.recommend.diversity_cost import sampled
from recsys.services.workspace.open_run import OpenRun

USERS = 2000  # sampled, at most
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the price curve


def check_strength(strength: float) -> None:
    """Raise SettingError if the strength of the penalty is out of bounds."""
    if not 0 <= strength <= 1:
        raise SettingError(
            message("The strength is {strength}; it must be a number from 0 to 1.", strength=strength),
            column="less_popular",
        )


@dataclass(frozen=True, eq=False)
class Pools:
    """The plain lists of U users before their validation event: items and scores [U, P], PAD and -inf where short."""

    items_UP: np.ndarray
    scores_UP: np.ndarray
    targets_U: np.ndarray


@dataclass(frozen=True)
class PopularityPrice:
    """The lists of the same `num_users` users at one strength.

    `difference` is (mean, low, high): NDCG@10 less that of the plain lists, with its 95 % interval over users.
    """

    strength: float
    num_users: int
    ndcg: float
    difference: tuple[float, float, float]
    coverage: float
    gini: float
    novelty: float


def popularity_pools(run: OpenRun) -> Pools:
    """Score the sampled users."""
    targets = sampled(run, USERS)
    items, scores = [np.empty((0, POOL), dtype=np.int64)], [np.empty((0, POOL))]
    for start in range(0, len(targets), SCORE_ROWS):
        rows = range(start, min(start + SCORE_ROWS, len(targets)))
        histories = [targets.history(row) for row in rows]
        scores_BN = run.model.scores(histories, targets.users[rows], [targets.ratings(row) for row in rows])
        scores_BN = mask_scores(scores_BN, run.candidates.mask(histories))
        best_BP = top_items(scores_BN, POOL)
        missing = ((0, 0), (0, POOL - best_BP.shape[1]))  # of a catalogue smaller than a pool
        items.append(np.pad(best_BP.numpy(force=True), missing, constant_values=PAD))
        scores.append(np.pad(scores_BN.gather(1, best_BP).numpy(force=True), missing, constant_values=-np.inf))
    return Pools(np.concatenate(items), np.concatenate(scores), targets.items)


def popularity_prices(run: OpenRun, pools: Pools, strengths: Sequence[float] = STRENGTHS) -> list[PopularityPrice]:
    """Evaluate each strength on the `popularity_pools` of the run; empty without users to evaluate on."""
    if not len(pools.targets_U):
        return []
    train, num_items = run.split.train, run.split.log.num_items
    users_N = users_of_items(train.users, train.items, num_items)
    plain_U = _ndcg(pools.items_UP[:, :CUT_OFF], pools.targets_U)
    prices = []
    for strength in strengths:
        lists_UK = _reranked(run, pools, strength)
        ndcg_U = _ndcg(lists_UK, pools.targets_U)
        change_U = ndcg_U - plain_U
        prices.append(
            PopularityPrice(
                strength=strength,
                num_users=len(ndcg_U),
                ndcg=float(ndcg_U.mean()),
                difference=(float(change_U.mean()), *bootstrap(change_U)),
                coverage=lists.coverage(lists_UK, num_items),
                gini=lists.gini(lists_UK, num_items),
                novelty=lists.mean(lists.novelty(lists_UK, users_N, train.num_users)) or 0.0,
            )
        )
    return prices


def _reranked(run: OpenRun, pools: Pools, strength: float) -> np.ndarray:
    """[U, K] items of the re-ranked lists, as `less_popular` gives them."""
    counts_UP = run.split.train.item_counts[pools.items_UP]
    order_UP = np.argsort(-penalised(pools.scores_UP, counts_UP, strength), axis=1, kind="stable")
    return np.take_along_axis(pools.items_UP, order_UP[:, :CUT_OFF], axis=1)


def _ndcg(lists_UK: np.ndarray, targets_U: np.ndarray) -> np.ndarray:
    """[U] NDCG@10 of each list for its single target."""
    is_hit_UK = lists_UK == targets_U[:, None]
    ranks_U = np.where(is_hit_UK.any(1), is_hit_UK.argmax(1) + 1, MISS)
    return per_user(ranks_U, (CUT_OFF,))[HEADLINE]
