import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.explain import explain, methods_for
from recsys.explain.methods.attention import attention, attention_rollout, look, rollout_of
from recsys.explain.methods.leave_one_out import leave_one_out
from recsys.models import MODELS
from tests.worlds.ring_models import SEQUENCE_MODELS, build, situation, trained

HISTORY = [4, 9, 2, 7, 12, 5, 8, 3, 14]
ATTENTION_MODELS = [name for name in MODELS if "attention" in methods_for(build(name))]


def test_models_with_attention_report_their_weights():
    assert ATTENTION_MODELS == ["narm", "sasrec"]


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_a_model_reports_weights_exactly_where_its_class_says_so(name):
    model, weights = build(name), []
    model.encode(*model.inputs(torch.tensor([[1]])), attention=weights)
    assert bool(weights) == model.has_attention


def test_finding_out_that_a_model_has_no_attention_takes_no_forward_pass(monkeypatch):
    model, calls = build("gru4rec"), []
    encode = model.encode
    monkeypatch.setattr(model, "encode", lambda *inputs, **more: calls.append(1) or encode(*inputs, **more))
    methods_for(model)
    assert look(situation(model, HISTORY)) is None
    assert calls == []
    leave_one_out(situation(model, HISTORY))
    alone = len(calls)
    explain(situation(model, HISTORY))
    assert len(calls) == 2 * alone


@pytest.mark.parametrize("name", ATTENTION_MODELS)
def test_every_head_of_every_layer_shares_one_look_out_over_the_window(name):
    weights = np.array(attention(situation(build(name), HISTORY)).attention)
    layers, heads = {"narm": (1, 1), "sasrec": (2, 2)}[name]
    assert weights.shape == (layers, heads, 6)  # the last are the events of the window
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-6)


@pytest.mark.parametrize("name", ATTENTION_MODELS)
def test_contributions_are_the_last_layer_averaged_over_heads(name):
    explanation = attention(situation(build(name), HISTORY))
    values = [event.value for event in explanation.contributions]
    np.testing.assert_allclose(values, np.array(explanation.attention)[-1].mean(0))
    assert [event.position for event in explanation.contributions] == [3, 4, 5, 6, 7, 8]
    assert explanation.baseline is None
    assert explanation.completeness_gap is None


@pytest.mark.parametrize("name", ATTENTION_MODELS)
def test_rollout_sums_to_one_and_is_a_method_of_its_own(name):
    explanation = attention_rollout(situation(build(name), HISTORY))
    assert sum(explanation.rollout) == pytest.approx(1)
    assert [event.value for event in explanation.contributions] == explanation.rollout
    assert explanation.attention == attention(situation(build(name), HISTORY)).attention


@pytest.mark.parametrize("name", ATTENTION_MODELS)
def test_an_event_that_is_not_there_yet_is_not_looked_at(name):
    model = build(name)
    seen = []
    items = torch.tensor([HISTORY[3:]])
    model.encode(model.embed(items), items != 0, attention=seen)
    assert all(torch.equal(layer, layer.tril()) for layer in seen)


def test_rollout_by_hand():
    first = torch.tensor([[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    second = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]])
    # with the identity the last row of the second is [.5, 0, .5]; the rows of the first: [1, 0, 0] and [0, .5, .5]
    np.testing.assert_allclose(rollout_of([first, second])[-1].numpy(), [0.5, 0.25, 0.25], atol=1e-6)
    heads = torch.cat([second, first])  # their mean, with the identity, ends in [.25, .25, .5]
    np.testing.assert_allclose(rollout_of([heads])[-1].numpy(), [0.25, 0.25, 0.5], atol=1e-6)


def test_what_stands_beside_other_methods_is_the_same_attention():
    asked = situation(build("sasrec"), HISTORY)
    beside = explain(asked, "leave_one_out")
    assert (beside.attention, beside.rollout) == look(asked)


def test_on_an_empty_history_there_is_nowhere_to_look():
    explanation = attention(situation(build("sasrec"), []))
    assert explanation.attention == [[[], []], [[], []]]
    assert explanation.rollout == []


@pytest.mark.parametrize("name", [name for name in MODELS if name not in ATTENTION_MODELS])
@pytest.mark.parametrize("method", [attention, attention_rollout])
def test_a_model_without_attention_says_so(name, method):
    asked = situation(build(name), HISTORY)
    assert look(asked) is None
    with pytest.raises(SettingError, match="has no attention to show"):
        method(asked)


def test_reading_the_weights_does_not_change_the_score():
    model = trained("sasrec")
    assert attention(situation(model, [5, 6, 7], item=8)).score == situation(model, [5, 6, 7], item=8).score
