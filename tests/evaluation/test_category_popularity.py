import numpy as np
import pandas as pd
import pytest
import torch

from recsys.evaluation.category_popularity import CategoryPopularity, category_codes
from recsys.evaluation.protocol import ranks
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import log_of

CATEGORIES = np.array([0, 0, 0, 1, 1, 1, 2])  # items 1 and 2; 3, 4 and 5; 6
LOG = log_of([1, 3], [3, 4], [2, 3], [4, 5], num_items=6)  # 2, 6 and 0 events
NOTHING = np.array([], dtype=np.int64)


def fitted(personal=False, log=LOG, categories=CATEGORIES):
    model = CategoryPopularity(categories, personal)
    model.fit(leave_one_out(log).train)
    return model.eval()


def test_a_score_is_the_events_of_the_category_by_the_number_of_its_items():
    assert fitted().scores([NOTHING, np.array([1, 2])])[:, 1:].tolist() == [[1, 1, 2, 2, 2, 0]] * 2


def test_the_items_of_a_category_count_whether_or_not_anybody_touched_them():
    log = log_of([1, 2], [1, 2], num_items=6)  # 4 events; nobody touched 3, 4, 5, 6
    assert fitted(log=log, categories=np.array([0, 0, 0, 0, 0, 1, 1])).scores([NOTHING])[0, 1:].tolist() == [
        1, 1, 1, 1, 0, 0,
    ]  # fmt: skip


def order(model, *history):
    scores = model.scores([np.array(history, dtype=np.int64)])[0, 1:]
    return (torch.argsort(scores, descending=True, stable=True) + 1).tolist()


def test_the_personal_variant_begins_with_what_most_of_the_history_is():
    assert order(fitted(personal=True), 1, 2, 3) == [1, 2, 3, 4, 5, 6]  # 2, 1 and 0 of three events
    assert order(fitted(personal=True), 6) == [6, 3, 4, 5, 1, 2]


def test_equal_shares_go_by_popularity_and_an_empty_history_by_it_alone():
    assert order(fitted(personal=True), 1, 4) == [3, 4, 5, 1, 2, 6]
    assert order(fitted(personal=True)) == order(fitted()) == [3, 4, 5, 1, 2, 6]


@pytest.mark.parametrize("personal", [False, True])
def test_every_tensor_of_a_score_is_where_the_model_is(personal):
    model = fitted(personal).to("meta")  # a device without values; it takes no tensor of another one
    scores_BN = model.score(torch.ones(2, 3, dtype=torch.int64, device="meta"), torch.zeros(2, device="meta"))
    assert (scores_BN.device.type, scores_BN.shape) == ("meta", (2, 7))


@pytest.mark.gpu
@pytest.mark.parametrize("personal", [False, True])
def test_a_gpu_gives_the_same_scores(personal):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    histories = [NOTHING, np.array([1, 4, 6])]
    model = CategoryPopularity(CATEGORIES, personal).cuda()
    model.fit(leave_one_out(LOG).train)
    assert model.eval().scores(histories).tolist() == fitted(personal).scores(histories).tolist()


def test_padding_is_no_event_of_a_category():
    model = fitted(personal=True)
    alone = model.scores([np.array([6])])[0]
    assert model.scores([np.array([6]), np.array([1, 2, 3, 4])])[0].tolist() == alone.tolist()


def test_an_item_that_was_held_out_is_ranked(monkeypatch):
    monkeypatch.setattr("recsys.sequences.split._draw_cold_items", lambda log, share, rng: np.array([5]))
    split = leave_one_out(LOG, 0.5)
    model = CategoryPopularity(CATEGORIES).eval()
    model.fit(split.train)  # 2 events of 2 items, 5 of 3
    assert model.scores([NOTHING])[0, 1:].tolist() == pytest.approx([1, 1, 5 / 3, 5 / 3, 5 / 3, 0])
    # the one event of 5 follows a 4: of its category 3 is ahead by the tie, 4 was seen
    assert ranks(model, split.cold, Candidates.of(split, model.scores_cold)).tolist() == [2]
    assert not Candidates.of(split).scorable[5]


def test_no_category_is_one_of_its_own_and_data_without_categories_have_none():
    items = pd.DataFrame({"title": ["", "a", "b", "c", "d"], "category": ["", "red", "", "blue", "red"]})
    assert category_codes(items).tolist() == [0, 2, 0, 1, 2]
    assert category_codes(items.drop(columns="category")) is None
