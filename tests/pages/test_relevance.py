"""Target, on the pages: chosen on Train, said on Recommend, compared on Runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.data.importing.load import ImportRequest
from recsys.services.train.recipe import Recipe, to_file
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from tests.pages.drive import opened
from tests.worlds.shops import LIKED_FROM, import_shop, liked_users, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("liked")
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    train_small(found, dataset_id, "ease", "every")
    train_small(found, dataset_id, "ease", "liked", liked_from=LIKED_FROM)
    return found


@pytest.fixture
def shop(home: Workspace) -> str:
    return home.runs.open("every").config.dataset_id


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """What the form asks for when its button is pressed."""
    told: list[float | None] = []

    def start(workspace: object, request: TrainRequest) -> str:
        told.append(request.options.liked_from)
        return "every"

    monkeypatch.setattr("recsys.services.train.training.start", start)
    return told


def said(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*app.markdown, *app.caption, *app.info, *app.warning))


def test_every_event_is_a_target_until_somebody_chooses(
    home: Workspace, shop: str, asked: list[float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home.path, monkeypatch)
    assert app.radio(key=f"liked_{shop}").value == "what comes next"
    assert "--liked-from" not in app.code[0].value
    app.button(key="train").click().run()
    assert asked == [None]


def test_what_will_be_liked_is_chosen_with_a_threshold_among_the_ratings(
    home: Workspace, shop: str, asked: list[float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home.path, monkeypatch)
    app.radio(key=f"liked_{shop}").set_value("what will be liked").run()
    slider = app.select_slider(key=f"liked_{shop}_from")
    assert slider.options == ["2", "3", "4", "5"]
    assert slider.value == 4
    slider.set_value(5).run()
    assert "--liked-from=5.0" in app.code[0].value
    app.pills(key="model").set_value("popularity").run()
    app.button(key="train").click().run()
    assert asked == [5]


def filled(home: Workspace, monkeypatch: pytest.MonkeyPatch, liked_from: float, **query: str) -> AppTest:
    app = opened("train", home.path, monkeypatch, **query)
    made = Recipe.checked("ease", "balanced", {}, liked_from=liked_from)
    return app.file_uploader(key="load_settings").set_value(("ease.json", to_file(made), "application/json")).run()


def test_a_settings_file_says_what_to_suggest(home: Workspace, shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = filled(home, monkeypatch, 3.5)  # between two ratings of these data
    assert not app.exception
    assert app.radio(key=f"liked_{shop}_1").value == "what will be liked"
    assert app.select_slider(key=f"liked_{shop}_1_from").value == 3.5
    assert "--liked-from=3.5" in app.code[0].value


def test_a_threshold_that_the_data_cannot_have_is_said(
    home: Workspace, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = filled(home, monkeypatch, 9)
    assert "predict what is rated 9 or more, which does not split the events" in said(app)
    assert app.radio(key=f"liked_{shop}_1").value == "what comes next"


def test_without_ratings_that_differ_there_is_no_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = open_workspace(tmp_path / "home")
    rows = [f"u{u},i{(u + step) % 5}" for u in range(6) for step in range(4)]
    (tmp_path / "events.csv").write_text("\n".join(["user_id,item_id", *rows]))
    home.datasets.add(ImportRequest(tmp_path / "events.csv"))
    app = opened("train", home.path, monkeypatch)
    assert not app.exception
    assert not app.radio


def test_with_two_ratings_there_is_nothing_to_slide_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = open_workspace(tmp_path / "home")
    rows = [f"u{u},i{(u + step) % 5},{step % 2}" for u in range(6) for step in range(4)]
    (tmp_path / "votes.csv").write_text("\n".join(["user_id,item_id,rating", *rows]))
    dataset_id = home.datasets.add(ImportRequest(tmp_path / "votes.csv")).dataset_id
    app = opened("train", home.path, monkeypatch)
    app.radio(key=f"liked_{dataset_id}").set_value("what will be liked").run()
    assert "Liked means a rating of 1." in said(app)
    assert "--liked-from=1.0" in app.code[0].value


def test_the_suggestions_say_what_they_are(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "Recommends what would be rated 4 or more."
    assert line in said(opened("recommend", home.path, monkeypatch, run="liked", user="u1"))
    assert line not in said(opened("recommend", home.path, monkeypatch, run="every", user="u1"))
    both = said(opened("recommend", home.path, monkeypatch, run="every", user="u1", compare="liked"))
    assert both.count(line) == 1


def test_evaluate_says_who_was_asked(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", home.path, monkeypatch, part="Quality", run="liked")
    num = len(liked_users(open_run(home, "every"), -1))
    assert f"{num} users. Protocol: " in said(app)
    assert "only where rated 4 or more" in said(app)


def test_runs_with_other_targets_are_compared_over_whom_both_asked(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("models", home.path, monkeypatch, compare="every,liked")
    assert not app.exception
    num = len(liked_users(open_run(home, "every"), -1))
    assert f"All figures here are over the {num} users that all of them are evaluated on" in said(app)
    assert f"the same {num} users" in said(app)
    (table,) = [one.value for one in app.dataframe if "Metric" in one.value.columns]
    assert list(table.iloc[0])[1:3] == ["what comes next", "what is rated 4 or more"]
