"""Cost of diversity: NDCG on validation against intra-list similarity.

Needs item vectors. Raises SettingError for models without them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch.nn.functional import normalize

from recsys.errors import SettingError
from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.metrics import MISS, per_user
from recsys.messages import Message, message
from recsys.models.base import SCORE_ROWS
from recsys.recommend.diversity import POOL, diversify, mean_similarity
from recsys.recommend.similar import item_vectors
from recsys.recommend.topk import Recommendation, top_k
from recsys.sequences.split import Targets
from recsys.services.workspace.open_run import OpenRun

SAMPLE, SEED, CUT_OFF = 500, 20_240_501, 10  # users sampled for the cost, and its cut-off K


def why_no_diversity(run: OpenRun) -> Message | None:
    """Why diversity is not available for this run, in words; None where it is."""
    if item_vectors(run.model) is None:
        return message("{model} has no item vectors, so it cannot tell which items are similar.", model=run.model.title)
    return None


def vectors(run: OpenRun) -> np.ndarray:
    """[num_items + 1, D] item vectors of unit length. Raises SettingError where the model has none."""
    item_vectors_of_run = item_vectors(run.model)
    if item_vectors_of_run is None:
        raise SettingError(
            message("{reason} Use the plain list: trade-off 1.", reason=why_no_diversity(run)), column="trade_off"
        )
    return normalize(item_vectors_of_run, dim=-1).numpy()


@dataclass(frozen=True)
class DiversityCost:
    """Plain and diverse lists of the same `num_users` sampled users, on validation.

    `difference` is (mean, low, high): diverse less plain NDCG@10, with its 95 % interval over users. Likeness is the
    mean cosine similarity over the pairs of a list.
    """

    num_users: int
    plain_ndcg: float
    ndcg: float
    difference: tuple[float, float, float]
    plain_likeness: float
    likeness: float


def validation_pools(run: OpenRun) -> list[list[Recommendation]]:
    """Top POOL of each user in a fixed sample, from the history before the validation event."""
    targets = sampled(run, SAMPLE)
    pools = []
    for start in range(0, len(targets), SCORE_ROWS):
        rows = range(start, min(start + SCORE_ROWS, len(targets)))
        histories = [targets.history(row) for row in rows]
        scores_BN = run.model.scores(histories, targets.users[rows], [targets.ratings(row) for row in rows])
        allowed_BN = run.candidates.mask(histories)
        pools += [top_k(scores_BN[row], allowed_BN[row], POOL) for row in range(len(rows))]
    return pools


def diversity_cost(run: OpenRun, pools: list[list[Recommendation]], trade_off: float) -> DiversityCost | None:
    """Evaluate `trade_off` on the `validation_pools` of the run; None without users to evaluate on."""
    targets, unit_vectors = sampled(run, SAMPLE), vectors(run)
    if not len(targets):
        return None
    plain = [pool[:CUT_OFF] for pool in pools]
    diverse = [diversify(pool, unit_vectors, CUT_OFF, trade_off) for pool in pools]
    ndcg = [_ndcg(lists, targets.items) for lists in (plain, diverse)]
    likeness = [_likeness(lists, unit_vectors) for lists in (plain, diverse)]
    change = ndcg[1] - ndcg[0]
    return DiversityCost(
        num_users=len(targets),
        plain_ndcg=float(ndcg[0].mean()),
        ndcg=float(ndcg[1].mean()),
        difference=(float(change.mean()), *bootstrap(change)),
        plain_likeness=likeness[0],
        likeness=likeness[1],
    )


def sampled(run: OpenRun, most: int) -> Targets:
    """At most `most` validation targets, the same at each call."""
    targets = run.split.validation
    rows = np.random.default_rng(SEED).permutation(len(targets))[:most]
    return targets.take(np.sort(rows))


def _ndcg(lists: list[list[Recommendation]], targets: np.ndarray) -> np.ndarray:
    """[num_lists] NDCG@10 of each list for its single target."""
    ranks = [next((r.rank for r in items if r.item == item), MISS) for items, item in zip(lists, targets, strict=True)]
    return per_user(np.array(ranks), [CUT_OFF])[f"ndcg@{CUT_OFF}"]


def _likeness(lists: list[list[Recommendation]], unit_vectors: np.ndarray) -> float:
    similarities = [mean_similarity([item.item for item in items], unit_vectors) for items in lists]
    return float(np.mean([value for value in similarities if value is not None] or [0.0]))
