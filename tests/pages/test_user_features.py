"""What the model sees of a user, on Train and on Explain, driven without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.train.training import TrainRequest
from recsys.services.workspace import open_workspace
from tests.pages.drive import opened
from tests.worlds.shops import import_shop, train_small
from tests.worlds.small_shop import shop


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("users")
    workspace = open_workspace(home / "home")
    dataset_id = import_shop(workspace, home, pictures=False)
    train_small(workspace, dataset_id, "sasrec", "knows", user_features="age, gender")  # type: ignore[arg-type]
    train_small(workspace, dataset_id, "gru4rec", "ids")
    return home / "home"


def test_features_are_chosen_by_pills_and_hidden_by_a_slider(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[TrainRequest] = []
    monkeypatch.setattr(
        "recsys.services.train.training.start", lambda workspace, request: started.append(request) or "knows"
    )
    app = opened("train", home, monkeypatch)
    app.pills(key="model").set_value("gru4rec").run()
    pills = app.pills(key="set_user_features_gru4rec_balanced")
    assert (pills.options, pills.value) == (["age", "gender"], [])
    assert not [slider for slider in app.slider if "user_dropout" in str(slider.key)]
    pills.set_value(["gender"]).run()
    app.slider(key="set_user_dropout_gru4rec_balanced").set_value(0.3).run()
    assert "user_features=gender user_dropout=0.3" in app.code[0].value
    app.button(key="train").click().run()
    settings = started[0].settings
    assert (settings["user_features"], settings["user_dropout"]) == ("gender", 0.3)


def test_the_dense_network_begins_with_age_and_gender(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch)
    app.pills(key="model").set_value("mlp").run()
    pills = app.pills(key="set_user_features_mlp_balanced")
    assert pills.value == ["age", "gender"]
    assert "user_features" not in app.code[0].value
    pills.set_value([]).run()
    assert "user_features=" in app.code[0].value


def test_a_link_fills_the_pills(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch, like="knows")
    assert app.pills(key="set_user_features_sasrec_balanced_1").value == ["age", "gender"]


def test_data_without_a_users_table_offer_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path)
    app = opened("train", tmp_path / "home", monkeypatch)
    app.pills(key="model").set_value("mlp").run()
    assert [pills for pills in app.pills if "user_features" in str(pills.key)] == []
    assert "user_features" not in app.code[0].value


def test_explain_shows_the_features_as_a_line_of_their_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="knows", user="u1", evidence="true")
    table = next(table.value for table in app.dataframe if "contribution" in table.value)
    assert table["title"][table["#"].isna()].tolist() == ["age, gender (of the user)"]
    sizes = table["contribution"].abs().tolist()
    assert sizes == sorted(sizes, reverse=True)
    app = opened("explain", home, monkeypatch, run="knows", user="u1", evidence="true", proof="Attention")
    looked = next(table.value for table in app.dataframe if "rollout" in table.value)
    assert looked["title"][0] == "age, gender (of the user)"
    assert looked["#"].isna().tolist() == [True, *[False] * (len(looked) - 1)]
    assert looked.drop(columns=["#", "title"]).sum().tolist() == pytest.approx([1.0] * (looked.shape[1] - 2))


def test_a_run_that_knows_nothing_of_users_has_no_such_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="ids", user="u1", evidence="true")
    table = next(table.value for table in app.dataframe if "contribution" in table.value)
    assert not table["title"].str.contains("of the user").any()


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.info, *app.caption, *app.markdown)).replace("\\", "")


def test_the_person_can_be_taken_to_be_another(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, run="knows", user="u1")
    box = app.selectbox(key="as_gender_u1")
    assert (box.value, box.options) == ("f", ["unknown", "f", "m"])
    assert "as_gender" not in app.query_params and "features were changed" not in said(app)
    box.set_value("m").run()
    assert app.query_params["as_gender"] in ("m", ["m"])
    assert "features were changed" in said(app) and "Compared with u1's own features" in said(app)
    app.selectbox(key="as_gender_u1").set_value("f").run()
    assert "as_gender" not in app.query_params and "features were changed" not in said(app)


def test_a_link_brings_the_other_person_back_on_explain(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="knows", user="u1", as_gender="m")
    assert app.selectbox(key="as_gender_u1").value == "m"
    assert "as if: gender m" in said(app)


def test_a_run_that_knows_nobody_has_no_person_to_change(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="ids", user="u1", as_gender="m")
    assert not [box for box in app.selectbox if str(box.key).startswith("as_")]
