"""New items get together the chance that is their share of the candidates, and nobody else's scores change."""

import numpy as np
import pytest
import torch

from recsys.models.inputs.content_embedding import content_embedding
from recsys.models.inputs.features import shape_of
from recsys.sequences.candidates import Candidates, mask_scores
from recsys.sequences.split import leave_one_out
from recsys.training.calibration import calibrate_new_items, offset_for
from recsys.training.trainer import Trainer
from tests.worlds.small_models import build_model
from tests.worlds.tastes import tastes


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    dataset = tastes(tmp_path_factory.mktemp("tastes"))
    split = leave_one_out(dataset.interactions, cold_share=0.2)
    model = build_model("gru4rec", shape_of(dataset, ("title", "category")), content="title, category", epochs=3)
    for _ in Trainer(model, split, seed=1, device=torch.device("cpu")).run():
        pass
    return model, split


def chances_of_new(model, split):
    """Their mean over the validation, by hand, and their mean share of the candidates."""
    targets, candidates = split.validation, Candidates.of(split, scores_cold=True)
    histories = [targets.history(row) for row in range(len(targets))]
    allowed = candidates.mask(histories)
    chances = torch.softmax(mask_scores(model.scores(histories, targets.users).double(), allowed), dim=1).numpy()
    is_new = split.train.item_counts == 0
    is_new[0] = False
    return chances[:, is_new].sum(1).mean(), (allowed[:, is_new].sum(1) / allowed.sum(1)).mean()


def test_after_training_new_items_are_as_likely_as_their_share(trained):
    model, split = trained
    assert content_embedding(model).new_offset != 0
    found, share = chances_of_new(model, split)
    assert found == pytest.approx(share, abs=1e-6)


def test_only_new_items_get_other_scores_and_all_of_them_the_same(trained):
    model, split = trained
    embedding, histories = content_embedding(model), [split.test.history(row) for row in range(9)]
    offset, after = embedding.new_offset.clone(), model.scores(histories)
    embedding.new_offset.zero_()
    change = after - model.scores(histories)
    embedding.new_offset.copy_(offset)
    is_new = split.train.item_counts == 0
    is_new[0] = False
    assert is_new.any()
    torch.testing.assert_close(change[:, is_new], offset.expand(9, int(is_new.sum())), atol=1e-5, rtol=0)
    assert not change[:, ~is_new].any()


def test_where_no_item_is_new_nothing_is_added(trained):
    model, split = trained
    embedding = content_embedding(model)
    kept, events = embedding.new_offset.clone(), embedding.has_events.clone()
    embedding.has_events[1:] = True
    calibrate_new_items(model, split.validation, Candidates.of(split, scores_cold=True))
    assert embedding.new_offset == 0
    embedding.new_offset.copy_(kept)
    embedding.has_events.copy_(events)


def test_the_offset_by_hand():
    # one history: odds of 1 to 9 must become 1 to 1
    assert offset_for(np.array([0.1]), 0.5) == pytest.approx(np.log(9))
    assert offset_for(np.array([0.2, 0.2]), 0.2) == pytest.approx(0, abs=1e-9)
    # where the model is sure that it is none of them, and where the new items are all there is
    assert offset_for(np.array([0.0, 0.0]), 0.5) == pytest.approx(np.log(1e9), rel=1e-6)
    assert offset_for(np.array([0.5]), 1.0) == 0
