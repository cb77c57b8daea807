"""What every model of `MODELS` promises: its scores whatever the company, its settings within their bounds."""

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from recsys.errors import SettingError
from recsys.models import BASELINES, MODELS
from recsys.models.base import FittedModel, Shape
from recsys.models.config import PRESETS
from tests.worlds.small_models import TRAINED_MODELS, build_model, train_model

HISTORIES = [np.array(h, dtype=np.int64) for h in ([1, 2, 3], [7], [4, 4, 4, 30], list(range(1, 31)))]
USERS = [1, 2, 0, 60]
NOTHING = np.array([], dtype=np.int64)
EXACT = {"atol": 1e-5, "rtol": 1e-5}


def bounds(name, field):
    schema = MODELS[name].Config.model_json_schema()["properties"][field]
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    return low, schema.get("maximum", schema.get("exclusiveMaximum"))


def numbers(name):
    """The settings that have bounds."""
    return [field for field in MODELS[name].Config.model_fields if bounds(name, field) != (None, None)]


def brief(name, log, seed=1):
    return train_model(name, log, seed, **({"epochs": 2} if name in TRAINED_MODELS else {}))


@pytest.fixture(scope="module")
def trained(cycle):
    """One briefly trained model of each name, shared by the tests that only read it."""
    return {name: brief(name, cycle) for name in MODELS}


@pytest.mark.parametrize("name", MODELS)
def test_scores_are_finite_whatever_the_length_of_a_history(name, trained):
    scores = trained[name].scores(HISTORIES, USERS)
    assert scores.shape == (4, 31)
    assert scores.dtype == torch.float32
    assert torch.isfinite(scores).all()


@pytest.mark.parametrize("name", MODELS)
def test_an_empty_history_scores_the_same_among_others(name, trained):
    alone, among = trained[name].scores([NOTHING]), trained[name].scores([HISTORIES[3], NOTHING])
    torch.testing.assert_close(alone[0], among[1], **EXACT)


@pytest.mark.parametrize("name", MODELS)
def test_the_number_of_histories_scored_at_a_time_changes_no_score(name, trained, monkeypatch):
    at_once = trained[name].scores(HISTORIES, USERS)
    monkeypatch.setattr("recsys.models.base.SCORE_ROWS", 1)
    torch.testing.assert_close(trained[name].scores(HISTORIES, USERS), at_once, **EXACT)


@pytest.mark.parametrize("name", MODELS)
def test_only_as_many_events_as_the_window_says_are_read(name, trained):
    model, history = trained[name], np.arange(1, 31)
    newest = history if model.window is None else history[-model.window :] if model.window else NOTHING
    assert torch.equal(model.scores([history], [3]), model.scores([newest], [3]))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_may_still_drop_out_gives_no_scores(name, cycle):
    model = build_model(name, Shape(cycle.num_users, cycle.num_items)).train()
    with pytest.raises(AssertionError, match="eval"):
        model.scores(HISTORIES)


@pytest.mark.parametrize("name", MODELS)
def test_config_and_weights_bring_a_model_back(name, trained):
    model = trained[name]
    weights = load(save({key: tensor.contiguous() for key, tensor in model.state_dict().items()}))
    again = MODELS[name](Shape(model.num_users, model.num_items), type(model.config)(**model.config.model_dump()))
    again.load_state_dict(weights)
    assert torch.equal(again.eval().scores(HISTORIES, USERS), model.scores(HISTORIES, USERS))


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_bits(name, trained, cycle):
    again = brief(name, cycle).state_dict()
    assert all(torch.equal(again[key], tensor) for key, tensor in trained[name].state_dict().items())


@pytest.mark.parametrize("name", MODELS)
def test_every_preset_is_a_valid_config(name):
    for preset in {*PRESETS, *MODELS[name].Config.presets}:
        MODELS[name].Config.from_settings(preset)


@pytest.mark.parametrize("name", TRAINED_MODELS)
def test_another_seed_gives_another_model(name, trained, cycle):
    other = brief(name, cycle, seed=2)
    assert not torch.equal(other.scores(HISTORIES, USERS), trained[name].scores(HISTORIES, USERS))


@pytest.mark.parametrize("name", MODELS)
def test_a_setting_out_of_bounds_is_an_error_that_names_it(name):
    for field in numbers(name):
        low, high = bounds(name, field)
        for value in (low - 1, high + 1):
            with pytest.raises(SettingError, match=field) as caught:
                MODELS[name].Config.from_settings(settings={field: value})
            assert caught.value.column == field


@pytest.mark.parametrize("name", MODELS)
def test_a_setting_that_is_no_number_is_an_error_that_names_it(name):
    for field in numbers(name):
        for value in ("many", float("nan"), float("inf"), None):
            with pytest.raises(SettingError, match=field):
                MODELS[name].Config.from_settings(settings={field: value})


@pytest.mark.parametrize("name", MODELS)
def test_every_setting_says_in_a_sentence_what_it_is(name):
    assert all(field.description.endswith(".") for field in MODELS[name].Config.model_fields.values())


@pytest.mark.parametrize("name", MODELS)
def test_the_balanced_preset_is_the_defaults(name):
    assert MODELS[name].Config.from_settings("balanced") == MODELS[name].Config()


@pytest.mark.parametrize("name", TRAINED_MODELS)
def test_a_setting_goes_before_the_preset(name):
    config = MODELS[name].Config.from_settings("quick", {"epochs": 77})
    quick = MODELS[name].Config.from_settings("quick")
    assert config.model_dump() == quick.model_dump() | {"epochs": 77}


@pytest.mark.parametrize("name", MODELS)
def test_an_unknown_preset_is_refused(name):
    with pytest.raises(SettingError, match="No preset 'heroic'"):
        MODELS[name].Config.from_settings("heroic")


def test_the_baselines_need_no_training():
    assert all(issubclass(MODELS[name], FittedModel) for name in BASELINES)


def test_a_rule_over_two_settings_is_told_in_one_sentence():
    with pytest.raises(SettingError) as caught:
        MODELS["sasrec"].Config.from_settings(settings={"num_heads": 3})
    assert "{" not in caught.value.message


@pytest.mark.parametrize("name", MODELS)
def test_an_unknown_setting_names_its_column(name):
    with pytest.raises(SettingError) as caught:
        MODELS[name].Config.from_settings(settings={"colour": 1})
    assert caught.value.column == "colour"
