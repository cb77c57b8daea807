"""Differences between groups of users, and exposure of groups of items. No model, no disk access.

A group of users is compared with the other users of its column by a two-sided permutation test of Welch's statistic:
exact where both have the same distribution, and asymptotically valid where only their means are equal (Janssen 1997,
"Studentized permutation tests for non-i.i.d. hypotheses", Stat. Probab. Lett. 36, 9-21; Chung & Romano 2013,
arXiv:1304.5939). On NDCG with groups of unequal size and variance, the permutation of the difference of means rejects
too often, and so does Welch's t test with few users (benchmarks/results/fairness.json). Holm's correction covers all
groups of all columns.

Exposure of items is discounted by rank as in Singh & Joachims 2018, "Fairness of Exposure in Rankings",
arXiv:1802.07281: a place at rank r counts 1 / log2(1 + r).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.data.interactions import PAD
from recsys.evaluation.intervals import SEED, bootstrap_shares
from recsys.evaluation.significance import ALPHA, TOLERANCE, holm

LEAST_USERS = 10  # smaller groups are not tested
DRAWS, FEW_DRAWS = 10_000, 1_000  # permutations: at most, at least
WORK = 4_000_000  # most permutations * distinct values, beyond FEW_DRAWS
BLOCK, ENOUGH = 1_000, 200  # permutations at a time; as many as extreme as the observation end the test
RESAMPLES = 1_000  # of the bootstrap
NO_GROUP = -1  # code of a user whose group is unknown

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Grouping:
    """Users or items by the values of one column: `codes` [num_users] index `names`, NO_GROUP where unknown."""

    column: str
    names: tuple[str, ...]
    codes: np.ndarray


@dataclass(frozen=True)
class GroupMean:
    """Mean of a metric over the users of a group, and its difference from the other users of the column.

    Intervals are 95 % bootstrap intervals over users, `p` is two-sided, `p_holm` is corrected for all groups of all columns.
    `interval` is None for a single user. The rest is None where the group or the other users are fewer than LEAST_USERS.
    """

    name: str
    num_users: int
    mean: float
    interval: Interval | None
    rest: float | None = None
    difference: float | None = None
    difference_interval: Interval | None = None
    p: float | None = None
    p_holm: float | None = None

    @property
    def is_significant(self) -> bool:
        return self.p_holm is not None and self.p_holm <= ALPHA


@dataclass(frozen=True)
class ColumnMeans:
    """Groups of one column that have users, in the order of the column; `num_unknown` users have no value."""

    column: str
    groups: tuple[GroupMean, ...]
    num_unknown: int

    @property
    def tested(self) -> tuple[GroupMean, ...]:
        return tuple(group for group in self.groups if group.p is not None)

    @property
    def gap(self) -> float | None:
        """Largest difference between the means of two tested groups; None with fewer than two."""
        means = [group.mean for group in self.tested]
        return max(means) - min(means) if len(means) > 1 else None


@dataclass(frozen=True)
class GroupExposure:
    """Share of a group of items in lists, interactions and catalogue.

    `places` is its share of the places in the lists and `exposure` the same discounted by rank, each with a 95 %
    bootstrap interval over users. `ratio` and `difference` compare the exposure with the share of the training
    `interactions`, which is not resampled; the ratio is None without interactions.
    """

    name: str
    num_items: int
    places: float
    places_interval: Interval
    exposure: float
    exposure_interval: Interval
    interactions: float
    catalogue: float

    @property
    def ratio(self) -> float | None:
        return self.exposure / self.interactions if self.interactions else None

    @property
    def ratio_interval(self) -> Interval | None:
        low, high = self.exposure_interval
        return (low / self.interactions, high / self.interactions) if self.interactions else None

    @property
    def difference(self) -> float:
        return self.exposure - self.interactions

    @property
    def difference_interval(self) -> Interval:
        low, high = self.exposure_interval
        return low - self.interactions, high - self.interactions


def user_means(values: np.ndarray, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average the `values` [num_targets] of each user: (sorted distinct users [num_users], means [num_users]).

    >>> user_means(np.array([1.0, 0.0, 0.5]), np.array([7, 7, 3]))
    (array([3, 7]), array([0.5, 0.5]))
    """
    distinct, codes = np.unique(users, return_inverse=True)
    return distinct, np.bincount(codes, values) / np.bincount(codes)


def compare_groups(values: np.ndarray, groupings: Sequence[Grouping], seed: int = SEED) -> tuple[ColumnMeans, ...]:
    """Compare the mean of `values` [num_users] between the groups of each column.

    Each group is compared with all other users whose value is known. The two groups of a column are one comparison,
    which Holm's correction counts once.
    """
    rng = np.random.default_rng(seed)
    columns = [_column_means(values, grouping, rng) for grouping in groupings]
    adjusted = iter(holm([group.p for column in columns for group in _counted(column) if group.p is not None]))
    corrected = []
    for column in columns:
        p_holm = [next(adjusted) for _ in _counted(column)]
        p_holm += p_holm * (len(column.tested) - len(p_holm))
        by_name = dict(zip((group.name for group in column.tested), p_holm, strict=True))
        groups = tuple(replace(group, p_holm=by_name.get(group.name)) for group in column.groups)
        corrected.append(replace(column, groups=groups))
    return tuple(corrected)


def _counted(column: ColumnMeans) -> tuple[GroupMean, ...]:
    """The comparisons of a column: one for a column of two groups, else one per tested group."""
    return column.tested[:1] if len(column.groups) == 2 else column.tested


def _column_means(values: np.ndarray, grouping: Grouping, rng: np.random.Generator) -> ColumnMeans:
    is_known = grouping.codes != NO_GROUP
    known_values, codes = values[is_known], grouping.codes[is_known]
    groups: list[GroupMean] = []
    present = np.unique(codes)
    for code in present:
        group = _group_mean(grouping.names[code], known_values, codes == code, rng)
        if len(present) == 2 and groups:
            group = replace(group, p=groups[0].p)  # the same comparison
        groups.append(group)
    return ColumnMeans(grouping.column, tuple(groups), int((~is_known).sum()))


def _group_mean(name: str, values: np.ndarray, is_member: np.ndarray, rng: np.random.Generator) -> GroupMean:
    inside, outside = values[is_member], values[~is_member]
    means = _resampled_means(inside, rng)
    interval = _middle(means) if len(inside) > 1 else None
    group = GroupMean(name, len(inside), float(inside.mean()), interval)
    if min(len(inside), len(outside)) < LEAST_USERS:
        return group
    return replace(
        group,
        rest=float(outside.mean()),
        difference=float(inside.mean() - outside.mean()),
        difference_interval=_middle(means - _resampled_means(outside, rng)),
        p=welch_permutation_p(values, is_member, rng),
    )


def welch_permutation_p(values: np.ndarray, is_member: np.ndarray, rng: np.random.Generator) -> float:
    """Compute the two-sided p-value of Welch's statistic for members against others, by permuting the users.

    (hits + 1) / (draws + 1), where the draws end after ENOUGH hits (Besag & Clifford 1991, "Sequential Monte Carlo
    p-values", Biometrika 78, 301-304). Only the number of members with each distinct value matters, so these are drawn from
    the multivariate hypergeometric distribution. At least two users on either side.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) == 1:
        return 1.0
    num_members = int(is_member.sum())
    observed = np.bincount(np.searchsorted(distinct, values[is_member]), minlength=len(distinct))[None]
    threshold = _welch(observed, distinct, counts)[0] * (1 - TOLERANCE)
    most, draws, hits = min(DRAWS, max(FEW_DRAWS, WORK // len(distinct))), 0, 0
    while draws < most and hits < ENOUGH:
        size = min(BLOCK, most - draws)
        drawn = rng.multivariate_hypergeometric(counts, num_members, size=size, method="marginals")
        hits += int((_welch(drawn, distinct, counts) >= threshold).sum())
        draws += size
    return (hits + 1) / (draws + 1)


def _welch(members_DV: np.ndarray, distinct_V: np.ndarray, counts_V: np.ndarray) -> np.ndarray:
    """Absolute Welch statistic of D groups by the number of members with each of V values, [D]."""
    (mean, variance), (rest_mean, rest_variance) = (
        _moments(part_DV, distinct_V) for part_DV in (members_DV, counts_V - members_DV)
    )
    gap, error = np.abs(mean - rest_mean), np.sqrt(variance + rest_variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error > 0, gap / error, np.where(gap > 0, np.inf, 0.0))


def _moments(counts_DV: np.ndarray, distinct_V: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean, and variance of the mean, of each row of counts."""
    sizes = counts_DV.sum(1)
    means = counts_DV @ distinct_V / sizes
    squares = (counts_DV * (distinct_V - means[:, None]) ** 2).sum(1)
    return means, squares / (sizes - 1) / sizes


def _resampled_means(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bootstrap means over users, [RESAMPLES]: how often each distinct value is drawn is multinomial."""
    distinct, counts = np.unique(values, return_counts=True)
    drawn = rng.multinomial(len(values), counts / len(values), size=RESAMPLES)
    return np.asarray(drawn @ distinct / len(values))


def _middle(means: np.ndarray) -> Interval:
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def item_exposure(
    lists_TK: np.ndarray, users_T: np.ndarray, groups_NG: np.ndarray, item_counts: np.ndarray, names: Sequence[str]
) -> tuple[GroupExposure, ...]:
    """Compute the exposure of each group of items.

    `lists_TK` holds item indices, best first, PAD where a list is short; `users_T` groups the lists of users with several.
    `groups_NG` [num_items + 1, num_groups] is the share of an item in each group; rows sum to 1, or 0 for an item
    without a group. `item_counts` [num_items + 1] are training events.
    """
    discounts_K = 1 / np.log2(np.arange(lists_TK.shape[1]) + 2.0)
    groups_NG = np.where(np.arange(len(groups_NG))[:, None] == PAD, 0.0, groups_NG)
    ones_K = np.ones(lists_TK.shape[1])
    places, exposure = (_shares(_weights(lists_TK, groups_NG, weight_K), users_T) for weight_K in (ones_K, discounts_K))
    interactions_G, catalogue_G = (item_counts @ groups_NG, groups_NG.sum(0))
    return tuple(
        GroupExposure(
            name,
            int((groups_NG[:, g] > 0).sum()),
            *places[g],
            *exposure[g],
            interactions=float(interactions_G[g] / interactions_G.sum()),
            catalogue=float(catalogue_G[g] / catalogue_G.sum()),
        )
        for g, name in enumerate(names)
    )


def _weights(lists_TK: np.ndarray, groups_NG: np.ndarray, weight_K: np.ndarray) -> np.ndarray:
    """Weight of the places of each group in each list, [T, G]; one rank at a time bounds memory."""
    weights_TG = np.zeros((len(lists_TK), groups_NG.shape[1]))
    for items_T, weight in zip(lists_TK.T, weight_K, strict=True):
        weights_TG += weight * groups_NG[items_T]
    return weights_TG


def _shares(weights_TG: np.ndarray, users_T: np.ndarray) -> list[tuple[float, Interval]]:
    """Share of each group in the sum of all weights, with its interval over users."""
    low_G, high_G = bootstrap_shares(weights_TG, users_T)
    shares_G = weights_TG.sum(0) / weights_TG.sum()
    return [(float(share), (float(low), float(high))) for share, low, high in zip(shares_G, low_G, high_G, strict=True)]
