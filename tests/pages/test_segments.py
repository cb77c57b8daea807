"""The Segments tab of the Models page, driven without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.models import segment_report
from recsys.services.workspace import open_workspace
from tests.pages.drive import opened
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("segments")
    workspace = open_workspace(home / "home")
    dataset_id = import_shop(workspace, home, pictures=False)
    train_small(workspace, dataset_id, "popularity", "whole")
    train_small(workspace, dataset_id, "ease", "held", cold_share=0.2)
    return home / "home"


def unfolded(home: Path, monkeypatch: pytest.MonkeyPatch, run: str) -> AppTest:
    return opened("models", home, monkeypatch, part="Segments", run=run)


def tables(app: AppTest) -> list[list[str]]:
    return [list(table.value.iloc[:, 0]) for table in app.dataframe]


def test_nothing_is_ranked_again_before_it_is_opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    found = segment_report.segments
    monkeypatch.setattr(segment_report, "segments", lambda run: (asked.append(run.record.run_id), found(run))[1])
    opened("models", home, monkeypatch, part="Quality", run="held")
    assert asked == []
    unfolded(home, monkeypatch, "held")
    assert asked == ["held"]


def test_targets_are_shown_by_item_by_user_and_with_short_histories(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = unfolded(home, monkeypatch, "whole")
    assert ["hot", "warm", "rare", "cold"] in tables(app)
    app.segmented_control(key="segment_view").set_value("users").run()
    assert ["0", "1", "2-5", "6-20", "more than 20"] in tables(app)
    app.segmented_control(key="segment_view").set_value("newest").run()
    assert ["0", "1", "2", "5", "20", "all"] in tables(app)
    assert "New items" not in [header.value for header in app.subheader]


def test_held_out_items_stand_beside_category_popularity_with_a_verdict(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = unfolded(home, monkeypatch, "held")
    assert "New items" in [header.value for header in app.subheader]
    assert ["EASE", "category popularity", "category popularity, personal"] in tables(app)
    assert "cannot score an item without training events" in app.info[0].value
    assert any("On new items: EASE loses to category popularity" in text.value for text in app.markdown)
    assert any("5 items held out of training" in caption.value for caption in app.caption)
