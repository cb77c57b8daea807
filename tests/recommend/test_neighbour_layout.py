"""A layout keeps neighbours together, more of them than principal components alone."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.recommend import neighbour_layout
from recsys.recommend.neighbour_layout import (
    FEWEST,
    NEIGHBOURS,
    layout,
    nearest_in_cells,
    neighbour_graph,
    principal_components,
    unit,
)


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


def few_at_first(monkeypatch: pytest.MonkeyPatch, whole: int) -> None:
    """Seek neighbours in cells, and place 100 vectors first, if there are more than `whole`."""
    monkeypatch.setattr(neighbour_layout, "WHOLE", whole)
    monkeypatch.setattr(neighbour_layout, "COARSE", 100)


def test_vectors_of_a_group_lie_together() -> None:
    vectors = groups()
    assert share_within_groups(layout(vectors)) > 0.95 > share_within_groups(principal_components(vectors))


@pytest.mark.parametrize("whole", [neighbour_layout.WHOLE, 200])
def test_equal_vectors_give_equal_bits(whole: int, monkeypatch: pytest.MonkeyPatch) -> None:
    few_at_first(monkeypatch, whole)
    vectors = groups()
    np.testing.assert_array_equal(layout(vectors), layout(vectors.copy()))


def test_vectors_of_a_group_lie_together_where_some_are_placed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    few_at_first(monkeypatch, 200)
    assert share_within_groups(layout(groups())) > 0.95


def test_vectors_that_none_of_the_first_is_linked_to_are_placed_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    few_at_first(monkeypatch, 200)
    monkeypatch.setattr(neighbour_layout, "COARSE", FEWEST)
    vectors = groups(num_groups=100, size=16, width=100)
    assert len(np.unique(layout(vectors), axis=0)) == len(vectors)


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


def test_neighbours_sought_in_cells_are_the_nearest_but_for_a_few() -> None:
    units = unit(groups(num_groups=40)).astype(np.float32)
    cosines = units @ units.T
    np.fill_diagonal(cosines, -1)
    nearest, found = cosines.argsort(1)[:, : -1 - NEIGHBOURS : -1], nearest_in_cells(units)
    assert np.mean([np.isin(row, other).mean() for row, other in zip(nearest, found, strict=True)]) > 0.95
    assert all(len(set(row)) == NEIGHBOURS and index not in row for index, row in enumerate(found))


@pytest.mark.parametrize("num_values", [2, 30, 10**6])  # nearly all are equal, many are, none is
def test_the_largest_values_of_long_rows_are_those_of_a_sort(num_values: int) -> None:
    values = np.random.default_rng(6).integers(0, num_values, (7, 500)).astype(np.float32)
    columns = neighbour_layout._largest(values)
    assert all(len(set(row)) == NEIGHBOURS for row in columns)
    largest = np.sort(values, axis=1)[:, -NEIGHBOURS:]
    np.testing.assert_array_equal(np.sort(np.take_along_axis(values, columns, axis=1), axis=1), largest)


def test_vectors_of_one_direction_have_neighbours_in_one_cell() -> None:
    assert nearest_in_cells(np.ones((60, 1), np.float32)).shape == (60, NEIGHBOURS)


def test_vectors_without_a_direction_are_placed_at_one_point() -> None:
    np.testing.assert_array_equal(layout(np.ones((FEWEST, 3))), np.zeros((FEWEST, 2)))
