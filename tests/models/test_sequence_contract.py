"""What every sequence model promises besides."""

import numpy as np
import pytest
import torch

from recsys.data.interactions import PAD
from recsys.evaluation.metrics import means
from recsys.evaluation.protocol import ranks
from recsys.models.base import Shape
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import without_a_rule
from tests.worlds.small_models import SEQUENCE_MODELS, build_model, finished_trainer, train_model

SHAPE = Shape(num_users=3, num_items=9)
NOISE = without_a_rule(num_users=200)
EXACT = {"atol": 1e-5, "rtol": 1e-5}


def ndcg(model, log):
    split = leave_one_out(log)
    return means(ranks(model, split.test, Candidates.of(split)), (10,))["ndcg@10"]


@pytest.fixture(scope="module")
def trainers(cycle):
    return {name: finished_trainer(name, cycle, epochs=20) for name in SEQUENCE_MODELS}


@pytest.fixture(scope="module")
def walkers(trainers):
    return {name: trainer.model for name, trainer in trainers.items()}


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_more_padding_never_changes_a_score(name):
    model = build_model(name, SHAPE).eval()
    short, padded = torch.tensor([[3, 5, 2]]), torch.tensor([[PAD] * 9 + [3, 5, 2]])
    torch.testing.assert_close(model(padded)[:, -3:], model(short), **EXACT)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_more_padding_never_changes_a_score_after_training(name, walkers):
    model = walkers[name]
    short, padded = torch.tensor([[3, 5, 2]]), torch.tensor([[PAD] * 9 + [3, 5, 2]])
    torch.testing.assert_close(model(padded)[:, -3:], model(short), **EXACT)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_a_later_item_never_changes_an_earlier_score(name, walkers):
    before, after = torch.tensor([[1, 2, 3, 4, 5, 6]]), torch.tensor([[1, 2, 3, 4, 5, 6]])
    for place in range(1, 6):
        after[0, place:] = torch.arange(20, 26 - place)
        torch.testing.assert_close(walkers[name](after)[:, :place], walkers[name](before)[:, :place], **EXACT)
        assert not torch.allclose(walkers[name](after)[:, place], walkers[name](before)[:, place], atol=1e-3)
        after = before.clone()


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_row_of_padding_is_zero_before_and_after_training(name, walkers):
    for model in (build_model(name, SHAPE), walkers[name]):
        assert (model.item_embedding.weight[PAD] == 0).all()
        assert (model.item_embedding.weight[PAD + 1 :] != 0).any(dim=1).all()


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_company_in_a_batch_changes_no_score(name, walkers):
    history, longer = np.array([3, 5, 2]), np.arange(1, 12)
    alone = walkers[name].scores([history])
    among = walkers[name].scores([longer, history, np.array([9]), history])
    torch.testing.assert_close(among[1], alone[0], **EXACT)
    torch.testing.assert_close(among[3], alone[0], **EXACT)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_score_of_a_history_is_the_score_at_its_last_position(name, walkers):
    items = torch.tensor([[PAD, 4, 8, 1], [5, 6, 7, 8]])
    users = torch.zeros(2, dtype=torch.int64)
    torch.testing.assert_close(walkers[name].score(items, users), walkers[name](items)[:, -1], **EXACT)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_embedding_and_encoding_by_hand_is_the_whole_forward_pass(name, walkers):
    model, items = walkers[name], torch.tensor([[PAD, 4, 8, 1]])
    by_hand = model.encode(model.embed(items), items != PAD) @ model.item_embedding.weight.T
    torch.testing.assert_close(model(items), by_hand, **EXACT)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_order_of_a_history_matters(name, walkers):
    forth, back = walkers[name].scores([np.array([1, 2, 3]), np.array([3, 2, 1])])
    assert not torch.allclose(forth, back, atol=1e-2)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_a_cycle_is_learnt(name, walkers, cycle):
    assert ndcg(walkers[name], cycle) > 0.95


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_loss_falls_while_a_cycle_is_learnt(name, trainers):
    first, *_, last = trainers[name].snapshot.history
    assert last.loss < first.loss


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_noise_is_not_learnt(name):
    # 8 of 30 items are seen: the target's rank is drawn from 1..22, worth (1 + .631 + … + .289) / 22 on average
    chance = sum(1 / np.log2(rank + 1) for rank in range(1, 11)) / 22
    spread = 0.27 / np.sqrt(NOISE.num_users)  # of the mean over the users
    assert abs(ndcg(train_model(name, NOISE, epochs=4), NOISE) - chance) < 4 * spread
