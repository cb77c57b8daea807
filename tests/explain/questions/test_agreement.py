import numpy as np
import pytest

from recsys.explain import explain
from recsys.explain.explanation import EventContribution, Explanation, FeatureContribution
from recsys.explain.questions.agreement import agreement, rank_correlation
from tests.worlds.ring_models import SEQUENCE_MODELS, build, situation


def told(values):
    contributions = [EventContribution(5, position, value) for position, value in enumerate(values)]
    known = (FeatureContribution("age", 9.0),)
    return Explanation("integrated_gradients", "margin", 1.0, 1.0, 1, 0.0, contributions, features=known)


def test_rank_correlation_by_hand():
    # ranks 1 2 3 4 and 1 3 2 4: 1 - 6 * 2 / (4 * 15)
    assert agreement(told([-1, 0, 0.5, 9]), told([0, 2, 1, 3])) == pytest.approx(0.8)
    assert agreement(told([1, 2, 3]), told([3, 2, 1])) == pytest.approx(-1)


def test_two_events_or_events_that_are_all_alike_have_no_order():
    assert agreement(told([1, 2]), told([1, 2])) is None
    assert agreement(told([1, 1, 1]), told([1, 2, 3])) is None


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_two_baselines_of_a_network_agree_to_a_degree(name):
    asked = situation(build(name), [4, 9, 2, 7, 12, 5])
    found = agreement(explain(asked, "integrated_gradients"), explain(asked, "integrated_gradients_mean"))
    assert found is not None
    assert -1 <= found <= 1


def test_rank_correlation_says_nothing_where_all_parts_are_alike():
    assert rank_correlation(np.arange(5.0), -np.arange(5.0)) == pytest.approx(-1)
    assert rank_correlation(np.ones(5), np.arange(5.0)) is None
    assert rank_correlation(np.arange(2.0), np.arange(2.0)) is None
