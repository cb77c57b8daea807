"""Maps put items near each other that the model relates, and users in the middle of their lists."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from recsys.recommend import maps
from recsys.recommend.blend import Blend
from recsys.recommend.maps import aligned, item_points, link_factors, map_vectors, user_points, why_no_map
from tests.worlds.ring_models import BLIND_MODELS, build, candidates
from tests.worlds.small_models import SEQUENCE_MODELS

SCORABLE = candidates().scorable
MAPPED = [*SEQUENCE_MODELS, "mlp", "ease", "item_knn", "markov"]


def blend(*names: str) -> Blend:
    return Blend([build(name) for name in names], [1 / len(names)] * len(names), SCORABLE)


def placed(name: str) -> np.ndarray:
    points_N2 = item_points(build(name), SCORABLE)
    assert points_N2 is not None
    return points_N2


@pytest.mark.parametrize("name", MAPPED)
def test_every_item_that_a_model_can_score_has_a_point_the_same_in_every_bit(name: str) -> None:
    points_N2 = placed(name)
    assert points_N2.dtype == np.float32
    assert np.isfinite(points_N2[:, 0]).tolist() == SCORABLE.tolist()
    np.testing.assert_allclose((points_N2[1:] ** 2).sum(1).mean(), 1, rtol=1e-5)
    np.testing.assert_array_equal(points_N2, placed(name))


def test_items_that_follow_each_other_on_the_ring_are_neighbours_on_the_map_of_their_links() -> None:
    for name in ("ease", "item_knn", "markov"):
        points_I2 = placed(name)[1:]
        steps = np.linalg.norm(points_I2 - np.roll(points_I2, 1, axis=0), axis=1)
        assert np.median(steps) < 0.5 * np.linalg.norm(points_I2[:15] - points_I2[15:], axis=1).mean(), name


def test_a_blend_has_the_map_of_its_parts_and_one_of_popularity_counts_for_nothing() -> None:
    cosines = []
    for model in (build("ease"), build("gru4rec"), blend("ease", "gru4rec"), blend("ease", "popularity")):
        vectors_ND = map_vectors(model)
        assert vectors_ND is not None
        one, other = vectors_ND[4], vectors_ND[5]
        cosines.append(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    ease, gru, both, alone = cosines
    assert both == pytest.approx((ease + gru) / 2)
    assert alone == pytest.approx(ease)


@pytest.mark.parametrize("name", BLIND_MODELS)
def test_a_model_that_relates_no_items_has_no_map_and_says_why(name: str) -> None:
    assert item_points(build(name), SCORABLE) is None
    assert "relates no item" in str(why_no_map(build(name)))
    assert why_no_map(blend("popularity", "ease")) is None


def test_items_that_cannot_be_scored_or_have_no_link_have_no_point() -> None:
    scorable_N = SCORABLE.copy()
    scorable_N[7] = False
    model = build("markov")
    model.links[:, 9] = model.links[9] = 0
    points_N2 = item_points(model, scorable_N)
    assert points_N2 is not None
    assert np.flatnonzero(np.isnan(points_N2[:, 0])).tolist() == [0, 7, 9]


def test_factors_give_back_a_table_of_low_rank() -> None:
    rng = np.random.default_rng(3)
    table = rng.standard_normal((60, 5)) @ rng.standard_normal((5, 60))
    factors = link_factors(table)
    left, right = np.split(factors, 2, axis=1)
    np.testing.assert_allclose(left @ right.T, table, atol=1e-5)


def test_factors_of_a_table_with_few_links_are_the_same_dense_and_sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "ROWS", 25)
    table = scipy.sparse.random_array((60, 60), density=0.04, rng=np.random.default_rng(4), dtype=np.float32)
    sparse, dense = link_factors(scipy.sparse.csr_matrix(table)), link_factors(table.toarray())
    np.testing.assert_array_equal(sparse, dense)


def test_a_table_without_links_has_zero_factors() -> None:
    np.testing.assert_array_equal(link_factors(np.zeros((60, 60), np.float32)), np.zeros((60, 64)))


@pytest.mark.parametrize("turn", [[[0, 1], [-1, 0]], [[1, 0], [0, -1]], [[0.6, -0.8], [0.8, 0.6]]])
def test_alignment_undoes_a_rotation_and_a_reflection(turn: list[list[float]]) -> None:
    reference_N2 = placed("ease")
    points_N2 = (reference_N2 @ np.array(turn)).astype(np.float32)
    np.testing.assert_allclose(aligned(points_N2, reference_N2), reference_N2, atol=1e-6)


def test_alignment_keeps_distances_and_needs_common_items_only() -> None:
    points_N2, reference_N2 = placed("gru4rec"), placed("ease")
    reference_N2[5:20] = np.nan
    turned_N2 = aligned(points_N2, reference_N2)
    before, after = (np.linalg.norm(points[1] - points[2:], axis=1) for points in (points_N2, turned_N2))
    np.testing.assert_allclose(after, before, atol=1e-5)
    np.testing.assert_array_equal(aligned(points_N2, np.full_like(points_N2, np.nan)), points_N2)


def test_a_user_lies_at_the_mean_of_the_items_of_the_list_that_have_a_point() -> None:
    points_N2 = np.array([[np.nan, np.nan], [0, 0], [2, 4], [np.nan, np.nan]], dtype=np.float32)
    lists_TK = np.array([[1, 2, 3], [2, 0, 0], [3, 0, 0]], dtype=np.int32)
    np.testing.assert_array_equal(user_points(points_N2, lists_TK), np.float32([[1, 2], [2, 4], [np.nan, np.nan]]))
