"""A layout keeps neighbours together, more of them than principal components alone."""

from __future__ import annotations

import numpy as np

from recsys.recommend.neighbour_layout import FEWEST, layout, neighbour_graph, principal_components, unit


def groups(num_groups: int = 12, size: int = 20, width: int = 12) -> np.ndarray:
    """Vectors around one centre a group."""
    rng = np.random.default_rng(5)
    return np.repeat(rng.standard_normal((num_groups, width)), size, axis=0) + 0.2 * rng.standard_normal(
        (num_groups * size, width)
    )


def share_within_groups(points: np.ndarray, size: int = 20) -> float:
    """Share of the 10 nearest points that are of the same group."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest, group = distances.argsort(1)[:, :10], np.arange(len(points)) // size
    return float((group[nearest] == group[:, None]).mean())


def test_vectors_of_a_group_lie_together() -> None:
    vectors = groups()
    assert share_within_groups(layout(vectors)) > 0.95 > share_within_groups(principal_components(vectors))


def test_equal_vectors_give_equal_bits() -> None:
    vectors = groups()
    np.testing.assert_array_equal(layout(vectors), layout(vectors.copy()))


def test_few_vectors_are_placed_by_their_principal_components() -> None:
    vectors = unit(np.random.default_rng(0).standard_normal((FEWEST - 1, 5)))
    points, components = layout(vectors), principal_components(unit(vectors - vectors.mean(0)))
    np.testing.assert_allclose(points / points[0, 0], components / components[0, 0], rtol=1e-4)


def test_principal_components_have_fixed_signs() -> None:
    vectors = np.array([[3.0, 0], [-1, 0], [-2, 1]])
    points = principal_components(vectors)
    np.testing.assert_allclose(points, principal_components(vectors * [-1, 1]))
    assert (points[np.abs(points).argmax(0), [0, 1]] > 0).all()


def test_the_graph_of_neighbours_is_symmetric_and_sums_to_one() -> None:
    graph = neighbour_graph(unit(groups()).astype(np.float32))
    assert abs(graph - graph.T).max() == 0
    assert abs(graph.sum() - 1) < 1e-5
    assert graph.diagonal().max() == 0


def test_vectors_without_a_direction_are_placed_at_one_point() -> None:
    np.testing.assert_array_equal(layout(np.ones((FEWEST, 3))), np.zeros((FEWEST, 2)))
