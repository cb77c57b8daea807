"""Response times of the app in Chromium: `python -m benchmarks.pages LOG [--map user=0 item=1] [--beside CHECKOUT]`.

Imports the log, trains a GRU4Rec for one epoch, opens every page once, and then times page switches and history edits,
from the click until the script has ended and the result is shown. Measured first without a job, then while a SASRec
trains. Times in milliseconds. `bare` is a Streamlit app of pages with one line each, measured in the same browser: what no
page can be faster than on this machine. `--beside`: another checkout of RecScope is measured afterwards by its own
benchmark, since times of a shared machine are comparable within one run only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.quality import command
from benchmarks.record import provenance
from recsys.data.files import read_json, write_json
from recsys.services.train import job_list, training
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import open_workspace

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
PAGES = ("Data", "Train", "Models", "Explore", "Recommend", "Explain")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
]
BARE = """import streamlit as st
pages = [st.Page(lambda: st.write("One line."), title=name, url_path=name.lower()) for name in ("Start", "One", "Two")]
st.navigation(pages, position="top").run()
"""
STILL = """name => {
  const app = document.querySelector("[data-testid=stApp]");
  return app.dataset.testScriptState === "notRunning" && location.pathname === `/${name.toLowerCase()}`;
}"""


def serve(home: str, root: Path = ROOT) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=root, env={**os.environ, "RECSCOPE_HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
            return process, address
        except OSError:
            time.sleep(0.5)


def switch(page: Page, name: str) -> float:
    link = page.get_by_role("link", name=name, exact=True).first
    began = time.perf_counter()
    link.click()
    page.wait_for_function(STILL, arg=name, timeout=120_000)
    return 1000 * (time.perf_counter() - began)


def edit(page: Page, key: str) -> float:
    """Click a button of the history editor and wait for the new ranks."""
    button = page.locator(f"[class*=st-key-{key}] button:enabled").first
    before, began = page.url, time.perf_counter()
    button.click()
    page.wait_for_function("url => location.href !== url", arg=before, timeout=120_000)
    page.wait_for_function(STILL, arg="Recommend", timeout=120_000)
    return 1000 * (time.perf_counter() - began)


def measure_bare(page: Page, home: str, rounds: int) -> dict[str, float]:
    """Page switches of an app whose pages are one line each."""
    folder = Path(home, "bare")
    folder.mkdir()
    (folder / "app.py").write_text(BARE)
    process, address = serve(home, folder)
    try:
        page.goto(address)
        page.get_by_role("link", name="One", exact=True).first.wait_for()
        times = [switch(page, name) for _ in range(rounds + 1) for name in ("One", "Two")]
    finally:
        process.kill()
    return percentiles(times[2:])


def measure(page: Page, address: str, run: str, rounds: int) -> dict[str, Any]:
    switches: dict[str, list[float]] = {name: [] for name in PAGES}
    page.goto(f"{address}/recommend?run={run}")
    page.wait_for_function(STILL, arg="Recommend", timeout=120_000)
    for name in PAGES:
        switch(page, name)  # warm
    for _ in range(rounds):
        for name in PAGES:
            switches[name].append(switch(page, name))
    switch(page, "Recommend")
    page.locator(".st-key-edit_history label").click()
    page.locator("[class*=st-key-remove_] button").first.wait_for()
    page.wait_for_function(STILL, arg="Recommend", timeout=120_000)
    edits = [edit(page, key) for _ in range(rounds) for key in ("remove_", "older_", "undo")]
    return {
        "page_switch": percentiles([value for values in switches.values() for value in values]),
        "page_switch_by_page": {name: percentiles(values) for name, values in switches.items()},
        "history_edit": percentiles(edits),
    }


def of_checkout(checkout: Path, log: str, mapped: list[str], rounds: int) -> dict[str, Any]:
    words = [str(Path(log).resolve()), *mapped, "--rounds", str(rounds)]
    subprocess.run([sys.executable, "-m", "benchmarks.pages", *words], cwd=checkout, check=True)
    return read_json(checkout / "benchmarks" / "results" / "pages.json")


def percentiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {"p50": round(cuts[9]), "p95": round(cuts[18]), "max": round(max(values)), "count": len(values)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log")
    parser.add_argument("--map", nargs="+", default=[])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--beside", type=Path, help="another checkout to measure in the same run")
    options = parser.parse_args()
    mapped = ["--map", *options.map] if options.map else []
    result = provenance(" ".join(["python -m benchmarks.pages", Path(options.log).name, *mapped]), 1)
    home = tempfile.mkdtemp(prefix="recscope-")
    at_workspace = ("--workspace", home)
    dataset = command("import", options.log, *mapped, *at_workspace)
    trained = command("train", dataset["dataset_id"], "--model", "gru4rec", "--set", "epochs=1", *at_workspace)
    process, address = serve(home)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_context(viewport={"width": 1280, "height": 1400}, bypass_csp=True).new_page()
            result["bare"] = measure_bare(page, home, options.rounds)
            result["quiet"] = measure(page, address, trained["run_id"], options.rounds)
            print(result["quiet"], flush=True)
            workspace = open_workspace(home)
            job = training.start(workspace, TrainRequest(dataset["dataset_id"], "sasrec"))
            time.sleep(20)
            result["while_training"] = measure(page, address, trained["run_id"], options.rounds)
            assert job_list.progress(workspace, job).state == "running", "the job ended before the measurement"
            job_list.stop(workspace, job, at_once=True)
            print(result["while_training"], flush=True)
            browser.close()
    finally:
        process.kill()
        shutil.rmtree(home, ignore_errors=True)
    if options.beside is not None:
        result["beside"] = of_checkout(options.beside, options.log, mapped, options.rounds)
    write_json(RESULTS / "pages.json", result)


if __name__ == "__main__":
    main()
