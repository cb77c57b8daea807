"""The methods on the Explain page: one list, a link that opens one, reasons for those that are missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.workspace import open_workspace
from recsys.ui.parts import charts
from tests.pages.drive import opened
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("methods")
    workspace = open_workspace(home / "home")
    dataset_id = import_shop(workspace, home)
    for model in ("sasrec", "ease"):
        train_small(workspace, dataset_id, model, model)
    return home / "home"


METHODS = {"evidence": "true"}  # the drawer opens with its first tab


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def test_a_link_opens_its_method_and_the_address_follows_the_choice(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explain", home, monkeypatch, run="sasrec", user="u0", method="shapley")  # which opens the drawer
    assert app.selectbox(key="method").value == "shapley"
    assert "one by one, in many orders" in captions(app)
    app.selectbox(key="method").set_value("feature_ablation").run()
    assert app.query_params["method"] == "feature_ablation"
    assert "Blanks one past event" in captions(app)


@pytest.mark.parametrize("method", ["integrated_gradients", "integrated_gradients_mean"])
def test_it_says_how_well_the_two_baselines_agree(home: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    app = opened("explain", home, monkeypatch, run="sasrec", user="u0", method=method, **METHODS)
    assert "from an empty input or from the average item, the method ranks the events" in captions(app)
    assert ("every event replaced by the average item" in captions(app)) == (method == "integrated_gradients_mean")
    app.selectbox(key="method").set_value("leave_one_out").run()
    assert "rank correlation" not in captions(app)


def test_where_the_model_looked_is_not_said_to_be_explained_by_bars_of_attention(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explain", home, monkeypatch, run="sasrec", user="u0", method="attention", **METHODS)
    assert "Where the model looked, which is not why" in captions(app)
    app = opened("explain", home, monkeypatch, run="sasrec", user="u0", evidence="true", proof="Attention")
    assert "This is not a reason: the contributions are." in captions(app)


def test_the_exact_removals_are_not_drawn_a_second_time_but_the_other_methods_are_listed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(charts, "show", lambda figure, key, *more, **named: drawn.append(key))
    app = opened("explain", home, monkeypatch, run="ease", user="u0", **METHODS)
    assert drawn == ["bars"]
    drawn.clear()
    app.button(key="choose_links").click().run()
    assert app.selectbox(key="method").value == app.query_params["method"] == "links"
    assert drawn == ["bars", "by_time"]
    assert not [button for button in app.button if str(button.key).startswith("choose_")]


def test_what_is_in_log_odds_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "An effect of 0.69 doubles the odds" in captions(
        opened("explain", home, monkeypatch, run="sasrec", user="u0", **METHODS)
    )
    assert "log-odds" not in captions(opened("explain", home, monkeypatch, run="ease", user="u0", **METHODS))


def test_a_linear_model_has_its_links_and_says_why_it_has_no_gradients(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explain", home, monkeypatch, run="ease", user="u0", method="attention")
    assert app.selectbox(key="method").options == ["Leave-one-out", "Exact links", "Shapley values"]
    assert app.selectbox(key="method").value == "leave_one_out"
    assert "Not available for this model" in captions(app)
    assert "needs a single model trained by gradients; EASE is fitted in closed form" in captions(app)
    app = opened("explain", home, monkeypatch, run="ease", user="u0", method="links")
    assert "From 0.00 (empty history)" in captions(app)


def test_strip_attention_and_table_number_events_by_their_position_in_the_whole_history(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, list[object]] = {}

    def kept(figure, key: str, *more: object, **named: object) -> None:  # type: ignore[no-untyped-def]
        drawn[key] = list(figure.data[0].x)
        show(figure, key, *more, **named)

    show = charts.show
    monkeypatch.setattr(charts, "show", kept)
    history = ",".join(f"i{item}" for item in range(15))  # the model reads the newest 12
    tables = {}
    for proof in ("Methods", "Attention"):
        app = opened(
            "explain", home, monkeypatch, run="sasrec", history=history, method="shapley", evidence="true", proof=proof
        )
        tables |= {column: table.value for table in app.dataframe for column in table.value}
    assert drawn["by_time"] == list(range(4, 16))
    assert drawn["attention"] == [str(position) for position in range(4, 16)]
    by_time = [sorted(tables[column]["#"]) for column in ("effect", "contribution", "rollout")]
    assert by_time == [drawn["by_time"]] * 3
