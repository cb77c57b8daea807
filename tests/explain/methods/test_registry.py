import pytest

from recsys.errors import SettingError
from recsys.explain import METHODS, explain, methods_for
from recsys.models import MODELS
from tests.worlds.ring_models import BLIND_MODELS, EVENT_MODELS, build, situation

HISTORY = [4, 9, 2]


def test_each_model_has_the_methods_that_suit_it():
    gradients = ["integrated_gradients", "integrated_gradients_mean", "gradient_x_input"]
    of_networks = ["leave_one_out", "shapley", "feature_ablation", *gradients]
    assert methods_for(build("popularity")) == methods_for(build("recent_popularity")) == []
    for name in ("markov", "ease", "item_knn"):
        assert methods_for(build(name)) == ["leave_one_out", "links", "shapley"]
    assert methods_for(build("mlp")) == ["ablation", "shapley", "integrated_gradients", "gradient_x_input"]
    for name in ("gru4rec", "rnn", "lstm", "caser", "nextitnet"):
        assert methods_for(build(name)) == of_networks
    for name in ("sasrec", "narm"):
        assert methods_for(build(name)) == [*of_networks, "attention", "attention_rollout"]


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_leave_one_out_is_the_default(name):
    assert explain(situation(build(name), HISTORY)).method == "leave_one_out"


def test_the_default_of_a_pair_model_is_ablation():
    assert explain(situation(build("mlp"), HISTORY)).method == "ablation"


@pytest.mark.parametrize("name", [name for name in MODELS if name not in BLIND_MODELS])
def test_an_explanation_names_its_method(name):
    for method in methods_for(build(name)):
        assert explain(situation(build(name), HISTORY), method).method == method


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(
        SettingError, match=r"No method .tea leaves.\. Choose one of leave_one_out, shapley, feature_ab"
    ):
        explain(situation(build("caser"), HISTORY), "tea leaves")


def test_a_method_that_the_model_has_not_is_refused_with_the_reason():
    expected = (
        "needs a single model trained by gradients; EASE is fitted in closed form, without gradients. Choose leave"
    )
    with pytest.raises(SettingError, match=expected):
        explain(situation(build("ease"), HISTORY), "integrated_gradients")


def test_a_dense_network_has_no_events_to_leave_out():
    with pytest.raises(SettingError, match=r"reads user and item features\. Choose ablation or"):
        explain(situation(build("mlp"), HISTORY), "leave_one_out")


@pytest.mark.parametrize("name", BLIND_MODELS)
@pytest.mark.parametrize("method", [None, *METHODS])
def test_popularity_has_nothing_to_explain(name, method):
    with pytest.raises(SettingError, match="everyone gets the same list"):
        explain(situation(build(name), HISTORY), method)
