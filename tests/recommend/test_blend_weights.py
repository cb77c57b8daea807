"""The search for weights: what it judges by is the real figure, and it never ends below the best part."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from recsys.data.interactions import Interactions
from recsys.evaluation.metrics import means
from recsys.evaluation.protocol import ranks
from recsys.models.base import Recommender
from recsys.recommend.blend import Blend
from recsys.recommend.blend_weights import Contest, best_weights, contest
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Split, leave_one_out
from tests.worlds.small_models import train_model

WEIGHTS = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.5, 0), (0.2, 0.3, 0.5), (0.98, 0.01, 0.01)]


@pytest.fixture(scope="module")
def split() -> Split:
    """60 users who walk a ring of 40 items, with detours."""
    rng = np.random.default_rng(5)
    items = [(rng.integers(40) + np.cumsum(rng.choice([1, 1, 1, 7], 9))) % 40 + 1 for _ in range(60)]
    log = Interactions(
        user_ids=np.array(["", *(f"u{u:02}" for u in range(60))], dtype=object),
        item_ids=np.array(["", *(f"i{i:02}" for i in range(40))], dtype=object),
        users=np.repeat(np.arange(1, 61), 9),
        items=np.concatenate(items),
    )
    return leave_one_out(log)


@pytest.fixture(scope="module")
def models(split: Split) -> list[Recommender]:
    return [train_model("markov", split.log), train_model("ease", split.log), train_model("popularity", split.log)]


def measured(models: list[Recommender], weights: np.ndarray, split: Split) -> float:
    candidates = Candidates.of(split)
    blend = Blend(models, weights.tolist(), candidates.scorable)
    return means(ranks(blend, split.validation, candidates), (10,))["ndcg@10"]


@pytest.mark.parametrize("weights", WEIGHTS)
def test_what_the_search_judges_by_is_the_figure_of_the_real_blend(
    weights: tuple[float, ...], models: list[Recommender], split: Split
) -> None:
    found = contest(models, split.validation, Candidates.of(split))
    assert found.num_users == 60
    assert found.ndcg(np.array(weights)) == pytest.approx(measured(models, np.array(weights), split), abs=1e-12)


def test_the_search_never_ends_below_the_best_part_on_validation(models: list[Recommender], split: Split) -> None:
    for some in itertools.chain(itertools.combinations(models, 2), [tuple(models)]):
        parts = list(some)
        found = contest(parts, split.validation, Candidates.of(split))
        weights = best_weights(found.ndcg, len(parts))
        alone = [measured(parts, one, split) for one in np.eye(len(parts))]
        assert weights.sum() == pytest.approx(1, abs=1e-12)
        assert (weights >= 0).all()
        assert measured(parts, weights, split) >= max(alone) - 1e-12


def test_two_parts_that_complete_each_other_are_blended() -> None:
    """Each part puts 11 items before one user's target; together they put none before either's."""
    leads = np.array([[1.0, -2.0]] * 11 + [[-2.0, 1.0]] * 11)
    found = Contest(2, np.array([0, 0]), np.repeat([0, 1], 11), leads, np.zeros(22, dtype=bool))
    assert [found.ndcg(one) for one in np.eye(2)] == [0.5, 0.5]
    weights = best_weights(found.ndcg, 2)
    assert found.ndcg(weights) == 1
    assert weights.tolist() == [0.4, 0.6]  # the first in fifths; from 0.34 to 0.66 all are as good


def test_a_smooth_figure_is_climbed_to_its_top_hundredth() -> None:
    top = np.array([0.37, 0.14, 0.49])
    assert best_weights(lambda weights: -float(((weights - top) ** 2).sum()), 3) == pytest.approx(top)


def test_where_nothing_helps_the_first_single_part_stays() -> None:
    assert best_weights(lambda weights: 0.25, 4).tolist() == [1, 0, 0, 0]


def test_the_search_asks_the_parts_once_and_its_order_is_no_chance(models: list[Recommender], split: Split) -> None:
    told: list[int] = []
    first, again = (contest(models, split.validation, Candidates.of(split), told.append) for _ in range(2))
    assert told == [60, 60]
    assert (first.lead_MP == again.lead_MP).all()


def test_a_target_that_is_no_candidate_is_a_miss_for_every_blend(models: list[Recommender], split: Split) -> None:
    scorable = Candidates.of(split).scorable.copy()
    lost = split.validation.items[0]
    scorable[lost] = False
    candidates = Candidates(scorable, hide_seen=True)
    found, weights = contest(models, split.validation, candidates), np.array([0.5, 0.3, 0.2])
    rows = np.flatnonzero(split.validation.items != lost)
    assert len(rows) < 60
    blend = Blend(models, weights.tolist(), scorable)
    others = means(ranks(blend, split.validation.take(rows), candidates), (10,))["ndcg@10"]
    assert found.ndcg(weights) == pytest.approx(others * len(rows) / 60, abs=1e-12)
