"""New events for a dataset, and imports among the jobs, driven without a browser."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.data.append import AppendRequest, append
from recsys.services.workspace import Workspace, open_workspace
from tests.pages.drive import address, checked, opened, table, texts
from tests.pages.test_import import LOG, press
from tests.worlds.small_shop import import_small_shop, trained

LATER = "user_id,item_id,rating,timestamp\n" + "".join(f"u{u},i{(u + 7) % 9},5,1700000300\n" for u in range(5))


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    workspace = open_workspace(tmp_path / "home")
    import_small_shop(workspace)
    return workspace


def page(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str = "data", **query: str) -> AppTest:
    return opened(name, workspace.path, monkeypatch, **query)


def with_new_events(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, log: str = LATER) -> AppTest:
    """The dialog of the shop's new events, with the later log checked."""
    app = page(workspace, monkeypatch)
    app.button(key="open_append").click().run()
    app.file_uploader(key="upload").set_value(("may.csv", log.encode(), "text/csv")).run()
    return checked(app)


def test_new_events_are_added_under_a_name_of_their_own(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = with_new_events(shop, monkeypatch)
    assert app.button(key="import").label == "Add events" and "180 so far" in texts(app)
    assert app.text_input(key="import_name_1").value == "Shop"
    app.text_input(key="import_name_1").set_value("Shop in May").run()
    app.button(key="import").click().run()
    assert not app.exception
    assert app.success[0].value.startswith("5 interactions added. **Shop in May** now has 185 interactions, 30 users")
    assert [one.name for one in shop.datasets.list()] == ["Shop in May", "Shop"]


def test_an_older_dataset_leads_to_the_newer_one(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (older,) = shop.datasets.list()
    app = with_new_events(shop, monkeypatch)
    assert "open_newer" not in buttons(app)
    app.button(key="import").click().run()
    newest = address(app, "dataset")
    app = page(shop, monkeypatch, dataset=older.dataset_id)
    assert "Newer events were added: **Shop** has 185 interactions." in texts(app)
    app.button(key="open_newer").click().run()
    assert address(app, "dataset") == newest and "open_newer" not in buttons(app)


def test_a_new_fault_is_a_problem_and_the_recipe_is_not_asked_again(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_new_events(shop, monkeypatch, LATER + "u9,i8,bad,1700000400\n")
    assert "import" not in buttons(app) and app.button(key="import_next").label == "Next: 1 problem"
    press(app, "import_next")
    assert [radio.key for radio in app.radio if radio.key.startswith("treat_")] == ["treat_bad_number"]


def test_a_dataset_without_recipe_says_so_before_a_file_is_chosen(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop.datasets.folder(shop.datasets.list()[0].dataset_id) / "recipe.json").unlink()
    app = page(shop, monkeypatch)
    app.button(key="open_append").click().run()
    assert "This dataset has no recipe" in app.error[0].value
    assert not app.file_uploader


def test_the_two_imports_keep_their_files_apart(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = with_new_events(shop, monkeypatch)
    app.button(key="open_import").click().run()
    assert "upload" in [uploader.key for uploader in app.file_uploader], "the import of a new dataset has no file"
    app.button(key="open_append").click().run()
    assert "**may\\.csv**" in texts(app)


def job(app: AppTest) -> str:
    """The line of the import among the jobs."""
    labels = [button.label for button in app.sidebar.button if (button.key or "").startswith("watch_import_")]
    return " | ".join(labels)


def test_an_import_whose_dialog_was_left_stands_among_the_jobs(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(shop, monkeypatch)
    app.button(key="open_import").click().run()
    app.file_uploader(key="upload").set_value(("log.csv", LOG.encode(), "text/csv")).run()
    assert job(app) == "", "the dialog shows it"
    app.switch_page("../../../pages/train.py").run()
    assert job(app).startswith("log\\.csv · ")
    checked(app)
    assert job(app) == "log\\.csv · ready to import"
    (button,) = [button for button in app.sidebar.button if (button.key or "").startswith("watch_import_")]
    button.click().run()
    assert app.title[0].value == "Data" and "import" in buttons(app), "the dialog is open again, with its file"
    assert job(app) == ""


def test_the_cross_removes_an_import_that_waits(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = with_new_events(shop, monkeypatch)
    app.switch_page("../../../pages/train.py").run()
    assert job(app) == "may\\.csv · ready to import"
    (popover,) = [one for one in app.sidebar.get("popover") if one.proto.popover.label == "✕"]
    (button,) = popover.button
    assert button.label == "Discard this import"
    button.click().run()
    assert job(app) == "" and len([*shop.datasets.root.iterdir()]) == 1


def test_runs_before_the_newest_events_are_marked(
    shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (older,) = shop.datasets.list()
    trained(shop, older.dataset_id, "popularity")
    assert "state" not in board(page(shop, monkeypatch, "models", dataset=older.dataset_id))
    (tmp_path / "may.csv").write_text(LATER)
    newer = append(shop, AppendRequest(older.dataset_id, tmp_path / "may.csv"))
    trained(shop, newer.dataset_id, "popularity", "newer")
    assert board(page(shop, monkeypatch, "models", dataset=older.dataset_id))["state"].tolist() == ["older data"]
    assert "state" not in board(page(shop, monkeypatch, "models", dataset=newer.dataset_id))
    home = opened("home", shop.path, monkeypatch)
    assert sorted("older data" in caption.value for caption in home.caption if "NDCG" in caption.value) == [False, True]


def buttons(app: AppTest) -> list[str]:
    """Keys of the buttons of the page and of its dialog."""
    return [button.key for button in app.button]


def board(app: AppTest) -> pd.DataFrame:
    return table(app, "model", "validation")
