"""Yes or no on the Evaluate page, and impressions on the Data page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.models import ctr
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from tests.pages.drive import checked, opened, texts
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder, pictures=False), "ease", "ease-labels")
    return workspace.path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float | None]]:
    """What was measured: kind and threshold."""
    from recsys.ui.shell import run_cache

    run_cache._label_quality.clear()  # what another test asked is kept for all
    said: list[tuple[str, float | None]] = []
    measured: Callable[..., ctr.LabelQuality] = ctr.label_quality

    def told(run: object, kind: str, threshold: float | None = None, *more: object) -> ctr.LabelQuality:
        said.append((kind, threshold))
        return measured(run, kind, threshold, *more)

    monkeypatch.setattr("recsys.services.models.ctr.label_quality", told)
    return said


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def slider(app: AppTest):  # type: ignore[no-untyped-def]
    return next(one for one in app.select_slider if one.key.startswith("threshold_"))


def test_nothing_is_measured_until_a_question_is_asked(
    home: Path, asked: list[tuple[str, float | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("models", home, monkeypatch, part="Calibration & CTR", run="ease-labels")
    assert asked == []
    assert "AUC" not in metrics(app)
    app.toggle(key="labels_ratings").set_value(True).run()
    assert asked == [("ratings", 4.0)]
    app.run()
    assert len(asked) == 1  # kept


def test_liked_follows_the_threshold(
    home: Path, asked: list[tuple[str, float | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("models", home, monkeypatch, part="Calibration & CTR", run="ease-labels")
    app.toggle(key="labels_ratings").set_value(True).run()
    first = metrics(app)
    assert not app.exception
    assert {"Accuracy", 'Always "not liked"', "AUC", "Log-loss", "Calibration error"} <= set(first)
    assert first["AUC within a user"] == "—"
    assert any("No user has both" in caption.value for caption in app.caption)
    assert any("always answering" in text.value for text in app.markdown)
    slider(app).set_value(3.0).run()
    assert not app.exception
    assert asked[-1] == ("ratings", 3.0)
    assert 'Always "liked"' in metrics(app)


def test_clicks_have_a_ctr_at_each_k_beside_that_of_any_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", home, monkeypatch, part="Calibration & CTR", run="ease-labels")
    app.toggle(key="labels_clicks").set_value(True).run()
    assert not app.exception
    found = metrics(app)
    assert {"CTR @5", "CTR @10", "CTR @20"} <= set(found)
    assert found["CTR in any order"] == "25.00%"
    assert any("the user also chose in training" in caption.value for caption in app.caption)


def test_a_threshold_that_cannot_be_measured_is_said_in_place(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.services.models.ctr.fit_scale", lambda *_: None)
    app = opened("models", home, monkeypatch, part="Calibration & CTR", run="ease-labels")
    app.toggle(key="labels_ratings").set_value(True).run()
    slider(app).set_value(2.0).run()
    assert not app.exception
    assert "all have the same label" in app.error[0].value


def test_without_ratings_and_impressions_there_is_no_such_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recsys.data.importing.load import ImportRequest

    workspace = open_workspace(tmp_path)
    rows = [f"u{u},i{(u + step) % 9}" for u in range(20) for step in range(5)]
    (tmp_path / "log.csv").write_text("\n".join(["user,item", *rows]) + "\n")
    dataset = workspace.datasets.add(ImportRequest(tmp_path / "log.csv"))
    train(workspace, TrainRequest(dataset.dataset_id, "popularity", run_id="pop-labels"))
    app = opened("models", tmp_path, monkeypatch, part="Calibration & CTR", run="pop-labels")
    assert "neither ratings nor impressions" in app.info[0].value
    assert not app.toggle


def test_the_data_page_counts_impressions_and_their_clicks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("data", home, monkeypatch)
    assert any("160 impressions, 25.0% of them clicked" in text.value for text in app.markdown)


def test_impressions_are_uploaded_beside_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = b"user_id,item_id,rating\nanna,tea,5\nanna,cup,3\nbert,tea,1\n"
    app = opened("data", tmp_path, monkeypatch)
    app.file_uploader(key="upload").set_value(("log.csv", log, "text/csv")).run()
    shown = b"user_id,item_id,clicked\nanna,cup,2\n"
    app.file_uploader(key="upload_impressions_1").set_value(("shown.csv", shown, "text/csv")).run()
    checked(app).button(key="import_next").click().run()
    assert "Impressions file" in texts(app) and "neither yes nor no" in texts(app)
    app.button(key="import_step_files").click().run()
    app.button(key="remove_impressions").click().run()
    shown = b"user_id,item_id,clicked\nanna,cup,1\nbert,cup,0\n"
    app.file_uploader(key="upload_impressions_3").set_value(("shown.csv", shown, "text/csv")).run()
    checked(app).button(key="import").click().run()
    assert not app.exception
    (stored,) = open_workspace(tmp_path).datasets.list()
    assert stored.impressions == 2
    app.button(key="open_import").click().run()
    assert app.download_button(key="template_impressions.csv").label == "Template impressions.csv"
