"""A Chromium, and the app served over workspaces that tests share. Skips aloud where there is no Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright

from recsys.services.explore import global_view
from recsys.services.models import trust
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.ui.home.ways_in import SAMPLE_MODEL
from tests.browser.tabs import Server, Tabs
from tests.worlds.ring import ring
from tests.worlds.shops import import_shop, train_small
from tests.worlds.small_shop import import_small_shop, trained
from tests.worlds.trained_runs import import_sample_once

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--renderer-process-limit=1", "--disable-site-isolation-trials",  # one process keeps the app's scripts compiled
]  # fmt: skip
expect.set_options(timeout=60_000)  # a cold server imports torch first, on a machine that does more than this


@pytest.fixture(scope="session")
def context() -> Iterator[BrowserContext]:
    path = shutil.which("chromium")
    if path is None:
        message = "no Chromium on this machine: install the package chromium to run the browser tests"
        if os.environ.get("RECSCOPE_NEED_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = browser.new_context(reduced_motion="reduce")
        context.new_page()  # stays open, and its process with it
        context.set_default_timeout(60_000)
        yield context
        browser.close()


@pytest.fixture
def tabs(context: BrowserContext) -> Iterator[Tabs]:
    opened = Tabs(context)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that is empty at first; tests add to it."""
    return tmp_path_factory.mktemp("workspace")


def _served(home: Path) -> Iterator[str]:
    running = Server(home)
    yield running.address
    running.kill()


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[str]:
    yield from _served(home)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app over an empty workspace."""
    yield from _served(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the sample with the run `seen`, a network that has attention."""
    shop = tmp_path_factory.mktemp("shop")
    workspace = open_workspace(shop)
    dataset_id = import_sample_once(workspace)
    settings = {"epochs": 1, "max_length": 20, "num_blocks": 1}
    train(workspace, TrainRequest(dataset_id, "sasrec", settings=settings, run_id="seen"))
    return shop


@pytest.fixture(scope="session")
def run(sample_home: Path) -> OpenRun:
    """The run `seen` of the sample."""
    return open_run(open_workspace(sample_home), "seen")


@pytest.fixture(scope="session")
def quick(sample_home: Path) -> str:
    """A run of the sample's own model beside `seen`, where the app would train one."""
    workspace = open_workspace(sample_home)
    dataset_id, settings = workspace.datasets.list()[0].dataset_id, {"epochs": 1, "max_length": 20}
    return train(workspace, TrainRequest(dataset_id, SAMPLE_MODEL, settings=settings, run_id="quick")).run_id


@pytest.fixture(scope="session")
def sample(sample_home: Path) -> Iterator[str]:
    yield from _served(sample_home)


@pytest.fixture(scope="session")
def ring_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the ring with runs named after their models; nobody may change it."""
    return ring(tmp_path_factory.mktemp("ring"), ("gru4rec", "ease", "popularity"))


@pytest.fixture(scope="session")
def ring_server(ring_home: Path) -> Iterator[str]:
    yield from _served(ring_home)


@pytest.fixture(scope="session")
def shop_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the small shop with runs named after their models; explanations and effects of `gru4rec` are measured.

    Beside it a shop of crockery, with the run `reader` that reads titles.
    """
    folder = tmp_path_factory.mktemp("small-shop")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder, pictures=False)
    for model in ("ease", "popularity", "mlp", "gru4rec"):
        train_small(workspace, dataset_id, model, model)
    crockery = [f"{colour} {thing}" for colour in ("Red", "Blue", "White") for thing in ("cup", "plate", "bowl")]
    trained(workspace, import_small_shop(workspace, crockery), "gru4rec", "reader", content="title")
    measured = open_run(workspace, "gru4rec")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recsys.explain.methods.shapley.MOST_ORDERS", 6)
        trust.measure(measured, 6)
    global_view.compute(measured, 8)
    return workspace.path


@pytest.fixture(scope="session")
def shop_run(shop_home: Path) -> OpenRun:
    """The run `gru4rec` of the small shop."""
    return open_run(open_workspace(shop_home), "gru4rec")


@pytest.fixture(scope="session")
def shop(shop_home: Path) -> Iterator[str]:
    yield from _served(shop_home)
