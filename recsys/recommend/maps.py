"""Maps: two coordinates for every item, near each other where the model relates items, and for users.

Items come from the model alone: its item vectors, or the factors of its item-to-item links. So nothing after the training
cut enters, except through what the model has learnt. Equal models give equal bits. Shapes: N = num_items + 1, D numbers per
vector, T test targets, K places of a list.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse

from recsys.data.interactions import PAD
from recsys.messages import Message, message
from recsys.models.base import LinearModel, Recommender
from recsys.recommend.blend import Blend, models_in
from recsys.recommend.neighbour_layout import layout, unit
from recsys.recommend.similar import item_vectors

RANK, SPARE, ROUNDS, SEED = 32, 8, 2, 1  # of the factors: columns, columns that only improve them, power iterations
NEGLIGIBLE = 1e-6  # of the longest vector: an item with a shorter one has no links
SPARSE = 0.05  # share of entries below which products of a sparse table are faster
ROWS = 1024  # rows of a table searched at a time
SMALLEST = 1e-12  # of the largest eigenvalue: a smaller one is rounding


def why_no_map(model: Recommender) -> Message | None:
    """Why a model has no map, as a sentence; None if it has one."""
    weights = model.weights if isinstance(model, Blend) else (1.0,)
    if any(weight and part.window != 0 for part, weight in zip(models_in(model), weights, strict=True)):
        return None
    return message("{model} gives everyone the same list: it relates no item to another, so there is no map.", model=model.title)  # fmt: skip


def item_points(model: Recommender, scorable_N: np.ndarray) -> np.ndarray | None:
    """Coordinates of the items, [N, 2] float32 with mean 0 and mean squared radius 1; None where `why_no_map` says why.

    NaN for items that the model cannot place: those it cannot score, and those without a link.
    """
    vectors_ND = map_vectors(model)
    if vectors_ND is None:
        return None
    lengths_N = np.linalg.norm(vectors_ND, axis=1)
    is_placed_N = scorable_N & (lengths_N > NEGLIGIBLE * lengths_N.max())
    points_N2 = np.full((len(vectors_ND), 2), np.nan, dtype=np.float32)
    if is_placed_N.any():
        points_N2[is_placed_N] = layout(vectors_ND[is_placed_N])
    return points_N2


def map_vectors(model: Recommender) -> np.ndarray | None:
    """Vectors of the items, [N, D]: embeddings, factors of the links, or for a blend those of its parts side by side.

    The parts of a blend are scaled so that a cosine is the weighted mean of their cosines. None for a model without either.
    """
    if isinstance(model, Blend):
        of_parts = [(map_vectors(part), weight) for part, weight in zip(model.models, model.weights, strict=True)]
        scaled = [math.sqrt(weight) * unit(vectors) for vectors, weight in of_parts if vectors is not None and weight]
        return np.concatenate(scaled, axis=1) if scaled else None
    if isinstance(model, LinearModel):
        return link_factors(model.link_table())
    vectors_ND = item_vectors(model)
    return None if vectors_ND is None else vectors_ND.numpy().astype(np.float64)


def link_factors(links_NN: np.ndarray | scipy.sparse.csr_matrix) -> np.ndarray:
    """Factors of an item-to-item table, [N, 2 RANK] float64: each item as it leads to others, then as others lead to it.

    U sqrt(S) and V sqrt(S) of its truncated singular value decomposition, by randomised subspace iteration with a fixed seed
    (Halko, Martinsson & Tropp 2011, arXiv:0909.4061, section 4.5): only products of the table with few columns. More iterations
    come nearer to it, but not to the neighbours by whole rows and columns of the table.
    """
    links_NN = _sparse_if_faster(links_NN) if isinstance(links_NN, np.ndarray) else links_NN
    num_columns = min(RANK + SPARE, links_NN.shape[1])
    start_NC = np.random.default_rng(SEED).standard_normal((links_NN.shape[1], num_columns), dtype=np.float32)
    range_NC = _orthonormal(links_NN @ start_NC)
    for _ in range(ROUNDS):
        range_NC = _orthonormal(links_NN @ (links_NN.T @ range_NC))
    across_NC = links_NN.T @ range_NC
    axes_CC, strength_C = _principal_axes(across_NC)
    factors = [range_NC @ axes_CC, across_NC @ (axes_CC / strength_C)]
    return np.concatenate([(np.sqrt(strength_C) * factor)[:, :RANK] for factor in factors], axis=1)


def _sparse_if_faster(links_NN: np.ndarray) -> np.ndarray | scipy.sparse.csr_matrix:
    """The table, as a sparse one if fewer than SPARSE of its entries are not 0; found in blocks, faster than scipy does."""
    counts, columns, values, width = [], [], [], links_NN.shape[1]
    most, num_links = SPARSE * links_NN.size, 0
    for start in range(0, len(links_NN), ROWS):
        block = links_NN[start : start + ROWS]
        places = np.flatnonzero(block != 0)  # of float32 entries themselves: slower
        num_links += len(places)
        if num_links >= most:
            return links_NN
        counts.append(np.diff(np.searchsorted(places, width * np.arange(len(block) + 1))))
        columns.append(places - np.repeat(width * np.arange(len(block)), counts[-1]))
        values.append(block.ravel()[places])
    starts = np.concatenate([[0], *counts]).cumsum()
    return scipy.sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), starts), shape=links_NN.shape)


def _orthonormal(columns_NC: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span the same, in the precision of the columns; those of rounding alone are near 0."""
    axes_CC, lengths_C = _principal_axes(columns_NC)
    return np.asarray(columns_NC @ (axes_CC / lengths_C).astype(columns_NC.dtype))


def _principal_axes(columns_NC: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Right singular vectors [C, C] and singular values [C] of the columns, largest first, by the eigenvalues of their products.

    Several times as fast as a decomposition of tall columns, with half of its digits.
    """
    precise_NC = columns_NC.astype(np.float64)
    squares_C, axes_CC = np.linalg.eigh(precise_NC.T @ precise_NC)
    smallest = max(SMALLEST * squares_C[-1], np.finfo(np.float32).tiny)
    return axes_CC[:, ::-1], np.sqrt(np.maximum(squares_C[::-1], smallest))


def user_points(points_N2: np.ndarray, lists_TK: np.ndarray) -> np.ndarray:
    """Coordinates of the users of the test targets, [T, 2] float32: the mean of those of the items of their list.

    So a user lies at the centre of what is recommended to them. Items without coordinates do not count; NaN where no item of
    the list has any.

    >>> user_points(np.array([[np.nan, np.nan], [0, 0], [2, 4]]), np.array([[1, 2], [2, PAD], [PAD, PAD]]))
    array([[ 1.,  2.],
           [ 2.,  4.],
           [nan, nan]], dtype=float32)
    """
    has_point_TK = np.isfinite(points_N2[lists_TK, 0]) & (lists_TK != PAD)
    sums_T2 = np.where(has_point_TK[..., None], points_N2[lists_TK].astype(np.float64), 0.0).sum(1)
    counts_T1 = has_point_TK.sum(1, keepdims=True)
    return np.where(counts_T1 > 0, sums_T2 / np.maximum(counts_T1, 1), np.nan).astype(np.float32)


def aligned(points_N2: np.ndarray, reference_N2: np.ndarray) -> np.ndarray:
    """The points, rotated and perhaps reflected to lie as near to the reference as they can; [N, 2] float32.

    Distances stay: the orthogonal Procrustes problem (Schönemann 1966) on the items that both maps place.
    """
    is_common_N = np.isfinite(points_N2[:, 0]) & np.isfinite(reference_N2[:, 0])
    if not is_common_N.any():
        return points_N2
    first, second = (points[is_common_N].astype(np.float64) for points in (points_N2, reference_N2))
    left_22, _, right_22 = np.linalg.svd((first - first.mean(0)).T @ (second - second.mean(0)))
    turned_N2: np.ndarray = (points_N2.astype(np.float64) @ (left_22 @ right_22)).astype(np.float32)
    return turned_N2
