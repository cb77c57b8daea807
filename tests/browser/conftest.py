"""The app served on a port of its own, and a Chromium to drive it. Skips aloud where there is no Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from recsys.services.train.pending_estimate import SWITCH
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.ui.home.ways_in import SAMPLE_MODEL
from tests.worlds.trained_runs import import_sample_once

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
expect.set_options(timeout=60_000)  # a cold server imports torch first, on a machine that does more than this


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        message = "no Chromium on this machine: install the package chromium to run the browser tests"
        if os.environ.get("RECSCOPE_NEED_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


class Server:
    """The app on a free port of 127.0.0.1, over a workspace of its own."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "RECSCOPE_HOME": str(home), SWITCH: "off"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                time.sleep(0.5)

    def kill(self) -> None:
        """As the kernel does when memory runs out: without a word."""
        self.process.kill()
        self.process.wait(10)


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[str]:
    running = Server(home)
    yield running.address
    running.kill()


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Of the app over an empty workspace, and over the sample with a network that has attention and the quick tour's run."""
    shop = tmp_path_factory.mktemp("shop")
    workspace = open_workspace(shop)
    dataset_id = import_sample_once(workspace)
    for model, run_id, settings in (
        ("sasrec", "seen", {"epochs": 1, "max_length": 20, "num_blocks": 1}),
        (SAMPLE_MODEL, "quick", {"epochs": 1, "max_length": 20}),
    ):
        train(workspace, TrainRequest(dataset_id, model, settings=settings, run_id=run_id))
    servers = [Server(home) for home in (tmp_path_factory.mktemp("empty"), shop)]
    yield servers[0].address, servers[1].address
    for server in servers:
        server.kill()


FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const says = (one.innerText || one.ariaLabel || "").trim().split("\\n").pop();
  const border = (inside) => {  // of the box that a choice from a list is drawn in
    while (inside && getComputedStyle(inside).borderTopWidth === "0px") inside = inside.parentElement;
    return inside && getComputedStyle(inside).borderTopColor;
  };
  const others = [...document.querySelectorAll("input[role=combobox]")].filter((other) => other !== one);
  const stands_out = one.role === "combobox" && others.length && others.every((other) => border(other) !== border(one));
  return {says, ring: stands_out ? "border" : style.outlineStyle + " " + style.boxShadow};
}"""


class Watched:
    """A page whose console errors and requests to other hosts are written down."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.on("crash", lambda _: self.errors.append("the page crashed"))
        page.on("request", lambda r: self._request(r.url))

    def reach(self, text: str) -> None:
        """Tabs until what has the focus says this; it must show that it has it."""
        passed = []
        for _ in range(80):
            self.page.keyboard.press("Tab")
            passed.append(self.page.evaluate(FOCUSED))
            if passed[-1]["says"] == text:
                assert passed[-1]["ring"] != "none none", f"{text} has the focus and does not show it"
                return
        raise AssertionError(f"{text!r} cannot be reached with Tab, only {[one['says'] for one in passed]}")

    def _request(self, url: str) -> None:
        own = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        if not url.startswith(own):
            self.foreign.append(url)


@pytest.fixture
def watched(chromium: Browser, server: str) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1280, "height": 1400})
    context.set_default_timeout(60_000)
    yield Watched(context.new_page(), server)
    context.close()
