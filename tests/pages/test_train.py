"""The Train page's form, driven without a browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.errors import SettingError
from recsys.messages import PSEUDO
from recsys.services.train.recipe import Recipe, to_file
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import open_workspace
from tests.pages.drive import address, opened
from tests.worlds.small_shop import SHORT, import_small_shop, two_short_runs


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_short_runs(tmp_path_factory.mktemp("train"))


def said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.warning))


def test_the_curves_of_other_runs_stand_beside_and_in_the_address(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch, run="gru-1")
    (beside,) = app.multiselect
    assert (beside.options, beside.value) == (["Caser"], ["caser-1"])  # drawn unless a person chooses
    beside.set_value([]).run()
    assert app.query_params["beside"] == "none"
    linked = opened("train", home, monkeypatch, run="gru-1", beside="caser-1,gone")
    assert linked.multiselect[0].value == ["caser-1"]
    assert {"GRU4Rec (this run)", "Caser"} == drawn(linked)
    assert list(linked.dataframe[0].value["epoch"]) == [3, 2, 1]


def drawn(app: AppTest) -> set[str]:
    """Names in the legend of the learning curves."""
    traces = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    return {trace["name"] for trace in traces if trace.get("showlegend")}


def test_earlier_runs_are_drawn_before_anything_is_trained(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(opened("train", home, monkeypatch)) == {"GRU4Rec", "Caser"}


def test_without_earlier_runs_the_panel_says_what_will_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_small_shop(open_workspace(tmp_path), ages=True)
    app = opened("train", tmp_path, monkeypatch)
    assert "see the model learn here" in said(app)


def test_a_finished_run_offers_where_to_go_and_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch, run="gru-1")
    app.session_state["session"].watched = {"gru-1"}
    app.run()
    assert [toast.value for toast in app.toast] == ["GRU4Rec is trained."]
    assert address(app, "run") == "gru-1"
    assert {"explain_run", "see", "compare_models"} <= {button.key for button in app.button}
    app.button(key="explain_run").click().run()
    assert not app.exception
    assert app.title[0].value != "Train"


def test_several_models_are_queued_with_one_press(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def start(workspace: object, request: TrainRequest) -> str:
        asked.append((request.model, request.preset))
        if request.model == "ease":
            raise SettingError("too many items")
        return {"gru4rec": "gru-1", "caser": "caser-1", "popularity": "gru-1"}[request.model]

    monkeypatch.setattr("recsys.services.train.training.start", start)
    app = opened("train", home, monkeypatch)
    app.segmented_control(key="train_mode").set_value("several").run()
    app.pills(key="models").set_value(["gru4rec", "caser", "ease", "popularity"]).run()
    app.segmented_control(key="preset_several").set_value("quick").run()
    assert app.button(key="train").label == "Train 4 models"
    app.button(key="train").click().run()
    assert asked == [("gru4rec", "quick"), ("caser", "quick"), ("ease", "quick"), ("popularity", "balanced")]
    assert (address(app, "run"), app.multiselect[0].value) == ("gru-1", ["caser-1"])
    assert "**EASE** cannot be trained. too many items" in app.error[0].value


@pytest.mark.parametrize("mode", ["one", "search"])
def test_while_a_job_runs_the_button_adds_to_the_queue(mode: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for form in ("form", "sweep"):
        monkeypatch.setattr(f"recsys.ui.train.{form}.running_jobs", lambda workspace: ["other"])
    app = opened("train", home, monkeypatch)
    app.segmented_control(key="train_mode").set_value(mode).run()
    assert app.button(key="search" if mode == "search" else "train").label == "Add to the queue"


def test_what_a_model_can_read_is_named_in_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pseudo = opened("train", home, monkeypatch, lang=PSEUDO)
    assert pseudo.pills(key="set_content_sasrec_balanced").options == ["⟦title⟧", "⟦category⟧"]
    app = opened("train", home, monkeypatch)
    app.pills(key="set_content_sasrec_balanced").set_value(["title"]).run()
    assert "content=title" in app.code[0].value


def test_nothing_can_be_trained_without_a_chosen_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch)
    app.segmented_control(key="train_mode").set_value("several").run()
    app.pills(key="models").set_value([]).run()
    assert app.button(key="train").disabled


def test_a_link_fills_the_form_with_the_settings_of_a_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch, like="gru-1")
    assert app.pills(key="model_1").value == "gru4rec"
    assert app.number_input(key="seed_1").value == 9
    values = {name: app.slider(key=f"set_{name}_gru4rec_quick_1").value for name in (*SHORT, "max_length")}
    assert values == SHORT | {"max_length": 50}
    app.slider(key="set_epochs_gru4rec_quick_1").set_value(6).run()
    assert app.slider(key="set_epochs_gru4rec_quick_1").value == 6  # the link led once
    assert "--set epochs=6" in app.code[0].value


def test_the_button_below_a_run_leads_to_that_link(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch, run="caser-1")
    app.button(key="train_like").click().run()
    assert app.query_params["like"] == "caser-1"
    assert app.pills(key="model_1").value == "caser"
    assert app.slider(key="set_epochs_caser_quick_1").value == 2


def test_a_link_to_the_settings_of_no_run_is_said_in_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch, like="nothing")
    assert "There is no run nothing" in app.error[0].value


def test_a_settings_file_fills_the_form(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch)
    made = Recipe.checked("caser", "thorough", {"epochs": 900, "dropout": 0.95}, seed=5)
    app.file_uploader(key="load_settings").set_value(("caser.json", to_file(made), "application/json")).run()
    assert not app.exception
    assert app.pills(key="model_1").value == "caser"
    assert app.slider(key="set_epochs_caser_thorough_1").value == 900  # beyond where the slider usually ends
    assert app.slider(key="set_dropout_caser_thorough_1").value == 0.95
    assert app.number_input(key="seed_1").value == 5


def test_a_bad_settings_file_is_refused_and_leaves_the_form(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch)
    bad = b'{"model": "gru4rec", "settings": {"epochs": -4}}'
    app.file_uploader(key="load_settings").set_value(("bad.json", bad, "application/json")).run()
    assert "epochs" in app.error[0].value
    assert app.pills(key="model").value == "sasrec"


def test_items_are_held_out_by_a_slider_whatever_the_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def start(workspace: object, request: TrainRequest) -> str:
        asked.append(request.options.cold_share)
        return "gru-1"

    monkeypatch.setattr("recsys.services.train.training.start", start)
    app = opened("train", home, monkeypatch)
    assert app.slider(key="cold_share").value == 0
    app.slider(key="cold_share").set_value(0.15).run()
    app.pills(key="model").set_value("popularity").run()
    assert "--cold-share 0.15" in app.code[0].value
    app.button(key="train").click().run()
    assert asked == [0.15]


def test_a_settings_file_says_how_many_items_are_held_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch)
    made = Recipe.checked("caser", "quick", {}, seed=5, cold_share=0.125)  # between two steps of the slider
    app.file_uploader(key="load_settings").set_value(("caser.json", to_file(made), "application/json")).run()
    assert app.slider(key="cold_share_1").value == 0.125
    assert "--cold-share 0.125" in app.code[0].value


def test_the_first_batch_is_shown_to_who_opens_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home, monkeypatch)
    assert not app.dataframe
    app.session_state["first_batch"] = True
    app.run()
    assert list(app.dataframe[0].value)[-1] == "→ target"


def test_every_setting_of_every_model_has_a_name_for_people(home: Path) -> None:
    from recsys.services.train.model_cards import list_models
    from recsys.ui.train.settings import LABELS

    assert {s.name for card in list_models() for s in card.settings} <= set(LABELS)
