"""What is known of who asks, in explanations of sequence models: one part of its own beside the events."""

import numpy as np
import pytest
import torch

from recsys.data.interactions import UNKNOWN_USER
from recsys.explain import explain, methods_for
from recsys.explain.explanation import FeatureContribution
from recsys.explain.methods.ablation import feature_ablation
from recsys.explain.methods.attention import attention, attention_rollout
from recsys.explain.methods.attribution import gradient_x_input, integrated_gradients, integrated_gradients_mean
from recsys.explain.methods.leave_one_out import leave_one_out
from recsys.explain.quantity import values
from recsys.explain.words.sentence import sentence
from tests.explain.words.test_sentence import TITLES, removal
from tests.worlds.ring_models import SEQUENCE_MODELS, build, situation

pytestmark = pytest.mark.usefixtures("few_orders")
HISTORY = [4, 9, 2, 7, 12, 5, 8, 3, 14]


def knowing(name, **settings):
    """A model that knows the users' ages, which are young, old, young, old; ages matter more than at the start."""
    model = build(name, with_ages=True, **settings)
    for table in model.user_embedding.tables:
        table.weight.data *= 4 if table.weight.std() > 0.1 else 50
    return model


def total(explanation):
    return sum(part.value for part in (*explanation.contributions, *explanation.features))


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_every_method_tells_the_features_apart_from_the_events(name):
    model = knowing(name)
    for method in methods_for(model):
        explanation = explain(situation(model, HISTORY), method)
        assert [part.feature for part in explanation.features] == ["age"], method
        assert [event.position for event in explanation.contributions] == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_a_model_that_knows_nothing_of_users_has_no_such_part(name):
    model = build(name)
    assert all(explain(situation(model, HISTORY), method).features == () for method in methods_for(model))


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
@pytest.mark.parametrize("history", [HISTORY, [7, 3], []])
@pytest.mark.parametrize("method", [integrated_gradients, integrated_gradients_mean])
def test_integrated_gradients_add_up_with_the_features(name, history, method):
    explanation = method(situation(knowing(name), history))
    change = explanation.value - explanation.baseline
    assert total(explanation) == pytest.approx(change, abs=0.01 * max(abs(change), 0.01))
    assert explanation.completeness_gap < 0.01
    assert explanation.features[0].value != 0


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_baseline_is_somebody_of_whom_nothing_is_known_before_events_of_zeros(name):
    model = knowing(name)
    asked = situation(model, HISTORY)
    with torch.no_grad():
        nothing, real = torch.zeros(1, 6, 8), torch.ones(1, 6, dtype=torch.bool)
        x_1MD, real_1M = model.with_users(nothing, real, torch.tensor([UNKNOWN_USER]))
        expected = values(asked, model.project(model.encode(x_1MD, real_1M)[:, -1]))
    assert integrated_gradients(asked).baseline == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
@pytest.mark.parametrize(
    "method", [leave_one_out, feature_ablation, integrated_gradients, integrated_gradients_mean, gradient_x_input]
)
def test_a_stranger_has_nothing_known_that_could_speak_for_an_item(name, method):
    told = method(situation(knowing(name), HISTORY, user=UNKNOWN_USER))
    assert told.features[0].value == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_leaving_the_features_out_is_asking_as_a_stranger(name):
    model = knowing(name)
    explanation = leave_one_out(situation(model, HISTORY, user=2))
    stranger = leave_one_out(situation(model, HISTORY, user=UNKNOWN_USER))
    assert explanation.features[0].value == pytest.approx(explanation.value - stranger.value, abs=1e-5)
    assert abs(explanation.features[0].value) > 1e-6


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_who_asks_counts_in_every_question_about_the_past(name):
    model = knowing(name)
    young, old = (leave_one_out(situation(model, HISTORY, user=user)) for user in (1, 2))
    same = leave_one_out(situation(model, HISTORY, user=3))
    assert [part.value for part in young.contributions] == [part.value for part in same.contributions]
    assert [part.value for part in young.contributions] != [part.value for part in old.contributions]


@pytest.mark.parametrize("name", ["narm", "sasrec"])
@pytest.mark.parametrize("history", [HISTORY, []])
@pytest.mark.parametrize("method", [attention, attention_rollout])
def test_what_attention_does_not_give_to_events_went_to_the_features(name, history, method):
    explanation = method(situation(knowing(name), history))
    assert total(explanation) == pytest.approx(1, abs=1e-6)
    assert 0 < explanation.features[0].value <= 1
    assert np.array(explanation.attention).shape[-1] == min(6, len(history))
    assert len(explanation.rollout) == min(6, len(history))
    assert sum(explanation.rollout) < 1


@pytest.mark.parametrize("name", ["narm", "sasrec"])
def test_the_weights_stay_with_their_events(name):
    model = knowing(name)
    seen = []
    items = torch.tensor([HISTORY[3:]])
    with torch.no_grad():
        model.encode(*model.inputs(items, torch.tensor([1])), attention=seen)
    np.testing.assert_allclose(
        np.array(attention(situation(model, HISTORY)).attention)[-1], seen[-1][0, :, -1, 1:].numpy(), atol=1e-6
    )


def with_features(explanation, value):
    return type(explanation)(**{**vars(explanation), "features": (FeatureContribution("age, gender", value),)})


def test_the_sentence_says_when_the_person_counts_more_than_any_event():
    told = removal([0.1, 0.4, 0.2], [2, 9, 3])
    assert sentence(with_features(told, 0.3), TITLES, "Fargo") == sentence(told, TITLES, "Fargo")
    said = sentence(with_features(told, 0.5), TITLES, "Fargo")
    assert said.startswith("Recommended mostly because of “Brazil”: without")
    assert said.endswith(" The user features (age, gender) support it more than any event.")


def test_the_sentence_for_an_empty_history_says_what_is_known():
    said = sentence(with_features(removal([]), 0.3), TITLES, "Fargo")
    assert said == "No past event: the model recommends “Fargo” because of the user features (age, gender)."
    assert "anyone without a history" in sentence(with_features(removal([]), 0.0), TITLES, "Fargo")
