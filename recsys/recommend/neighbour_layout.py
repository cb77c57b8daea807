"""Layout of vectors in two dimensions that keeps neighbours together: t-SNE at a cost linear in their number.

t-SNE (van der Maaten & Hinton 2008) pulls neighbours together and pushes all pairs apart. Here each vector has NEIGHBOURS
neighbours of equal weight, as alike a picture as with fitted bandwidths (Böhm, Berens & Kobak 2022, arXiv:2007.08902), and
what pushes is estimated from SAMPLE random points at a time. It starts at the principal components, so that the large
distances follow them (Kobak & Berens 2019, doi:10.1038/s41467-019-13056-x), with a large step that shrinks to zero, so that
few steps do. On the sample shop, 56 % of the 10 nearest items of GRU4Rec are among the 10 nearest on the map, and 14 % with
principal components alone.

With more than WHOLE vectors, neighbours are sought within cells of similar vectors, and the steps place a random COARSE of
them; the others start amid their neighbours and a few steps move all.

Equal vectors give equal bits: chance comes from one seed. Shapes: n vectors, D numbers in each, k neighbours, c cells, m
points of a sample, e pairs of neighbours.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse

NEIGHBOURS, FEWEST, MOST = 15, 50, 50_000  # with fewer vectors, or with more, principal components alone
WHOLE, COARSE = 5000, 3000
SAMPLE, STEPS, FINE_STEPS, SEED = 128, 125, 30, 1
EARLY, EXAGGERATION = 0.25, 12  # share of the steps in which neighbours pull so many times as strongly
SLOWING = 0.3  # share of the steps in which the step shrinks to zero
APART = 0.01  # deviation of what moves apart points of equal neighbours; the pull is halved at a distance of 1
ROWS = 1024  # so many vectors are compared with others at a time
CELL_ROUNDS, NEAR_CELLS = 3, 8  # rounds of k-means; cells in which a vector's neighbours are sought
TINY = 1e-12


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
    """The NEIGHBOURS candidates nearest by cosine to each row, itself left out, as indices."""
    nearest_nk = np.empty((len(rows), NEIGHBOURS), dtype=np.int32)
    of_candidates = np.ascontiguousarray(units_nD[candidates].T)
    for start in range(0, len(rows), ROWS):
        block = rows[start : start + ROWS]
        distances = -(units_nD[block] @ of_candidates)
        distances[block[:, None] == candidates] = np.inf
        places = np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        nearest_nk[start : start + ROWS] = candidates[places]
    return nearest_nk


def _by_neighbours(start_n2: np.ndarray, units_nD: np.ndarray) -> np.ndarray:
    """Place the vectors by their neighbours, from a start that gives the large distances; [n, 2] float32."""
    n, graph_nn = len(units_nD), neighbour_graph(units_nD)
    if n <= WHOLE:
        points_n2 = (1e-4 * start_n2 / max(start_n2[:, 0].std(), TINY)).astype(np.float32)
        return _spread(points_n2, graph_nn, STEPS, EARLY, SLOWING)
    rng = np.random.default_rng(SEED)
    sampled_m = np.sort(rng.choice(n, COARSE, replace=False))
    coarse_m2 = _by_neighbours(start_n2[sampled_m], units_nD[sampled_m]) * np.float32(math.sqrt(n / COARSE))
    points_n2 = (start_n2 * coarse_m2.std() / max(start_n2.std(), TINY)).astype(np.float32)
    points_n2[sampled_m] = coarse_m2
    points_n2 = _amid_neighbours(points_n2, sampled_m, graph_nn)
    points_n2 += np.float32(APART) * rng.standard_normal(points_n2.shape, dtype=np.float32)
    return _spread(points_n2, graph_nn, FINE_STEPS, early=0, slowing=1)


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


def _spread(
    points_n2: np.ndarray, graph_nn: scipy.sparse.csr_matrix, steps: int, early: float, slowing: float
) -> np.ndarray:
    """Descend the gradient of t-SNE with momentum and a gain for each coordinate, as in its paper; [n, 2] float32.

    `early` and `slowing` are shares of the steps: as EARLY, as SLOWING.
    """
    n, pairs = len(points_n2), scipy.sparse.triu(graph_nn).tocoo()
    signs, both = np.repeat(np.array([1, -1], np.float32), pairs.nnz), np.tile(np.arange(pairs.nnz), 2)
    ends_ne = scipy.sparse.csr_matrix((signs, (np.concatenate([pairs.row, pairs.col]), both)), shape=(n, pairs.nnz))
    velocity, gains = np.zeros_like(points_n2), np.ones_like(points_n2)
    rate, rng = max(n / EXAGGERATION, 50.0), np.random.default_rng(SEED)
    for step in range(steps):
        is_early = step < early * steps
        between_e2 = points_n2.take(pairs.row, axis=0) - points_n2.take(pairs.col, axis=0)
        between_e2 *= (pairs.data / (1 + np.einsum("ed,ed->e", between_e2, between_e2)))[:, None]
        push = _push(points_n2, points_n2[rng.choice(n, min(n, SAMPLE), replace=False)])
        gradient = 4 * ((EXAGGERATION if is_early else 1) * (ends_ne @ between_e2) - push)
        gains = np.where(gradient * velocity < 0, gains + np.float32(0.2), gains * np.float32(0.8)).clip(0.01)
        slowed = np.float32(rate * min(1, (1 - step / steps) / slowing))
        velocity = (0.5 if is_early else 0.8) * velocity - slowed * gains * gradient
        points_n2 = points_n2 + velocity
    return points_n2


def _push(points_n2: np.ndarray, sampled_m2: np.ndarray) -> np.ndarray:
    """What drives each point from all others, estimated from the sampled ones, [n, 2] float32."""
    squares_n, squares_m = (np.einsum("nd,nd->n", points, points) for points in (points_n2, sampled_m2))
    left_n4 = np.column_stack([points_n2, squares_n + 1, np.ones_like(squares_n)])
    right_4m = np.stack([*(-2 * sampled_m2.T), np.ones_like(squares_m), squares_m])
    ones_and_sampled_m3 = np.column_stack([np.ones_like(squares_m), sampled_m2])
    push_n2, total = np.empty_like(points_n2), -float(len(sampled_m2))  # without each sampled point itself
    for start in range(0, len(points_n2), ROWS):
        block = slice(start, start + ROWS)
        near_bm = left_n4[block] @ right_4m  # 1 + the squared distance
        np.reciprocal(near_bm, out=near_bm)
        total += float(np.einsum("bm->", near_bm))
        near_bm *= near_bm
        sums_b3 = near_bm @ ones_and_sampled_m3
        push_n2[block] = sums_b3[:, :1] * points_n2[block] - sums_b3[:, 1:]
    return push_n2 / np.float32(max(total, TINY))
