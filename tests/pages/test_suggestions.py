"""Models that suit a dataset: suggestions right after an import, and a line on Train for those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.messages import PSEUDO
from recsys.runs.order_record import OrderRecord, save_order
from recsys.services.workspace import open_workspace
from tests.pages.drive import checked, opened, texts
from tests.worlds.small_shop import import_small_shop, trained
from tests.worlds.trained_runs import import_sample_once

LOG = "user,item\n" + "".join(f"u{user},i{(user + item) % 6}\n" for user in range(9) for item in range(3))


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The Data page right after an import of short histories without times."""
    app = opened("data", tmp_path, monkeypatch)
    app.file_uploader(key="upload").set_value(("log.csv", LOG.encode(), "text/csv")).run()
    checked(app).button(key="import").click().run()
    assert not app.exception
    return app


def suggested(app: AppTest) -> list[str]:
    return [button.key for button in app.button if (button.key or "").startswith("suggested_")]


def test_an_import_suggests_models_that_suit_and_leads_to_them(imported: AppTest) -> None:
    assert suggested(imported) == ["suggested_ease", "suggested_popularity"]
    assert "6 items are few enough for it" in texts(imported).replace("\\", "")
    imported.button(key="suggested_ease").click().run()
    assert imported.title[0].value == "Train"
    assert [pills.value for pills in imported.get("button_group") if (pills.key or "").startswith("model_")] == ["ease"]


def test_they_stay_when_the_page_is_drawn_again_and_go_with_the_first_model(imported: AppTest, tmp_path: Path) -> None:
    imported.run()
    assert suggested(imported)
    workspace = open_workspace(tmp_path)
    trained(workspace, workspace.datasets.list()[0].dataset_id, "popularity")
    imported.run()
    assert suggested(imported) == []


def test_a_dataset_that_was_there_before_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_small_shop(open_workspace(tmp_path))
    assert suggested(opened("data", tmp_path, monkeypatch)) == []


def test_train_says_which_models_do_not_suit(
    imported: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", tmp_path, monkeypatch)
    (line,) = [one for one in app.caption if "May not suit this dataset" in one.value]
    assert "**too few steps**: Caser" in line.value and "**needs times**: Recent popularity, Markov chain" in line.value
    assert "0 such steps are left to train on" in line.help.replace("\\", "")


def test_train_says_nothing_where_all_models_suit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_sample_once(open_workspace(tmp_path))
    assert "May not suit" not in texts(opened("train", tmp_path, monkeypatch))


def test_the_line_is_translated(imported: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", tmp_path, monkeypatch, lang=PSEUDO)
    (line,) = [one for one in app.caption if "May not suit this dataset" in one.value]
    assert "⟦too few steps⟧" in line.value.replace("\\", "")


def test_train_says_whether_order_matters_once_it_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = open_workspace(tmp_path)
    run = trained(workspace, import_small_shop(workspace), "markov")
    assert "Order matters" not in texts(opened("train", tmp_path, monkeypatch))
    order = OrderRecord(weights_sha256=run.record.weights_sha256, num_users=30, true=0.5, shuffled=0.25, p=0.001,
                        is_significant=True, num_changed=9)  # fmt: skip
    save_order(run.folder, order)
    assert "falls from 0.500 to 0.250" in texts(opened("train", tmp_path, monkeypatch)).replace("\\", "")


def test_an_unknown_model_in_a_link_is_an_error_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_small_shop(open_workspace(tmp_path))
    app = opened("train", tmp_path, monkeypatch, model="oracle")
    assert "There is no model" in app.error[0].value
