"""Less popular lists on the Recommend page: what they cost is measured by a job, and a point of the curve sets the slider."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recsys.messages import PSEUDO
from recsys.runs import jobs
from recsys.runs.popularity_record import LESS_POPULAR, PopularityPrice, load_prices
from recsys.services.recommend import popularity_job
from recsys.services.recommend.popularity_cost import measure
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.ui.recommend import popularity_cost
from recsys.ui.recommend.effect_line import effect
from tests.pages.drive import cards, opened, table, texts
from tests.pages.pseudo_language import raw_texts
from tests.pages.test_trust_job import wait_until
from tests.worlds.shops import import_shop, train_small

POPOVER = "popularity"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("less-popular")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder, pictures=False)
    for model in ("ease", "sasrec"):
        train_small(workspace, dataset_id, model, model)
    measure(open_run(workspace, "sasrec"))
    return workspace


def unfolded(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    """The Recommend page with the popover open."""
    app = opened("recommend", workspace.path, monkeypatch, user="u1", **query)
    app.session_state[POPOVER] = True  # as a press on the popover
    app.run()
    assert not app.exception
    return app


def test_the_page_measures_nothing_and_says_how_to(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", workspace.path, monkeypatch, run="ease", user="u1", less_popular="0.5")
    assert "press Measure under More" in texts(app)
    assert not (workspace.runs.open("ease").path / LESS_POPULAR).exists()


def test_the_cost_of_the_strength_is_that_of_the_stored_curve(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("recommend", workspace.path, monkeypatch, run="sasrec", user="u1", less_popular="0.8")
    curve = load_prices(workspace.runs.open("sasrec"))
    assert curve is not None
    (line,) = [caption for caption in app.caption if caption.value.startswith("Less popular 0.80 ")]
    assert line.value.endswith(f"; coverage {curve.prices[0].coverage:.0%} → {curve.nearest(0.8).coverage:.0%}")
    assert line.help is not None and line.help.startswith("On 40 validation users: NDCG@10 changes by ")
    assert not app.get("plotly_chart")


def test_the_curve_has_a_table_with_every_strength(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = unfolded(workspace, monkeypatch, run="sasrec")
    assert len(app.get("plotly_chart")) == 1
    rows = table(app, "Strength", "Coverage", "Gini", "Difference, 95%")
    assert rows["Strength"].tolist() == [step / 20 for step in range(21)]


def test_a_point_that_is_clicked_sets_the_slider_and_the_cards_follow(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {"chart": {"selection": {"points": [{"customdata": ["0.75"]}]}}, "none": {"selection": {"points": []}}}
    with monkeypatch.context() as patch:
        patch.setattr(st, "session_state", state)
        popularity_cost.follow_point("none")
        assert popularity_cost.SLIDER not in state
        popularity_cost.follow_point("chart")
    app = opened("recommend", workspace.path, monkeypatch, run="sasrec", user="u1")
    app.session_state[popularity_cost.SLIDER] = state[popularity_cost.SLIDER]
    app.run()
    assert app.slider(key="less_popular").value == 0.75
    linked = opened("recommend", workspace.path, monkeypatch, run="sasrec", user="u1", less_popular="0.75")
    assert cards(app) == cards(linked)


def test_every_point_carries_its_strength_and_that_of_the_slider_stands_out(workspace: Workspace) -> None:
    curve = load_prices(workspace.runs.open("sasrec"))
    assert curve is not None
    (trace,) = popularity_cost.figure(curve.prices, "gini", 0.35).data
    assert [point[0] for point in trace.customdata][:3] == ["0", "0.05", "0.1"]
    assert [at for at, size in enumerate(trace.marker.size) if size == 13] == [7]
    assert "0.35" in trace.text


def test_strengths_are_named_beside_points_that_are_apart_and_always_for_that_of_the_slider() -> None:
    prices = [
        PopularityPrice(
            strength=strength, ndcg=ndcg, difference=(0.0, 0.0, 0.0), coverage=coverage, gini=0.5, novelty=1.0
        )
        for strength, ndcg, coverage in [
            (0, 0.4, 0.7),
            (0.05, 0.4, 0.7),
            (0.25, 0.39, 0.71),
            (0.5, 0.2, 0.9),
            (1, 0.0, 0.4),
        ]
    ]
    (trace,) = popularity_cost.figure(prices, "coverage", 0).data
    assert list(trace.text) == ["0", "", "", "0.5", "1"]
    (trace,) = popularity_cost.figure(prices, "coverage", 0.05).data
    assert list(trace.text) == ["", "0.05", "", "0.5", "1"]


def test_a_cost_is_said_with_its_sign_as_it_is_rounded() -> None:
    assert effect("Diversity", 0.5, 0.4052, 0.3731) == "Diversity 0.50 costs 0.032 NDCG@10 (0.405 → 0.373)"
    assert effect("Diversity", 0.5, 0.62, 0.63) == "Diversity 0.50 gains 0.010 NDCG@10 (0.620 → 0.630)"
    assert effect("Diversity", 0.5, 0.6201, 0.6199) == "Diversity 0.50 leaves NDCG@10 at 0.620"


def test_it_is_measured_by_a_process_that_is_seen_and_stopped_on_every_page(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace.runs.open("ease")
    app = unfolded(workspace, monkeypatch, run="ease")
    app.button(key="measure_less-popular").click().run()
    assert not app.exception and jobs.is_running(folder, jobs.POPULARITY)
    assert {"stop_less-popular", "discard_less-popular"} <= {button.key for button in app.main.button}
    home = opened("home", workspace.path, monkeypatch)
    home.button(key="watch_less-popular_ease").click().run()
    assert home.session_state[POPOVER], "the progress is in view"
    opened("home", workspace.path, monkeypatch).button(key="stop_less-popular_ease").click().run()
    wait_until(lambda: not jobs.is_running(folder, jobs.POPULARITY))
    assert popularity_job.JOB.progress(workspace, "ease").state == "none"


def test_a_damaged_curve_is_said_and_not_used(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workspace.runs.open("ease").path / LESS_POPULAR
    path.write_text('{"sha256": "0", "num_users": 2}')
    app = unfolded(workspace, monkeypatch, run="ease")
    assert "damaged" in texts(app) and not app.get("plotly_chart")
    path.unlink()


def test_every_text_is_a_message(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in ("ease", "sasrec"):
        app = unfolded(workspace, monkeypatch, run=run, less_popular="0.5", lang=PSEUDO)
        assert raw_texts(app, run) == set()
