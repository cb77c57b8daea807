"""The lists of all users as one file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from recsys.errors import DataError, SettingError
from recsys.services.explore import batch_lists
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.small_shop import shop, trained

FORMULA = "=1+1"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    return trained(*shop(tmp_path_factory.mktemp("batch"), [FORMULA] * 9), "ease")


def test_every_user_has_the_list_that_the_page_shows(run: OpenRun, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(batch_lists, "USERS", 7)  # in several batches
    told: list[tuple[int, int]] = []
    assert batch_lists.export_all(run, tmp_path / "all.csv", 2, lambda done, of: told.append((done, of))) == 30
    frame = pd.read_csv(tmp_path / "all.csv")
    assert len(frame) == 60
    for user_id, rows in frame.groupby("user_id"):
        assert rows["item_id"].tolist() == [
            one.item_id for one in recommend_items(run, query_of(run, user_id, None), 2)
        ]
    assert told == [(7, 30), (14, 30), (21, 30), (28, 30), (30, 30)]


def test_a_csv_holds_no_formula_and_parquet_the_titles_as_they_are(run: OpenRun, tmp_path: Path) -> None:
    batch_lists.export_all(run, tmp_path / "all.csv", 1)
    batch_lists.export_all(run, tmp_path / "all.parquet", 1)
    assert set(pd.read_csv(tmp_path / "all.csv")["title"]) == {"'" + FORMULA}
    table = pd.read_parquet(tmp_path / "all.parquet")
    assert set(table["title"]) == {FORMULA}
    assert table["score"].dtype == "float32"


def test_a_file_that_breaks_off_leaves_the_old_one_and_no_rest(run: OpenRun, tmp_path: Path, monkeypatch) -> None:
    out = tmp_path / "all.csv"
    out.write_text("old")

    def broken(*_: object) -> object:
        yield pd.DataFrame([["u", 1, "i", "t", 0.5]], columns=batch_lists.SCHEMA.names)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(batch_lists, "_frames", broken)
    with pytest.raises(DataError, match="No space left"):
        batch_lists.export_all(run, out)
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["all.csv"]


def test_a_folder_that_is_not_there_and_a_senseless_k_are_the_persons_fault(run: OpenRun, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Could not write all\.csv"):
        batch_lists.export_all(run, tmp_path / "nowhere" / "all.csv")
    with pytest.raises(SettingError, match="from 1 to 1000"):
        batch_lists.export_all(run, tmp_path / "all.csv", 0)


def test_the_download_is_named_by_run_and_content_and_leaves_nothing_behind(run: OpenRun) -> None:
    workspace_path = run.folder.path.parents[1]
    from recsys.services.workspace import open_workspace

    before = sorted(workspace_path.iterdir())
    name, content = batch_lists.prepared(open_workspace(workspace_path), run)
    assert name == f"recommendations-ease-{hashlib.sha256(content).hexdigest()[:10]}.csv"
    assert content.startswith(b"user_id,rank,item_id,title,score\nu0,1,")
    assert sorted(workspace_path.iterdir()) == before
