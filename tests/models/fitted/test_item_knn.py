import numpy as np
import pytest
import torch

from recsys.models.base import Shape
from recsys.models.fitted.item_knn import ItemKNN, ItemKNNConfig
from tests.worlds.logs import log_of, without_a_rule

LOG = log_of([1, 2], [1, 2, 3], [3, 4], [2, 4])


def fitted(log, **settings):
    model = ItemKNN(Shape(log.num_users, log.num_items), ItemKNNConfig(**settings)).eval()
    model.fit(log)
    return model


def table(model):
    """[N, N] the links as a whole table."""
    links = np.zeros((model.num_items + 1, model.num_items + 1))
    for item, (others, values) in enumerate(zip(model.items_Nk, model.links_Nk, strict=True)):
        for other, value in zip(others.tolist(), values.tolist(), strict=True):
            links[item, other] += value
    return links


def cosines(log, shrinkage):
    """By the definition, pair by pair."""
    people = [set(log.users[log.items == item].tolist()) for item in range(log.num_items + 1)]
    links = np.zeros((log.num_items + 1, log.num_items + 1))
    for i in range(1, log.num_items + 1):
        for j in range(1, log.num_items + 1):
            if i != j:
                links[i, j] = len(people[i] & people[j]) / (np.sqrt(len(people[i]) * len(people[j])) + shrinkage)
    return links


def test_two_items_by_hand():
    # items 1 and 2 share two of their 2 and 3 users
    assert table(fitted(LOG, shrinkage=0))[1, 2] == pytest.approx(2 / np.sqrt(6))
    assert table(fitted(LOG, shrinkage=4))[1, 2] == pytest.approx(2 / (np.sqrt(6) + 4))


def test_with_room_for_all_the_links_are_the_whole_table_of_cosines():
    np.testing.assert_allclose(table(fitted(LOG, shrinkage=3)), cosines(LOG, 3), atol=1e-6)


def test_only_the_nearest_are_kept_and_ties_go_to_the_lower_index():
    log = without_a_rule(num_users=40)
    kept, whole = table(fitted(log, neighbours=3)), cosines(log, 10)
    for item in range(1, log.num_items + 1):
        nearest = np.argsort(-whole[item].round(6), kind="stable")[:3]
        assert np.flatnonzero(kept[item]).tolist() == sorted(nearest)


def test_its_memory_grows_with_the_links_kept_and_not_with_the_square_of_the_catalogue():
    model = ItemKNN(Shape(2, 300_000), ItemKNNConfig(neighbours=20))
    assert sum(tensor.numel() for tensor in model.state_dict().values()) == 2 * 20 * 300_001


def test_fitting_a_few_items_at_a_time_changes_nothing(monkeypatch):
    log = without_a_rule(num_users=40)
    whole = fitted(log, neighbours=5).state_dict()
    monkeypatch.setattr("recsys.models.fitted.item_knn.CELLS", 70)  # two items at a time
    parts = fitted(log, neighbours=5)
    assert all(torch.equal(parts.state_dict()[name], tensor) for name, tensor in whole.items())


def test_a_score_is_the_sum_of_the_links_of_the_history():
    scores = fitted(LOG).scores([np.array([1, 3])])
    np.testing.assert_allclose(scores[0].numpy(), cosines(LOG, 10)[[1, 3]].sum(0), atol=1e-6)


def test_touching_an_item_twice_counts_once():
    twice = log_of([1, 2, 1], [1, 2, 3, 3], [3, 4], [2, 4])
    assert torch.equal(fitted(twice).links_Nk, fitted(LOG).links_Nk)
    assert torch.equal(*fitted(LOG).scores([np.array([1, 3]), np.array([1, 3, 3, 1])]))


def test_padding_and_items_of_nobody_have_no_links():
    links = table(fitted(log_of([1, 2], [2, 1], num_items=3)))
    for index in (0, 3):
        assert (links[index] == 0).all()
        assert (links[:, index] == 0).all()
