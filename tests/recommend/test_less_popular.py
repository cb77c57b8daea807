"""Re-ranking by popularity: the penalty of the formula, within the pool."""

import numpy as np
import pytest

from recsys.models import MODELS
from recsys.recommend.diversity import POOL, diversify
from recsys.recommend.less_popular import less_popular, penalised
from recsys.recommend.topk import Recommendation, recommend
from tests.worlds.ring_models import NUM_ITEMS, build, candidates

COUNTS = np.array([0, 99, 9, 0, 9])  # events of items 1 to 4: log(1 + events) is 2, 1, 0 and 1 times log 10


def pool(*scores):
    return [Recommendation(item, score, item) for item, score in enumerate(scores, start=1)]


def items(found):
    return [one.item for one in found]


def test_the_value_is_scaled_relevance_less_scaled_log_popularity():
    # relevance 1, .8, .5, 0; popularity 1, .5, 0, .5; strength .25: .75 - .25, .6 - .125, .375, 0 - .125
    np.testing.assert_allclose(
        penalised(np.array([10.0, 8.0, 5.0, 0.0]), COUNTS[1:], 0.25), [0.5, 0.475, 0.375, -0.125]
    )


def test_the_order_is_that_of_the_values_and_scores_stay_the_models():
    # strength .5: .5 - .5, .4 - .25, .25 - 0, 0 - .25
    ranked, values = less_popular(pool(10.0, 8.0, 5.0, 0.0), COUNTS, 0.5)
    assert items(ranked) == [3, 2, 1, 4]
    assert [one.score for one in ranked] == [5.0, 8.0, 10.0, 0.0] and [one.rank for one in ranked] == [1, 2, 3, 4]
    np.testing.assert_allclose(values, [0.25, 0.15, 0.0, -0.25])


@pytest.mark.parametrize("scores", [(4.0, 3.0, 2.0, 1.0), (1.0, 1.0, 1.0, 1.0), (2.0, 2.0, -5.0, -5.0)])
def test_strength_0_changes_nothing(scores):
    assert less_popular(pool(*scores), COUNTS, 0.0)[0] == pool(*scores)


def test_strength_1_never_raises_the_mean_popularity_of_a_list():
    rng = np.random.default_rng(0)
    for _ in range(200):
        counts = np.append(0, rng.zipf(1.5, POOL).clip(0, 10_000) - 1)
        plain = pool(*np.sort(rng.normal(size=POOL))[::-1])
        ranked, _ = less_popular(plain, counts, 1.0)
        for k in (1, 10, POOL):
            assert counts[items(ranked)[:k]].mean() <= counts[items(plain)[:k]].mean()


def test_equally_popular_items_keep_the_plain_order():
    ranked, _ = less_popular(pool(3.0, 2.0, 1.0), np.array([0, 7, 7, 7]), 1.0)
    assert items(ranked) == [1, 2, 3]


def test_an_empty_pool_is_an_empty_list():
    assert less_popular([], COUNTS, 0.5)[0] == []


def test_a_missing_item_of_a_short_pool_stays_last():
    values = penalised(np.array([[3.0, 1.0, -np.inf], [-np.inf] * 3]), np.array([[99, 0, 0], [0, 0, 0]]), 1.0)
    assert values.tolist() == [[-1.0, 0.0, -np.inf], [-np.inf] * 3]


@pytest.mark.parametrize("name", MODELS)
def test_candidates_and_seen_items_are_respected(name):
    plain = recommend(build(name), np.array([1, 2, 3]), candidates(), user=1, k=NUM_ITEMS)
    ranked, _ = less_popular(plain, np.arange(NUM_ITEMS + 1), 0.7)
    assert sorted(items(ranked)) == sorted(items(plain)) and not {0, 1, 2, 3} & {*items(ranked)}


def test_diversity_goes_on_from_the_values():
    # items 2 and 3 point the same way; the values of the second test give 3, 2, 1, 4
    unit = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    ranked, values = less_popular(pool(10.0, 8.0, 5.0, 0.0), COUNTS, 0.5)
    assert items(diversify(ranked, unit, 2, 1.0, values)) == [3, 2]
    assert items(diversify(ranked, unit, 2, 0.5, values)) == [3, 1]
