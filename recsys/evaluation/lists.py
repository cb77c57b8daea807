"""Metrics of recommendation lists beyond accuracy. No model, no disk access.

Shapes: U lists of K places, N = num_items + 1, C categories, D numbers per item vector. `lists_UK` holds item indices,
best first, and PAD where a list is short. Values are one a list, [U] float64, NaN for a list without the items that a
metric needs; `mean` averages the others.

Sources: coverage, Ge, Delgado-Battenfeld & Jannach (2010); Gini index of exposure, Gini (1912), Fleder & Hosanagar
(2009); novelty as self-information, Zhou et al. (2010); serendipity as unexpected hits, Adamopoulos & Tuzhilin (2014);
intra-list distance, Ziegler et al. (2005), Vargas & Castells (2011); popularity lift, Abdollahpouri et al. (2019); calibration, Steck (2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.sparse

from recsys.data.interactions import PAD

Vectors: TypeAlias = np.ndarray | scipy.sparse.csr_matrix
SMOOTHING = 0.01  # Steck's alpha: of a list without a category of the history


def mean(values_U: np.ndarray) -> float | None:
    """Mean over the lists that have a value; None if none has one."""
    known = values_U[~np.isnan(values_U)]
    return float(known.mean()) if len(known) else None


def exposure(lists_UK: np.ndarray, num_items: int) -> np.ndarray:
    """Number of lists in which each item stands, [N] int64.

    >>> exposure(np.array([[1, 2], [1, 0]]), num_items=3)
    array([0, 2, 1, 0])
    """
    counts_N = np.bincount(lists_UK.ravel(), minlength=num_items + 1)
    counts_N[PAD] = 0
    return counts_N


def coverage(lists_UK: np.ndarray, num_items: int) -> float:
    """Share of the catalogue that is recommended to someone.

    >>> coverage(np.array([[1, 2], [1, 3]]), num_items=4)
    0.75
    """
    return float(np.count_nonzero(exposure(lists_UK, num_items)) / num_items)


def gini(lists_UK: np.ndarray, num_items: int) -> float:
    """Gini index of exposure: 0 if every item is in equally many lists, near 1 if few items fill all lists.

    >>> gini(np.array([[1, 2], [3, 4]]), num_items=4)
    0.0
    >>> gini(np.array([[1], [1]]), num_items=4)
    0.75
    """
    counts = np.sort(exposure(lists_UK, num_items)[1:]).astype(np.float64)
    if not counts.sum():
        return 0.0
    places = np.arange(1, num_items + 1)
    return float(((2 * places - num_items - 1) * counts).sum() / (num_items * counts.sum()))


def novelty(lists_UK: np.ndarray, users_N: np.ndarray, num_users: int) -> np.ndarray:
    """Mean self-information of the items, in bits: -log2 of the share of users who know the item.

    `users_N` is the number of users with each item in their training events; an item that nobody has counts as one.

    >>> novelty(np.array([[1, 2]]), users_N=np.array([0, 4, 1]), num_users=4)
    array([1.])
    """
    bits_N = -np.log2(np.maximum(users_N, 1) / num_users)
    return _mean_of(lists_UK, bits_N)


def serendipity(lists_UK: np.ndarray, targets_U: np.ndarray, item_counts: np.ndarray) -> np.ndarray:
    """Unexpected hits: how much higher the held-out item stands in the list than popularity alone would put it.

    The mean over the list of max(p(rank) - p(popularity rank), 0) at the held-out item, with p(r) = 1 - (r - 1) / num_items;
    items of equal `item_counts` share a popularity rank, items without an event have p = 0.

    >>> serendipity(np.array([[2, 1], [1, 2]]), targets_U=np.array([2, 1]), item_counts=np.array([0, 9, 3, 3, 3]))
    array([0.125, 0.   ])
    """
    num_items = len(item_counts) - 1
    levels = np.unique(item_counts[1:][item_counts[1:] > 0])[::-1]
    popularity_rank_N = 1 + np.searchsorted(-levels, -item_counts, side="left")
    by_popularity_N = np.where(item_counts > 0, (num_items + 1 - popularity_rank_N) / num_items, 0.0)
    by_rank_K = (num_items - np.arange(lists_UK.shape[1])) / num_items
    gain_UK = np.maximum(by_rank_K - by_popularity_N[lists_UK], 0.0) * (lists_UK == targets_U[:, None])
    return _divided(gain_UK.sum(1), (lists_UK != PAD).sum(1))


def vector_distance(lists_UK: np.ndarray, unit_vectors_ND: Vectors) -> np.ndarray:
    """Intra-list distance: one minus the mean cosine over all pairs of a list, 0 to 2. Zero vectors are left out.

    Of n unit vectors, the pairs' cosines sum to (|sum of the vectors|^2 - n) / 2, so the cost is linear in K.

    >>> vector_distance(np.array([[1, 2, 3]]), np.array([[0, 0], [1, 0], [0, 1], [0.6, 0.8]])).round(3)  # 0, 0.6, 0.8
    array([0.533])
    """
    vectors_ND = scipy.sparse.csr_matrix(unit_vectors_ND)
    has_vector_N = np.diff(vectors_ND.indptr) > 0
    is_known_UK = (lists_UK != PAD) & has_vector_N[lists_UK]
    starts_U = np.concatenate([[0], np.cumsum(is_known_UK.sum(1))])
    items_of_lists = (np.ones(starts_U[-1]), lists_UK[is_known_UK], starts_U)
    sums_UD = scipy.sparse.csr_matrix(items_of_lists, shape=(len(lists_UK), len(has_vector_N))) @ vectors_ND
    num_U = is_known_UK.sum(1)
    sums_UD.data **= 2
    cosines_U = (np.asarray(sums_UD.sum(1)).ravel() - num_U) / 2
    num_pairs_U = num_U * (num_U - 1) // 2
    return _divided(np.maximum(num_pairs_U - cosines_U, 0.0), num_pairs_U)


def category_distance(lists_UK: np.ndarray, categories_NC: np.ndarray) -> np.ndarray:
    """Mean Jaccard distance of the items' categories over all pairs of a list, 0 to 1.

    `categories_NC` [N, C] bool. Items without a category are left out.

    >>> category_distance(np.array([[1, 2, 3]]), np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=bool)).round(3)
    array([0.667])
    """
    of_items_UKC = categories_NC[lists_UK].astype(np.float64)
    sizes_UK = of_items_UKC.sum(-1)
    shared_UKK = of_items_UKC @ of_items_UKC.swapaxes(1, 2)
    either_UKK = sizes_UK[:, :, None] + sizes_UK[:, None, :] - shared_UKK
    is_known_UK = (lists_UK != PAD) & (sizes_UK > 0)
    return _mean_of_pairs(1 - shared_UKK / np.maximum(either_UKK, 1), is_known_UK)


def popularity(lists_UK: np.ndarray, item_counts: np.ndarray) -> np.ndarray:
    """Average recommendation popularity: the mean number of training events of the items of a list.

    >>> popularity(np.array([[1, 2], [2, 0]]), item_counts=np.array([0, 9, 3]))
    array([6., 3.])
    """
    return _mean_of(lists_UK, item_counts.astype(np.float64))


def popularity_lift(lists_UK: np.ndarray, of_histories_U: np.ndarray, item_counts: np.ndarray) -> float | None:
    """How much more popular the recommendations are than the histories: 0.5 is 50 % more events an item.

    `of_histories_U` is the mean number of training events of the items in each history; lists without one are left out.

    >>> popularity_lift(np.array([[1, 2], [2, 0]]), np.array([4.0, 2.0]), item_counts=np.array([0, 9, 3]))
    0.5
    """
    of_lists_U = popularity(lists_UK, item_counts)
    is_known = ~np.isnan(of_lists_U) & (of_histories_U > 0)
    if not is_known.any():
        return None
    return float(of_lists_U[is_known].mean() / of_histories_U[is_known].mean() - 1)


def miscalibration(shares_of_lists_UC: np.ndarray, shares_of_histories_UC: np.ndarray) -> np.ndarray:
    """Kullback-Leibler divergence of the categories of a list from those of the history, in nats; 0 is calibrated.

    Shares are rows that sum to 1, or all 0 where no item has a category. The list's shares are mixed with SMOOTHING of
    the history's, so that a category missing from the list gives a large but finite value.

    >>> miscalibration(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.5, 0.5], [0.5, 0.5]])).round(3)
    array([0.   , 1.959])
    """
    p, q = shares_of_histories_UC, (1 - SMOOTHING) * shares_of_lists_UC + SMOOTHING * shares_of_histories_UC
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log(p / q), 0.0)
    is_known = (p.sum(1) > 0) & (shares_of_lists_UC.sum(1) > 0)
    return np.where(is_known, terms.sum(1), np.nan)


def category_shares(lists_UK: np.ndarray, categories_NC: np.ndarray) -> np.ndarray:
    """Share of each category among the items of a list, [U, C]; an item of several categories is split evenly.

    >>> category_shares(np.array([[1, 2]]), np.array([[0, 0], [1, 0], [1, 1]], dtype=bool))
    array([[0.75, 0.25]])
    """
    split_NC = categories_NC / np.maximum(categories_NC.sum(1, keepdims=True), 1)
    split_NC[PAD] = 0
    sums_UC = split_NC[lists_UK].sum(1)
    return sums_UC / np.maximum(sums_UC.sum(1, keepdims=True), np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class ListChecks:
    """Numbers of lists that are not as they should be: `short` have fewer than K items, `repeated` hold an item twice,
    `empty` have none."""

    short: int
    repeated: int
    empty: int


def check_lists(lists_UK: np.ndarray) -> ListChecks:
    """Count faulty lists.

    >>> check_lists(np.array([[1, 2], [3, 3], [4, 0], [0, 0]]))
    ListChecks(short=2, repeated=1, empty=1)
    """
    in_order = np.sort(lists_UK, axis=1)
    repeated_U = ((in_order[:, 1:] == in_order[:, :-1]) & (in_order[:, 1:] != PAD)).any(1)
    lengths_U = (lists_UK != PAD).sum(1)
    return ListChecks(
        short=int((lengths_U < lists_UK.shape[1]).sum()),
        repeated=int(repeated_U.sum()),
        empty=int((lengths_U == 0).sum()),
    )


def _mean_of(lists_UK: np.ndarray, values_N: np.ndarray) -> np.ndarray:
    is_item_UK = lists_UK != PAD
    return _divided(np.where(is_item_UK, values_N[lists_UK], 0.0).sum(1), is_item_UK.sum(1))


def _mean_of_pairs(distances_UKK: np.ndarray, is_known_UK: np.ndarray) -> np.ndarray:
    """Mean over the pairs of two known items."""
    above_KK = np.triu(np.ones(distances_UKK.shape[1:], dtype=bool), k=1)
    is_pair_UKK = is_known_UK[:, :, None] & is_known_UK[:, None, :] & above_KK
    return _divided(np.where(is_pair_UKK, distances_UKK, 0.0).sum((1, 2)), is_pair_UKK.sum((1, 2)))


def _divided(sums_U: np.ndarray, counts_U: np.ndarray) -> np.ndarray:
    return np.where(counts_U > 0, sums_U / np.maximum(counts_U, 1), np.nan)
