"""Blending on the Models page: the button, what it refuses, and a blend on every page."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.models.fit_blend import blend
from recsys.services.models.leaderboard import list_runs
from recsys.services.workspace import Workspace, open_workspace
from tests.pages.drive import opened, table, texts
from tests.worlds.shops import import_shop, train_small


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return filled(tmp_path)


def filled(folder: Path) -> Workspace:
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder)
    for model in ("ease", "gru4rec"):
        train_small(found, dataset_id, model, f"{model}-1")
    return found


@pytest.fixture(scope="module")
def blended(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same with their blend b1, for tests that only look."""
    folder = tmp_path_factory.mktemp("blended")
    found = filled(folder)
    blend(found, ["ease-1", "gru4rec-1"], "b1")
    return found


def page(name: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    return opened(name, workspace.path, monkeypatch, **query)


def test_two_chosen_runs_are_blended_by_a_press_and_the_page_shows_the_parts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page("models", workspace, monkeypatch, compare="ease-1,gru4rec-1")
    app.button(key="blend").click().run()
    assert not app.exception
    assert not app.error
    made = list_runs(workspace)[0]
    assert app.query_params["run"] == made.run_id
    assert app.subheader[0].value == r"Blend\: EASE \+ GRU4Rec"
    app = page("models", workspace, monkeypatch, run=made.run_id, part="Settings")
    parts = table(app, "Weight", "Validation NDCG@10")
    assert list(parts["Run"]) == ["ease-1", "gru4rec-1", made.run_id]
    assert list(parts["Weight"][:2]) == list(made.settings.values())
    assert parts["Validation NDCG@10"].iloc[2] == made.best_validation_ndcg
    assert parts["Validation NDCG@10"].iloc[:2].max() <= made.best_validation_ndcg
    assert "Weights were fitted on validation alone" in texts(app)


def test_with_one_selected_model_the_button_is_off_and_the_menu_says_what_it_takes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page("models", workspace, monkeypatch, run="ease-1")
    assert app.button(key="blend").disabled
    assert "No blend of these" in texts(app)


def test_runs_with_other_held_out_items_are_not_blended(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (dataset_id,) = {run.dataset_id for run in list_runs(workspace)}
    train_small(workspace, dataset_id, "ease", "held", cold_share=0.2)
    app = page("models", workspace, monkeypatch, compare="ease-1,held")
    assert app.button(key="blend").disabled
    assert "No blend of these: " in texts(app).replace("\\", "")


def test_a_run_that_is_not_finished_is_not_blended(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace.runs.open("ease-1").path / "run.json").unlink()
    app = page("models", workspace, monkeypatch, compare="ease-1,gru4rec-1")
    assert app.button(key="blend").disabled
    assert "Run ease-1 is not finished: it is failed" in texts(app).replace("\\", "")


def test_a_part_that_goes_between_the_page_and_the_press_is_said_in_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page("models", workspace, monkeypatch, compare="ease-1,gru4rec-1")
    (workspace.runs.open("gru4rec-1").path / "weights.safetensors").unlink()
    app.button(key="blend").click().run()
    assert not app.exception
    assert "weights of run gru4rec" in app.error[0].value.replace("\\", "")
    assert len(list_runs(workspace)) == 2


@pytest.mark.parametrize("name", ["home", "train", "models", "explore", "recommend", "explain"])
def test_every_page_opens_with_a_blend(name: str, blended: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(name, blended, monkeypatch, run="b1")
    assert not app.error


def test_the_export_says_what_to_hand_on_instead(blended: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("models", blended, monkeypatch, run="b1", part="Report")
    assert "Export the runs that it is made of (ease-1, gru4rec-1)" in texts(app).replace("\\", "")
    assert [button.key for button in app.get("download_button")] == ["export_leaderboard"]


def test_explain_says_why_a_blend_has_no_gradients(blended: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page("explain", blended, monkeypatch, run="b1", user="u3", evidence="true", proof="Methods")
    assert "needs a single model trained by gradients; Blend is several models together" in (
        texts(app).replace("\\", "")
    )


def test_a_part_is_kept_while_a_blend_needs_it(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    blend(workspace, ["ease-1", "gru4rec-1"], "b1")
    app = page("models", workspace, monkeypatch, run="ease-1")
    assert not [button for button in app.button if button.key == "delete_run"]
    assert "Run ease-1 is a part of b1" in texts(app).replace("\\", "")
    app = page("models", workspace, monkeypatch, run="b1")
    assert "The dataset Shop is kept" in texts(app)
    assert "The models that it blends are kept" in texts(app)
    app.button(key="delete_run").click().run()
    assert not app.exception
    assert [run.run_id for run in list_runs(workspace)] == ["gru4rec-1", "ease-1"]


def test_a_blend_that_was_open_says_so_when_a_part_goes(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    blend(workspace, ["ease-1", "gru4rec-1"], "b1")
    app = page("recommend", workspace, monkeypatch, run="b1")
    assert not app.error
    workspace.runs.delete("ease-1")
    app.run()
    assert not app.exception
    assert "ease-1, which is gone" in app.error[0].value.replace("\\", "")
