"""How past events were rated, as a part of what every sequence model reads of them."""

import numpy as np
import pytest
import torch

from recsys.data.interactions import PAD
from recsys.errors import SettingError
from recsys.evaluation.metrics import means
from recsys.evaluation.protocol import ranks
from recsys.models import MODELS
from recsys.models.base import Shape
from recsys.models.inputs.features import shape_of
from recsys.models.inputs.rating_embedding import HIDDEN, RatingEmbedding, rating_edges
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import dataset_of, log_of, rated, walking_as_rated
from tests.worlds.small_models import SEQUENCE_MODELS, build_model, train_model

EDGES = np.array([2, 3, 4, 5], dtype=np.float32)  # of ratings from 1 to 5
SHAPE = Shape(num_users=3, num_items=9, rating_edges=EDGES)
EXACT = {"atol": 1e-5, "rtol": 1e-5}
NAN = float("nan")
HISTORY = np.array([3, 5, 2])
QUICKLY = {"epochs": 24, "learning_rate": 0.02}


def model_of(name, **settings):
    model = build_model(name, SHAPE, **settings).eval()
    model.rating_embedding.table.weight.data *= 30  # levels begin small
    return model


def stars(*ratings):
    return np.array(ratings, dtype=np.float32)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_ratings_change_the_scores_of_a_model_that_reads_them_and_of_no_other(name):
    for model, reads in ((model_of(name), True), (build_model(name, Shape(3, 9)).eval(), False)):
        liked, disliked, unknown = model.scores([HISTORY] * 3, None, [stars(5, 5, 5), stars(5, 5, 1), None])
        assert model.reads_ratings == reads
        assert ((liked - disliked)[1:].abs().max() > 1e-3) == reads
        assert ((liked - unknown)[1:].abs().max() > 1e-3) == reads
        assert torch.equal(liked, disliked) != reads


@pytest.mark.parametrize("name", sorted(set(MODELS) - set(SEQUENCE_MODELS)))
def test_other_models_have_no_such_setting(name):
    with pytest.raises(SettingError, match="no setting 'ratings'"):
        MODELS[name].Config.from_settings(settings={"ratings": "on"})


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_more_padding_never_changes_a_score(name):
    model, users = model_of(name), torch.tensor([0])
    for row, given in (([3, 5, 2], [5.0, NAN, 1.0]), ([], [])):
        short = model.score(torch.tensor([row or [PAD]]), users, torch.tensor([given or [NAN]]))
        padded = model.score(torch.tensor([[PAD] * 9 + row]), users, torch.tensor([[NAN] * 9 + given]))
        torch.testing.assert_close(padded, short, **EXACT)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_company_in_a_batch_changes_no_score(name):
    model, long = model_of(name), np.arange(60) % 9 + 1  # longer than any window of the small models
    histories = [long, HISTORY, long[:0], np.array([9])]
    ratings = [(long % 5 + 1).astype(np.float32), stars(4, NAN, 1), None, None]
    together = model.scores(histories, None, ratings)
    for row, (history, given) in enumerate(zip(histories, ratings, strict=True)):
        torch.testing.assert_close(together[row], model.scores([history], None, [given])[0], **EXACT)


def test_an_event_is_the_sum_of_its_item_and_its_rating_and_unknown_is_a_level_of_its_own():
    model = model_of("gru4rec")
    items, ratings = torch.tensor([[PAD, 4, 7, 8]]), torch.tensor([[NAN, NAN, 1.0, 5.0]])
    x_BMD, _ = model.inputs(items, None, ratings)
    levels = model.rating_embedding.table.weight[[0, 1, 5]]
    torch.testing.assert_close(x_BMD[0, 1:], model.embed(items)[0, 1:] + levels)
    assert (x_BMD[0, 0] == 0).all()
    assert (levels[0] != 0).all()
    nothing_known, _ = model.inputs(items)
    torch.testing.assert_close(nothing_known, model.inputs(items, None, torch.full((1, 4), NAN))[0])


def test_few_ratings_are_levels_as_they_are():
    log = rated(log_of([1, 2, 3, 4], [5]), 0.5, 4.4, 2, 2, 0.5)
    edges = rating_edges(log)
    assert edges.tolist() == [2, np.float32(4.4)]
    found = RatingEmbedding(edges, 8, 1.0).levels(torch.from_numpy(log.ratings))
    assert found.tolist() == [1, 3, 2, 2, 1]


def test_many_ratings_come_in_bands_with_about_as_many_events_in_each():
    log = rated(log_of(list(range(1, 80)), [1]), *range(80))
    edges = rating_edges(log)
    levels = RatingEmbedding(edges, 8, 1.0).levels(torch.tensor([[NAN, -3.0, 0.0, 79.0, 500.0]]))
    assert edges.tolist() == [10, 20, 30, 40, 50, 60, 70]
    assert levels.tolist() == [[0, 1, 1, 8, 8]]


def test_where_nearly_all_have_the_lowest_rating_the_others_are_told_apart_from_it():
    log = rated(log_of(list(range(1, 201))), *[1] * 180, *range(2, 22))
    assert rating_edges(log).tolist() == [2]


@pytest.mark.parametrize(
    ("log", "found"), [(log_of([1, 2], [1]), "no ratings"), (rated(log_of([1, 2], [1]), 3, 3, 3), "one rating only")]
)
def test_data_whose_ratings_tell_nothing_apart_are_refused_in_words(log, found):
    assert len(rating_edges(log)) == 0
    assert shape_of(dataset_of(log)).rating_edges is None
    with pytest.raises(SettingError, match=f"dataset 'Tiny' has {found}. Import data") as caught:
        shape_of(dataset_of(log), ratings=True)
    assert caught.value.column == "ratings"


def test_some_ratings_and_all_of_some_histories_are_hidden_in_training_only():
    embedding = RatingEmbedding(EDGES, 8, std=1.0)
    ratings_BL = torch.full((4000, 10), 4.0)
    unknown = embedding.table.weight[0]
    assert not (embedding.eval()(ratings_BL) == unknown).all(2).any()
    hidden_BL = (embedding.train()(ratings_BL) == unknown).all(2)
    whole_B = hidden_BL.all(1)
    assert whole_B.float().mean() == pytest.approx(HIDDEN, abs=0.02)
    assert hidden_BL[~whole_B].float().mean() == pytest.approx(HIDDEN, abs=0.02)


@pytest.mark.parametrize("name", ["gru4rec", "caser"])
def test_what_a_rating_leads_to_is_learnt(name):
    log = walking_as_rated()
    split = leave_one_out(log)
    found = {}
    for edges in (None, rating_edges(log)):
        model = train_model(name, log, shape=Shape(log.num_users, log.num_items, rating_edges=edges), **QUICKLY)
        found[edges is not None] = means(ranks(model, split.test, Candidates.of(split)), (10,))["ndcg@10"]
    # the first of two that are as likely is the right one half of the time: (1 + 1 / log2(3)) / 2 = .815 on average
    assert found[False] < 0.87
    assert found[True] > 0.95
