"""Lasso on the map in Chromium: `python -m benchmarks.lasso LOG [--map user=0 item=1] [--points 100000] [--rounds 20]`.

Draws lassos on the map of an EASE trained on the log, and on a map of made points of a made catalogue. Timed in
milliseconds from the release of the mouse until the selection is shown and the page is still. Each selection is compared
with the stored coordinates within the same polygon.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import Page, sync_playwright

from benchmarks.pages import FLAGS, RESULTS, percentiles, serve
from benchmarks.quality import command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.services.explore.map_region import in_polygon
from recsys.services.workspace import open_workspace

SEED, CORNERS = 1, 14
USERS, EVENTS = 25_000, 8  # of the made log
SHOWN = """() => [...document.querySelectorAll("[data-testid=stMarkdown] p")].map(p => p.textContent)
  .find(text => /^[\\d,]+ items? · /.test(text)) || \"\""""
CHANGED = """before => {
  const app = document.querySelector("[data-testid=stApp]");
  const line = [...document.querySelectorAll("[data-testid=stMarkdown] p")].map(p => p.textContent)
    .find(text => /^[\\d,]+ items? · /.test(text)) || "";
  return line !== before && app.dataset.testScriptState === "notRunning";
}"""
PATH = '() => document.querySelector(".js-plotly-plot").layout.selections.at(-1).path'


def made_catalogue(home: str, num_points: int) -> str:
    """A run whose map has this many normally distributed points; gives its id."""
    rng = np.random.default_rng(SEED)
    items = np.concatenate([np.arange(num_points), rng.integers(0, num_points, USERS * EVENTS)])
    users = np.arange(len(items)) % USERS
    log = Path(home) / "made.csv"
    pd.DataFrame({"user": users, "item": items, "time": np.arange(len(items))}).to_csv(log, index=False)
    dataset = command("import", str(log), "--workspace", home)
    run: str = command("train", dataset["dataset_id"], "--model", "popularity", "--workspace", home)["run_id"]
    points = rng.standard_normal((num_points + 1, 2)).astype(np.float32)
    open_workspace(home).runs.open(run).save_map(points, None)
    return run


def measure(page: Page, address: str, home: str, run: str, rounds: int) -> dict[str, Any]:
    points_N2 = open_workspace(home).runs.open(run).load_map()
    assert points_N2 is not None
    page.goto(f"{address}/explore?run={run}")
    page.locator(".js-plotly-plot .nsewdrag").first.wait_for(timeout=180_000)
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    )
    page.locator("button.modebar-btn[data-title*='Lasso']").first.click()
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    rng, times, differing = np.random.default_rng(SEED), [], 0
    for _ in range(rounds):
        centre = (box["x"] + box["width"] * rng.uniform(0.35, 0.65), box["y"] + box["height"] * rng.uniform(0.35, 0.65))
        radius, before = rng.uniform(0.1, 0.25) * box["height"], page.evaluate(SHOWN)
        angles = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
        drag(page, [(centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)) for angle in angles])
        began = time.perf_counter()
        page.mouse.up()
        page.wait_for_function(CHANGED, arg=before, timeout=60_000)
        times.append(1000 * (time.perf_counter() - began))
        differing += count(page) != inside(points_N2, page.evaluate(PATH))
        page.wait_for_timeout(300)
    return {"points": len(points_N2) - 1, **percentiles(times), "selections_that_differ": differing}


def drag(page: Page, corners: Sequence[tuple[float, float]]) -> None:
    """Press the mouse on the first corner and move it over the others; it stays pressed."""
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner)


def count(page: Page) -> int:
    """Number of selected items that the page says."""
    return int(page.evaluate(SHOWN).partition(" ")[0].replace(",", ""))


def inside(points_N2: np.ndarray, path: str) -> int:
    """Number of stored points within a path such as "M0,1L2,3L4,5Z"."""
    corners = np.array([pair.split(",") for pair in re.findall(r"[^MLZ]+", path)], dtype=float)
    return int(in_polygon(points_N2, corners[:, 0].tolist(), corners[:, 1].tolist()).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log")
    parser.add_argument("--map", nargs="+", default=[])
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    mapped = ["--map", *options.map] if options.map else []
    result = provenance(" ".join(["python -m benchmarks.lasso", Path(options.log).name, *mapped]), SEED)
    home = tempfile.mkdtemp(prefix="recscope-")
    dataset = command("import", options.log, *mapped, "--workspace", home)
    trained = command("train", dataset["dataset_id"], "--model", "ease", "--workspace", home)["run_id"]
    runs = {"log": trained, "made": made_catalogue(home, options.points)}
    process, address = serve(home)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for name, run in runs.items():
                page = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=False).new_page()
                result[name] = measure(page, address, home, run, options.rounds)
                print(name, result[name], flush=True)
                page.close()
            browser.close()
    finally:
        process.kill()
        shutil.rmtree(home, ignore_errors=True)
    write_json(RESULTS / "lasso.json", result)


if __name__ == "__main__":
    main()
