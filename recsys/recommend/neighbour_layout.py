"""Layout of vectors in two dimensions that keeps neighbours together: t-SNE at a cost linear in their number.

t-SNE (van der Maaten & Hinton 2008) pulls neighbours together and pushes all pairs apart. Here each vector has NEIGHBOURS
neighbours of equal weight, as alike a picture as with fitted bandwidths (Böhm, Berens & Kobak 2022, arXiv:2007.08902), and
what pushes is estimated from SAMPLE random points at a time. It starts at the principal components, so that the large
distances follow them (Kobak & Berens 2019, doi:10.1038/s41467-019-13056-x), with a large step that shrinks to zero, so that
few steps do. On the sample shop, 62 % of the 10 nearest items of GRU4Rec are among the 10 nearest on the map, and 14 % with
principal components alone.

With more than WHOLE vectors, neighbours are sought within cells of similar vectors, and the steps place a random COARSE of
them; the others start amid their neighbours and a few larger steps, with less momentum, move all.

Equal vectors give equal bits: chance comes from one seed. Shapes: n vectors, D numbers in each, k neighbours, c cells, b
rows and s stripes of a block, m points of a sample, e pairs of neighbours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse

NEIGHBOURS, FEWEST, MOST = 10, 50, 50_000  # with fewer vectors, or with more, principal components alone
WHOLE, COARSE = 4000, 1500
SAMPLE, SEED = 128, 1
EXAGGERATION = 12  # neighbours pull so many times as strongly in the early steps
START = 0.1  # deviation of the first principal component at the start; the pull is halved at a distance of 1
APART = 0.01  # deviation of what moves apart points of equal neighbours
ROWS = 1024  # so many vectors are compared with others at a time
STRIPE = 16  # values of which only the largest is looked at first
CELL_ROUNDS, NEAR_CELLS = 3, 8  # rounds of k-means; cells in which a vector's neighbours are sought
TINY = 1e-12


@dataclass(frozen=True)
class Descent:
    """Steps of gradient descent: `early` and `slowing` are the shares of those that exaggerate, and in which the step
    shrinks to zero; `rate` is the step by the number of points."""

    steps: int
    rate: float
    momentum: float
    early: float
    slowing: float


FIRST = Descent(steps=100, rate=1 / 12, momentum=0.8, early=0.25, slowing=0.3)
OF_SAMPLE = replace(FIRST, steps=60)  # FINE ones follow
FINE = Descent(steps=15, rate=1 / 2, momentum=0.3, early=0.0, slowing=1.0)
EARLY_MOMENTUM, LEAST_RATE = 0.5, 20.0


def layout(vectors_nD: np.ndarray) -> np.ndarray:
    """Place the vectors by their directions from their mean: [n, 2] float32 with mean 0 and mean squared radius 1."""
    units_nD = unit(vectors_nD - vectors_nD.mean(0))
    points_n2 = principal_components(units_nD)
    if FEWEST <= len(units_nD) <= MOST:
        points_n2 = _by_neighbours(points_n2, units_nD.astype(np.float32))
    points_n2 = points_n2 - points_n2.mean(0)
    radius = np.sqrt((points_n2**2).sum(1).mean())
    return (points_n2 / max(radius, TINY)).astype(np.float32)


def unit(vectors_nD: np.ndarray) -> np.ndarray:
    """The vectors at length 1; zero vectors stay zero."""
    return vectors_nD / np.maximum(np.linalg.norm(vectors_nD, axis=1, keepdims=True), TINY)


def principal_components(vectors_nD: np.ndarray) -> np.ndarray:
    """The first two principal components, [n, 2] float64; the largest value of each is positive."""
    centred_nD = vectors_nD - vectors_nD.mean(0)
    _, axes_DD = np.linalg.eigh(centred_nD.T @ centred_nD)
    points_n2 = centred_nD @ axes_DD[:, :-3:-1]
    if points_n2.shape[1] < 2:
        points_n2 = np.pad(points_n2, ((0, 0), (0, 1)))
    return points_n2 * np.where(points_n2[np.abs(points_n2).argmax(0), [0, 1]] < 0, -1.0, 1.0)


def neighbour_graph(units_nD: np.ndarray) -> scipy.sparse.csr_matrix:
    """Each vector's NEIGHBOURS nearest by cosine, [n, n] float32: symmetric, and all weights sum to 1.

    With more than WHOLE vectors, most of them (`nearest_in_cells`).
    """
    n, everything = len(units_nD), np.arange(len(units_nD))
    nearest_nk = _nearest(units_nD, everything, everything) if n <= WHOLE else nearest_in_cells(units_nD)
    starts = np.arange(0, nearest_nk.size + 1, NEIGHBOURS)
    graph_nn = scipy.sparse.csr_matrix((np.ones(nearest_nk.size, np.float32), nearest_nk.ravel(), starts), shape=(n, n))
    graph_nn = (graph_nn + graph_nn.T).tocsr()
    graph_nn.sort_indices()
    graph_nn.data /= graph_nn.data.sum()
    return graph_nn


def nearest_in_cells(units_nD: np.ndarray) -> np.ndarray:
    """Nearest vectors by cosine within the NEAR_CELLS cells nearest to each vector's, [n, NEIGHBOURS] indices.

    The sqrt(n) cells are the clusters of spherical k-means (Dhillon & Modha 2001), so the time grows with n^1.5.
    """
    n, num_cells = len(units_nD), math.isqrt(len(units_nD))
    centres_cD = units_nD[np.random.default_rng(SEED).choice(n, num_cells, replace=False)]
    for _ in range(CELL_ROUNDS):
        cell_n = (units_nD @ centres_cD.T).argmax(1)
        is_in_nc = scipy.sparse.csr_matrix((np.ones(n, np.float32), cell_n, np.arange(n + 1)), shape=(n, num_cells))
        centres_cD = unit(is_in_nc.T @ units_nD)
    sizes_c = np.bincount(cell_n, minlength=num_cells)
    cells = np.split(np.argsort(cell_n, kind="stable"), sizes_c.cumsum()[:-1])
    nearest_nk = np.empty((n, NEIGHBOURS), dtype=np.int32)
    for members, near_c in zip(cells, np.argsort(-(centres_cD @ centres_cD.T), kind="stable"), strict=True):
        fewest = np.searchsorted(sizes_c[near_c].cumsum(), NEIGHBOURS + 1) + 1  # cells that hold enough
        candidates = np.concatenate([cells[cell] for cell in near_c[: max(NEAR_CELLS, fewest)]])
        nearest_nk[members] = _nearest(units_nD, members, candidates)
    return nearest_nk


def _nearest(units_nD: np.ndarray, rows: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """The NEIGHBOURS candidates nearest by cosine to each row, itself left out, as indices; each row is a candidate."""
    nearest_nk, place_n = np.empty((len(rows), NEIGHBOURS), dtype=np.int32), np.empty(len(units_nD), dtype=np.int32)
    place_n[candidates] = np.arange(len(candidates))
    of_candidates = units_nD[candidates]
    for start in range(0, len(rows), ROWS):
        block = rows[start : start + ROWS]
        cosines_bm = units_nD[block] @ of_candidates.T
        cosines_bm[np.arange(len(block)), place_n[block]] = -np.inf
        nearest_nk[start : start + ROWS] = candidates[_largest(cosines_bm)]
    return nearest_nk


def _largest(values_bm: np.ndarray) -> np.ndarray:
    """Columns of the NEIGHBOURS largest values of each row, [b, NEIGHBOURS]; of equal values any.

    In a third of the time of a partition of long rows: none is below as many maxima of stripes, and few others are not.
    """
    num_rows, width = values_bm.shape
    num_stripes = width // STRIPE
    if num_stripes >= 2 * NEIGHBOURS:
        maxima_bs = values_bm[:, : STRIPE * num_stripes].reshape(num_rows, STRIPE, num_stripes).max(1)
        bound_b1 = np.partition(maxima_bs, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS, None]
        places = np.flatnonzero(values_bm >= bound_b1)
        if len(places) <= 2 * NEIGHBOURS * num_rows:  # else many values are equal
            rows = places // width
            best_first = places[np.lexsort((-values_bm.ravel()[places], rows))]
            first_b = np.searchsorted(rows, np.arange(num_rows))
            return best_first[first_b[:, None] + np.arange(NEIGHBOURS)] % width
    return np.argpartition(values_bm, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]


def _by_neighbours(start_n2: np.ndarray, units_nD: np.ndarray, by: Descent = FIRST) -> np.ndarray:
    """Place the vectors by their neighbours, from a start that gives the large distances; [n, 2] float32."""
    n, graph_nn = len(units_nD), neighbour_graph(units_nD)
    if n <= WHOLE:
        return _spread((START * start_n2 / max(start_n2[:, 0].std(), TINY)).astype(np.float32), graph_nn, by)
    rng = np.random.default_rng(SEED)
    sampled_m = np.sort(rng.choice(n, COARSE, replace=False))
    coarse_m2 = _by_neighbours(start_n2[sampled_m], units_nD[sampled_m], OF_SAMPLE)
    coarse_m2 *= np.float32(math.sqrt(n / COARSE))
    points_n2 = (start_n2 * coarse_m2.std() / max(start_n2.std(), TINY)).astype(np.float32)
    points_n2[sampled_m] = coarse_m2
    points_n2 = _amid_neighbours(points_n2, sampled_m, graph_nn)
    points_n2 += np.float32(APART) * rng.standard_normal(points_n2.shape, dtype=np.float32)
    return _spread(points_n2, graph_nn, FINE)


def _amid_neighbours(points_n2: np.ndarray, placed: np.ndarray, graph_nn: scipy.sparse.csr_matrix) -> np.ndarray:
    """The points, those that are not `placed` moved to the mean of their placed neighbours, then of these, and so on."""
    points_n2, is_placed_n = points_n2.copy(), np.zeros(len(points_n2), np.float32)
    is_placed_n[placed] = 1
    while True:
        reached_n = graph_nn @ is_placed_n
        new = np.flatnonzero((is_placed_n == 0) & (reached_n > 0))
        if not len(new):
            return points_n2
        points_n2[new] = graph_nn[new] @ (points_n2 * is_placed_n[:, None]) / reached_n[new, None]
        is_placed_n[new] = 1


def _spread(points_n2: np.ndarray, graph_nn: scipy.sparse.csr_matrix, by: Descent) -> np.ndarray:
    """Descend the gradient of t-SNE with momentum and a gain for each coordinate, as in its paper; [n, 2] float32.

    Each coordinate has an array of its own: numpy is slow along an axis of two.
    """
    n, pairs = len(points_n2), scipy.sparse.triu(graph_nn).tocoo()
    signs, both = np.repeat(np.array([1, -1], np.float32), pairs.nnz), np.tile(np.arange(pairs.nnz), 2)
    ends_ne = scipy.sparse.csr_matrix((signs, (np.concatenate([pairs.row, pairs.col]), both)), shape=(n, pairs.nnz))
    first_e, second_e = pairs.row.astype(np.intp), pairs.col.astype(np.intp)  # else `take` converts them each time
    points_2n = np.ascontiguousarray(points_n2.T)
    velocity, gains = np.zeros_like(points_2n), np.ones_like(points_2n)
    rate, rng = max(n * by.rate, LEAST_RATE), np.random.default_rng(SEED)
    for step in range(by.steps):
        is_early = step < by.early * by.steps
        x_e, y_e = (of_n.take(first_e) - of_n.take(second_e) for of_n in points_2n)
        weight_e = pairs.data / (1 + x_e * x_e + y_e * y_e)
        pull = np.stack([ends_ne @ (x_e * weight_e), ends_ne @ (y_e * weight_e)])
        push = _push(points_2n, points_2n[:, rng.choice(n, min(n, SAMPLE), replace=False)])
        gradient = 4 * ((EXAGGERATION if is_early else 1) * pull - push)
        gains = np.where(gradient * velocity < 0, gains + np.float32(0.2), gains * np.float32(0.8)).clip(0.01)
        slowed = np.float32(rate * min(1, (1 - step / by.steps) / by.slowing))
        velocity = (EARLY_MOMENTUM if is_early else by.momentum) * velocity - slowed * gains * gradient
        points_2n = points_2n + velocity
    return np.ascontiguousarray(points_2n.T)


def _push(points_2n: np.ndarray, sampled_2m: np.ndarray) -> np.ndarray:
    """What drives each point from all others, estimated from the sampled ones, [2, n] float32."""
    squares_n, squares_m = (np.einsum("dn,dn->n", points, points) for points in (points_2n, sampled_2m))
    left_m4 = np.column_stack([*(-2 * sampled_2m), np.ones_like(squares_m), squares_m])
    right_4n = np.stack([*points_2n, squares_n + 1, np.ones_like(squares_n)])
    ones_and_sampled_3m = np.stack([np.ones_like(squares_m), *sampled_2m])
    push_2n, total = np.empty_like(points_2n), -float(len(squares_m))  # without each sampled point itself
    for start in range(0, len(squares_n), ROWS):
        block = slice(start, start + ROWS)
        near_mb = left_m4 @ right_4n[:, block]  # 1 + the squared distance
        np.reciprocal(near_mb, out=near_mb)
        total += float((ones_and_sampled_3m[0] @ near_mb).sum())
        near_mb *= near_mb
        sums_3b = ones_and_sampled_3m @ near_mb
        push_2n[:, block] = sums_3b[0] * points_2n[:, block] - sums_3b[1:]
    return push_2n / np.float32(max(total, TINY))
