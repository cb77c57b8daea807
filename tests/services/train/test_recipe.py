import json
import shlex
from typing import Any

import pytest

from recsys.__main__ import make_parser
from recsys.commands.parsing import parse_pairs
from recsys.errors import SettingError
from recsys.models import MODELS
from recsys.services.train import recipe
from recsys.services.train.recipe import Recipe
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import Workspace, open_workspace
from tests.worlds.small_shop import import_small_shop


@pytest.fixture
def home(tmp_path: Any) -> Workspace:
    return open_workspace(tmp_path / "my home")  # with a blank, as folders have


@pytest.mark.parametrize("model", list(MODELS))
@pytest.mark.parametrize("preset", ["quick", "balanced", "thorough"])
def test_the_command_means_the_same_training(home: Workspace, model: str, preset: str) -> None:
    made = Recipe.checked(model, preset, {}, seed=7, device="cpu", cold_share=0.1, liked_from=4.4)
    if "epochs" in made.settings:
        made = Recipe.checked(
            model, preset, {"epochs": 5, "learning_rate": 0.00025}, seed=7, device="cpu", cold_share=0.1, liked_from=4.4
        )
    words = shlex.split(recipe.command(home, "0123456789abcdef", made))
    assert words[:3] == ["python", "-m", "recsys"]
    told = make_parser().parse_args(words[3:])
    again = Recipe.checked(
        told.model,
        told.preset,
        parse_pairs(told.set, "key=value"),
        seed=told.seed,
        device=told.device,
        cold_share=told.cold_share,
        liked_from=told.liked_from,
    )
    assert again == made
    assert (told.dataset, told.workspace) == ("0123456789abcdef", str(home.path))


def test_the_command_names_only_what_differs() -> None:
    made = Recipe.checked("gru4rec", "quick", {"dropout": 0.2, "epochs": 5})  # 5 are quick's own
    told = recipe.command(open_workspace(".recscope"), "d" * 16, made)
    assert told == f"python -m recsys train {'d' * 16} --model gru4rec --preset quick --set dropout=0.2"
    plain = recipe.command(open_workspace(".recscope"), "d" * 16, Recipe.checked("ease", "balanced", {}))
    assert plain == f"python -m recsys train {'d' * 16} --model ease"


@pytest.mark.parametrize("model", list(MODELS))
def test_settings_come_back_from_a_file_as_they_went(model: str) -> None:
    made = Recipe.checked(model, "thorough", {}, seed=3, device="cpu", cold_share=0.25, liked_from=-1.5)
    assert recipe.from_file(recipe.to_file(made)) == made


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"model": "magic"}, "model", "There is no model 'magic'"),
        ({"model": 3}, "model", "needs model as a text"),
        ({"preset": "slow"}, None, "No preset 'slow'"),
        ({"settings": {"wings": 2}}, "wings", "no setting 'wings'"),
        ({"settings": {"epochs": 0}}, "epochs", "epochs = 0"),
        ({"settings": {"dropout": "much"}}, "dropout", "dropout = 'much'"),
        ({"settings": [1]}, None, "one JSON object"),
        ({"seed": -1}, "seed", "seed = '-1'"),
        ({"device": "abacus"}, "device", "abacus"),
        ({"cold_share": 0.7}, "cold_share", "cold_share = '0.7'"),
        ({"liked_from": "much"}, "liked_from", "liked_from = 'much'"),
        ({"colour": "red"}, "colour", "no field 'colour'"),
        ({"format": 9}, "format", "of format 9"),
    ],
)
def test_a_file_that_cannot_be_used_names_the_field(changes: dict[str, Any], field: str | None, words: str) -> None:
    told = json.loads(recipe.to_file(Recipe.checked("gru4rec", "balanced", {}))) | changes
    with pytest.raises(SettingError, match=words.replace("(", ".")) as caught:
        recipe.from_file(json.dumps(told).encode())
    assert caught.value.column == field


@pytest.mark.parametrize("content", [b"", b"\x80", b"[1]", b'{"model": ', b"{}", b"1" * 20_001])
def test_what_is_no_settings_file_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(SettingError, match="settings file"):
        recipe.from_file(content)


def test_a_runs_recipe_trains_the_same_model_again(home: Workspace) -> None:
    shop = import_small_shop(home, ages=True)
    settings = {"epochs": 2, "embedding_dim": 16}
    first = train(home, TrainRequest(shop, "gru4rec", "quick", settings, run_id="first"))
    dataset, made = recipe.of_run(home, "first")
    assert (dataset, made.preset, made.changed) == (shop, "quick", settings)
    again = train(home, TrainRequest(dataset, made.model, made.preset, made.settings, run_id="again"))
    assert again.weights_sha256 == first.weights_sha256
