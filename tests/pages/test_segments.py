"""The Segments tab of the Models page, driven without a browser."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recsys.evaluation.segments import Segment
from recsys.messages import PSEUDO
from recsys.services.models import segment_report
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.ui.models import segment_report as screen
from recsys.ui.parts import charts, listing
from tests.pages.drive import opened, table, texts
from tests.pages.pseudo_language import raw_texts
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("segments")
    workspace = open_workspace(home / "home")
    dataset_id = import_shop(workspace, home, pictures=False)
    train_small(workspace, dataset_id, "popularity", "pop")
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
    app = unfolded(home, monkeypatch, "pop")
    assert ["hot", "warm", "rare", "cold"] in tables(app)
    app.segmented_control(key="segment_view").set_value("users").run()
    assert ["0", "1", "2–5", "6–20", "more than 20"] in tables(app)
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


def chart_of(segments: list[Segment], inside: list[Segment], monkeypatch: pytest.MonkeyPatch) -> go.Figure:
    shown: list[go.Figure] = []
    monkeypatch.setattr(charts, "show", lambda figure, *rest, **options: shown.append(figure))
    screen.draw(segments, "users", "ndcg@10", inside)
    (figure,) = shown
    return figure


def test_the_slice_stands_beside_everyone_with_its_users_and_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(name: str, users: int, ndcg: float, *interval: float) -> Segment:
        bounds = {"ndcg@10": (interval[0], interval[1])} if interval else {}
        return Segment(name, users, {"ndcg@10": ndcg, "hr@10": 1.0} if users else {}, bounds)

    everyone = [of("1", 40, 0.5, 0.4, 0.6), of("2-5", 9, 0.2)]
    inside = [of("1", 10, 0.3, 0.1, 0.4), of("2-5", 0, 0.0)]
    figure = chart_of(everyone, inside, monkeypatch)
    of_all, of_slice = figure.data
    assert (of_all.name, [*of_all.y], [*of_all.text]) == ("all users", [0.5, 0.2], ["40 users", "9 users"])
    assert (of_slice.name, [*of_slice.y], [*of_slice.text]) == ("slice", [0.3], ["10 users"])
    assert [*of_slice.error_y.array] == pytest.approx([0.1]) and [*of_slice.error_y.arrayminus] == pytest.approx([0.2])
    assert [list(point) for point in of_slice.customdata] == [["1", "slice"]]
    assert figure.layout.scattermode == "group"  # side by side
    assert figure.layout.xaxis.ticktext == ("1<br>10 / 40", "2–5<br>0 / 9")


def test_the_table_has_the_figures_of_the_slice(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Targets, slice" not in table(unfolded(home, monkeypatch, "pop"), "Segment", "Targets")
    app = opened("models", home, monkeypatch, part="Segments", run="pop", slice="gender=f")
    rows = table(app, "Segment", "Targets", "Targets, slice", "NDCG@10, slice", "NDCG@10, 95%, slice")
    assert (rows["Targets"].sum(), rows["Targets, slice"].sum()) == (40, 20)
    assert "New items" not in [header.value for header in app.subheader]


def test_segments_with_few_users_of_the_slice_are_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "users of the slice" not in texts(unfolded(home, monkeypatch, "pop"))
    app = opened("models", home, monkeypatch, part="Segments", run="pop", slice="gender=f&gender=m")
    assert "Fewer than 30 users of the slice: " in texts(app), "40 users in more than one segment"
    app = opened("models", home, monkeypatch, part="Segments", run="pop", slice="gender=f")
    assert texts(app).count("Fewer than 30 users") == 1, "the whole slice is small: said once, above"


def test_a_point_of_the_slice_lists_its_users(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[tuple[int, str]] = []
    monkeypatch.setattr(listing, "users", lambda table, total, title, *rest, **options: listed.append((total, title)))
    run = open_run(open_workspace(home), "pop")
    monkeypatch.setattr(screen.sliced, "targets", lambda run: run.split.test.users % 2 == 1)
    for side in ("all", "slice"):
        state = {"segments_users": {"selection": {"points": [{"customdata": ["2-5", side]}]}}}
        monkeypatch.setattr(st, "session_state", state)
        screen.listed(run, "users")
    (everyone, all_title), (inside, slice_title) = listed
    assert (everyone, inside) == (40, 20)
    assert slice_title == f"{all_title}, in the slice"


def test_every_text_with_a_slice_is_a_message(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"part": "Segments", "run": "held", "slice": "gender=f&gender=m", "lang": PSEUDO}
    app = opened("models", home, monkeypatch, **query)
    assert "⟦New items are evaluated on all users" in texts(app)
    assert raw_texts(app, "slice") == set()
