import numpy as np
import pytest

from recsys.models import MODELS
from recsys.recommend.diversity import POOL, diversify, mean_similarity
from recsys.recommend.similar import item_vectors
from recsys.recommend.topk import Recommendation, recommend
from tests.worlds.ring_models import GRADIENT_MODELS, NUM_ITEMS, build, candidates

# Items 1 and 2 are the same thing, 3 is another, 4 the opposite of 1.
VECTORS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])


def pool(*scores: float) -> list[Recommendation]:
    return [Recommendation(item, score, item) for item, score in enumerate(scores, start=1)]


def items(found: list[Recommendation]) -> list[int]:
    return [one.item for one in found]


@pytest.mark.parametrize("name", GRADIENT_MODELS)
def test_with_relevance_alone_it_is_exactly_the_plain_list(name):
    model = build(name)
    vectors = item_vectors(model)
    assert vectors is not None
    unit = vectors.numpy() / np.maximum(np.linalg.norm(vectors.numpy(), axis=1, keepdims=True), 1e-9)
    plain = recommend(model, np.array([1, 2, 3]), candidates(), user=1, k=NUM_ITEMS)
    assert diversify(plain, unit, 10, 1.0) == plain[:10]


def test_ties_keep_the_plain_order_with_relevance_alone():
    tied = pool(2.0, 2.0, 2.0, 2.0)
    assert diversify(tied, VECTORS, 4, 1.0) == tied


def test_the_next_item_is_weighed_as_the_paper_says():
    # relevance 1, .9, .8, 0; likeness to item 1: item 2 1, item 3 0, item 4 -1
    # half and half: item 2 .45 - .5, item 3 .4 - 0, item 4 0 + .5: 4 first, then 3 (.4 - 0), then 2
    assert items(diversify(pool(10.0, 9.0, 8.0, 0.0), VECTORS, 4, 0.5)) == [1, 4, 3, 2]
    # .8: item 2 .72 - .2, item 3 .64 - 0, item 4 0 + .2
    assert items(diversify(pool(10.0, 9.0, 8.0, 0.0), VECTORS, 2, 0.8)) == [1, 3]


def test_the_first_item_stays_the_first_whatever_the_trade_off():
    assert all(items(diversify(pool(3.0, 2.0, 1.0), VECTORS, 1, t)) == [1] for t in (0.0, 0.3, 1.0))


def test_only_the_place_changes_not_the_score_and_not_the_scale():
    scores, larger = (10.0, 9.0, 8.0, 0.0), (1000.0, 900.0, 800.0, 0.0)
    found = diversify(pool(*scores), VECTORS, 4, 0.6)
    assert {one.item: one.score for one in found} == dict(enumerate(scores, start=1))
    assert [one.rank for one in found] == [1, 2, 3, 4]
    assert items(diversify(pool(*larger), VECTORS, 4, 0.6)) == items(found)


def test_an_empty_pool_and_a_short_one_give_what_there_is():
    assert diversify([], VECTORS, 10, 0.5) == []
    assert len(diversify(pool(1.0, 1.0), VECTORS, 10, 0.5)) == 2


def test_the_mean_likeness_is_over_all_pairs():
    assert mean_similarity([1, 2, 3], VECTORS) == pytest.approx((1 + 0 + 0) / 3)
    assert mean_similarity([1, 4], VECTORS) == -1
    assert mean_similarity([1], VECTORS) is None


def test_more_diversity_never_makes_the_sample_list_more_alike():
    rng = np.random.default_rng(0)
    unit = rng.normal(size=(POOL + 1, 8))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    plain = pool(*np.sort(rng.normal(size=POOL))[::-1])
    likeness = [mean_similarity(items(diversify(plain, unit, 10, t)), unit) for t in (1.0, 0.7, 0.3)]
    assert likeness == sorted(likeness, reverse=True)


@pytest.mark.parametrize("name", [name for name in MODELS if name not in GRADIENT_MODELS])
def test_closed_forms_have_no_item_vectors(name):
    assert item_vectors(build(name)) is None
