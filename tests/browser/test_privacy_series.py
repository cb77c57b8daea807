"""Privacy in a browser: a model of the sample is attacked, its series trained to the end, and the chart read by its caption."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recsys.services.models import privacy_series
from recsys.services.models.privacy_series import Series
from recsys.services.models.privacy_series_text import caption
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions
from tests.browser.charts import press_id
from tests.browser.tabs import Server, Tabs, settled
from tests.worlds.trained_runs import import_sample_once

pytestmark = [pytest.mark.browser, pytest.mark.proof]
SLOWEST = 180_000  # milliseconds until a cold server has imported torch, on a machine that does more than this
LONGEST = 30 * 60_000  # of all trainings of a series, on such a machine


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample with a quick GRU4Rec, `seen`, which saw all users."""
    workspace = open_workspace(tmp_path_factory.mktemp("privacy"))
    dataset_id = import_sample_once(workspace)
    train(workspace, TrainRequest(dataset_id, "gru4rec", "quick", {}, TrainingOptions(), "seen"))
    return workspace


@pytest.fixture(scope="module")
def server(workspace: Workspace) -> Iterator[str]:
    running = Server(Path(workspace.path))
    yield running.address
    running.kill()


@pytest.fixture(scope="module")
def done(workspace: Workspace, server: str, context: object) -> Series:
    """The series, trained by presses on the page, and attacked before."""
    tabs = Tabs(context)  # type: ignore[arg-type]
    watched = tabs.open(f"{server}/models?run=seen&part=Privacy")
    page = watched.page
    expect(page.locator(".st-key-train_series button").first).to_be_visible(timeout=SLOWEST)
    settled(watched)
    page.locator(".st-key-measure_attack button").first.click()
    expect(page.locator("[class*=st-key-attack_roc] .point").first).to_be_attached(timeout=LONGEST)
    settled(watched)
    page.locator(".st-key-train_series button").first.click()
    expect(page.locator(".st-key-series_live")).to_contain_text("of 6 trained", timeout=SLOWEST)
    began = time.monotonic()
    expect(page.locator("[class*=st-key-privacy_series_epsilon] .point").first).to_be_attached(timeout=LONGEST)
    expect(page.locator(".st-key-stop_series")).to_be_attached()  # the chart does not wait for the last member
    expect(page.locator(".st-key-stop_series")).not_to_be_attached(timeout=LONGEST)
    print(f"the series took {time.monotonic() - began:.0f} s")
    tabs.close()
    return privacy_series.series(workspace, "seen")


def opened(tabs: Tabs, server: str, width: int, height: int, language: str, run: str = "seen") -> Page:
    watched = tabs.open(f"{server}/models?run={run}&part=Privacy&lang={language}", width, height)
    expect(watched.page.locator("[class*=st-key-privacy_series_epsilon] .point").first).to_be_attached(timeout=SLOWEST)
    settled(watched)
    assert watched.foreign == []
    return watched.page


def test_the_series_is_trained_to_its_end_and_every_member_attacked(done: Series) -> None:
    assert [result.state for result in done.results] == ["finished"] * 6
    assert all(result.auc is not None for result in done.results)
    for result in done.results:
        print(
            result.name, result.ndcg, result.epsilon, result.auc, result.auc_interval, result.num_bytes, result.seconds
        )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_caption_reads_the_chart_aloud(
    tabs: Tabs, server: str, done: Series, width: int, height: int, language: str
) -> None:
    page = opened(tabs, server, width, height, language)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("[class*=st-key-privacy_series_epsilon] .point").count() == 6
    text = page.locator("[data-testid=stMain]").inner_text().replace("\u2060", "")
    strictest, central = done.get("epsilon-1"), done.get("central")
    assert strictest is not None and strictest.ndcg is not None and central is not None and central.ndcg is not None
    for number in (central.ndcg.mean, strictest.ndcg.mean):
        assert f"{number:.3f}" in text
    if language == "en":
        assert str(caption(done)) in text
    if width > 640:
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 2.2 * height


def test_a_click_on_a_point_selects_its_run(tabs: Tabs, server: str, done: Series) -> None:
    watched = tabs.open(f"{server}/models?run=seen&part=Privacy")
    expect(watched.page.locator("[class*=st-key-privacy_series_epsilon] .point").first).to_be_attached(timeout=SLOWEST)
    chosen = done.results[2]
    press_id(watched, "privacy_series_epsilon", *_customdata(watched.page, chosen.run_id))
    watched.page.wait_for_url(f"**run={chosen.run_id}**")


def _customdata(page: Page, run_id: str) -> list[str]:
    """What the point of a run carries."""
    found: list[str] = page.locator("[class*=st-key-privacy_series_epsilon] .js-plotly-plot").evaluate(
        "(plot, id) => plot.data.flatMap((trace) => trace.customdata || []).find((values) => values[1] === id)", run_id
    )
    return found
