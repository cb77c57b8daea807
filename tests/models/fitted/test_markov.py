import numpy as np
import pytest

from recsys.errors import SettingError
from recsys.models.base import Shape
from recsys.models.fitted.markov import MAX_ITEMS, Markov, MarkovConfig
from tests.worlds.logs import log_of


def fitted(log, **settings):
    model = Markov(Shape(log.num_users, log.num_items), MarkovConfig(**settings)).eval()
    model.fit(log)
    return model


LOG = log_of([1, 2, 3], [1, 2])  # events: item 1 twice, 2 twice, 3 once


def test_a_link_counts_close_followers_more_and_popular_items_less():
    links = fitted(LOG).links
    assert links[1, 2] == pytest.approx(2 / 22)  # two users; sqrt((2 + 20)(2 + 20)) = 22
    assert links[2, 3] == pytest.approx(1 / np.sqrt(22 * 21))
    assert links[1, 3] == pytest.approx(0.5 / np.sqrt(22 * 21))  # two steps apart
    assert np.count_nonzero(links) == 3


def test_the_newest_event_counts_most():
    scores = fitted(LOG).scores([np.array([1, 2])])
    assert scores[0, 3].item() == pytest.approx((1 + 0.8 * 0.5) / np.sqrt(22 * 21))


def test_no_link_leads_from_one_user_to_the_next():
    assert fitted(log_of([1], [2])).links.sum() == 0


def test_events_farther_apart_than_max_length_are_not_linked():
    assert fitted(LOG, max_length=1).links[1, 3] == 0


def test_events_older_than_max_length_do_not_count():
    model = fitted(LOG, max_length=1)
    assert model.scores([np.array([2, 1])]).tolist() == model.scores([np.array([1])]).tolist()


def test_an_item_can_follow_itself():
    assert fitted(log_of([1, 1], [2])).links[1, 1] == pytest.approx(1 / 22)


def test_a_catalogue_too_large_for_its_table_is_refused_in_words():
    with pytest.raises(SettingError, match=r"20,001 items are too many.*at most 20,000"):
        Markov(Shape(2, MAX_ITEMS + 1), MarkovConfig())
