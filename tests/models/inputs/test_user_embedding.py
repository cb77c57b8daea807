"""What is known of who asks, as an input that every sequence model reads before the first event."""

import numpy as np
import pytest
import torch

from recsys.data.interactions import PAD, UNKNOWN_USER
from recsys.models.base import Shape
from recsys.models.inputs.traits import Feature
from recsys.models.inputs.user_embedding import UserEmbedding
from tests.worlds.logs import without_a_rule
from tests.worlds.small_models import SEQUENCE_MODELS, build_model, train_model

AGE = Feature("age", np.array([0, 1, 2, 0]), ("unknown", "young", "old"))
TRADE = Feature("trade", np.array([0, 2, 1, 2]), ("unknown", "baker", "smith"))
SHAPE = Shape(num_users=3, num_items=9, user_features=(AGE, TRADE))
EXACT = {"atol": 1e-5, "rtol": 1e-5}
LONG = np.arange(60) % 9 + 1  # longer than any window of the small models


def model_of(name, **settings):
    return build_model(name, SHAPE, **settings).eval()


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_more_padding_never_changes_a_score(name):
    model = model_of(name)
    for row in ([3, 5, 2], []):
        short, padded = torch.tensor([row or [PAD]]), torch.tensor([[PAD] * 9 + row])
        users = torch.tensor([2])
        torch.testing.assert_close(model.score(padded, users), model.score(short, users), **EXACT)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_company_in_a_batch_changes_no_score(name):
    model = model_of(name)
    histories, users = [LONG, np.array([3, 5, 2]), LONG[:0], np.array([9])], [1, 2, 3, UNKNOWN_USER]
    together = model.scores(histories, users)
    for row, (history, user) in enumerate(zip(histories, users, strict=True)):
        torch.testing.assert_close(together[row], model.scores([history], [user])[0], **EXACT)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
@pytest.mark.parametrize("length", [0, 1, 60])
def test_who_asks_changes_the_scores_however_long_the_history_is(name, length):
    model = model_of(name)
    for table in model.user_embedding.tables:
        table.weight.data *= 30  # recurrent models begin with small inputs, and forget them over untrained steps
    one, other = model.scores([LONG[:length]] * 2, [1, 2])
    assert torch.isfinite(one[1:]).all()
    assert (one - other)[1:].abs().max() > 1e-3


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_window_holds_as_many_events_as_without_features(name):
    model = model_of(name, max_length=5)
    x_BMD, real_BM = model.inputs(torch.tensor([[1, 2, 3, 4, 5]]), torch.tensor([1]))
    assert (x_BMD.shape[1], real_BM.tolist()) == (6, [[True] * 6])
    torch.testing.assert_close(x_BMD[:, 1:], model.embed(torch.tensor([[1, 2, 3, 4, 5]])))
    assert torch.isfinite(model.scores([LONG], [1])[:, 1:]).all()


def test_who_asks_stands_directly_before_the_first_event():
    model = model_of("gru4rec")
    items, users = torch.tensor([[PAD, PAD, 4], [PAD, PAD, PAD], [7, 8, 9]]), torch.tensor([1, 2, 3])
    x_BMD, real_BM = model.inputs(items, users)
    assert real_BM.int().tolist() == [[0, 0, 1, 1], [0, 0, 0, 1], [1, 1, 1, 1]]
    who = torch.stack([x_BMD[0, 2], x_BMD[1, 3], x_BMD[2, 0]])
    torch.testing.assert_close(who, model.user_embedding(users))
    torch.testing.assert_close(model.user_part(x_BMD, real_BM)[:, 0], who)
    assert (x_BMD[~real_BM] == 0).all()


def test_the_vector_is_the_sum_over_the_features_and_unknown_is_a_row_like_any_other():
    embedding = UserEmbedding((AGE, TRADE), 8, std=1.0, dropout=0.0)
    ages, trades = (table.weight for table in embedding.tables)
    by_hand = torch.stack([ages[0] + trades[0], ages[1] + trades[2], ages[0] + trades[2]])
    torch.testing.assert_close(embedding(torch.tensor([UNKNOWN_USER, 1, 3])), by_hand)
    assert (by_hand[0] != 0).all()


def test_users_are_hidden_in_training_only_and_as_often_as_asked():
    embedding = UserEmbedding((AGE, TRADE), 8, std=1.0, dropout=0.25)
    users = torch.ones(4000, dtype=torch.int64)
    stranger = embedding(torch.tensor([UNKNOWN_USER]))
    hidden = (embedding.train()(users) == stranger).all(1).float().mean()
    assert hidden == pytest.approx(0.25, abs=0.03)
    assert not (embedding.eval()(users) == stranger).all(1).any()


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_without_features_nothing_is_added(name):
    known, bare = model_of(name), build_model(name, Shape(3, 9)).eval()
    added = set(known.state_dict()) - set(bare.state_dict())
    assert added == {"user_embedding.tables.0.weight", "user_embedding.tables.1.weight"}
    assert set(bare.state_dict()) < set(known.state_dict())
    one, other = bare.scores([LONG, LONG], [1, 2])
    assert torch.equal(one, other)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_what_only_a_trait_decides_is_learnt(name):
    # users of one kind touch items 1 to 15 at random, of the other 16 to 30
    log = without_a_rule(num_users=60)
    kinds = np.arange(log.num_users + 1) % 2 + 1
    kinds[0] = 0
    log.items[:] = (log.items + 1) // 2 + 15 * (kinds[log.users] - 1)
    shape = Shape(log.num_users, log.num_items, user_features=(Feature("kind", kinds, ("unknown", "a", "b")),))
    model = train_model(name, log, shape=shape, epochs=6, learning_rate=0.03)
    for user, own in ((1, slice(16, 31)), (2, slice(1, 16))):
        (scores,) = model.scores([LONG[:0]], [user])
        other = slice(1, 16) if own.start == 16 else slice(16, 31)
        assert scores[own].mean() > scores[other].mean() + 0.5
