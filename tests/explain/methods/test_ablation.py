"""One input blanked in its place: an event leaves a gap, a field its unknown."""

import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.explain.methods.ablation import ablation, feature_ablation
from recsys.explain.methods.leave_one_out import leave_one_out
from recsys.explain.quantity import values
from tests.worlds.ring_models import PAIR_MODELS, SEQUENCE_MODELS, build, situation

HISTORY = [4, 9, 2, 7, 12, 5, 8, 3, 14]  # longer than the window of 6


def of(explanation):
    return np.array([part.value for part in explanation.contributions])


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_an_event_leaves_zeros_in_its_place_under_the_mask_of_the_real_events(name):
    model = build(name)
    asked = situation(model, HISTORY)
    items, real = torch.tensor([HISTORY[3:]]), torch.ones(1, 6, dtype=torch.bool)
    with torch.no_grad():
        embedded = model.embed(items)
        for place, found in enumerate(of(feature_ablation(asked))):
            gap = embedded.clone()
            gap[0, place] = 0
            without = values(asked, model.project(model.encode(gap, real)[:, -1]))
            whole = values(asked, model.project(model.encode(embedded, real)[:, -1]))
            assert found == pytest.approx(float(whole - without), abs=1e-5)


def test_nothing_comes_in_from_before_the_window():
    model = build("sasrec")
    one, other = (of(feature_ablation(situation(model, [old, *HISTORY], hide_seen=False))) for old in (21, 22))
    assert list(one) == list(other)
    removed = [of(leave_one_out(situation(model, [old, *HISTORY[3:]], hide_seen=False))) for old in (21, 22)]
    assert list(removed[0]) != list(removed[1])


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_an_empty_history_has_no_gaps(name):
    found = feature_ablation(situation(build(name), []))
    assert found.contributions == []
    assert found.value == found.baseline


def test_a_model_without_embeddings_is_refused():
    with pytest.raises(SettingError, match="has no embeddings"):
        feature_ablation(situation(build("ease"), HISTORY))


@pytest.mark.parametrize("name", PAIR_MODELS)
def test_a_field_is_removed_by_putting_its_unknown_in_place(name):
    model = build(name)
    explanation = ablation(situation(model, HISTORY, user=3))
    assert [c.feature for c in explanation.contributions] == ["user", "user.age", "item"]
    known = model.scores([np.array([])], [3])[0, 20]
    model.embeddings[0].weight.data[3] = model.embeddings[0].weight.data[0]  # now the user is no one
    unknown = model.scores([np.array([])], [3])[0, 20]
    assert explanation.contributions[0].value == pytest.approx(float(known - unknown), abs=1e-5)


@pytest.mark.parametrize("name", PAIR_MODELS)
def test_an_unknown_user_carries_nothing(name):
    explanation = ablation(situation(build(name), HISTORY, user=0))
    assert explanation.contributions[0].value == 0
