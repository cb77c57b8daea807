"""From a fresh start to the first explained recommendation: `python -m benchmarks.first_minute [--rounds 3]`.

A server over an empty workspace; Home is read for some seconds, then "Try the sample" and, once the training has ended,
"Explain a recommendation" are clicked. Seconds from the first click.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks.pages import FLAGS, serve
from benchmarks.record import provenance
from recsys.data.files import write_json

RESULTS = Path(__file__).parent / "results"
VERDICT = re.compile("Faithful|Weak|Unfaithful|Cannot be judged")


def walk(browser: Browser, address: str, reading: float) -> dict[str, float]:
    """Seconds from the click on "Try the sample" until each step is shown."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(address)
    sample, offer, sentence = (
        page.locator(key) for key in (".st-key-try_sample button", ".st-key-explain_run button", ".st-key-sentence")
    )
    expect(sample).to_be_visible(timeout=60_000)
    time.sleep(reading)
    began, seconds = time.perf_counter(), {}
    sample.click()
    expect(page).to_have_url(re.compile(r"/train\?run="), timeout=60_000)
    seconds["training shown"] = time.perf_counter() - began
    expect(offer).to_be_visible(timeout=120_000)
    seconds["training finished"] = time.perf_counter() - began
    offer.click()
    expect(sentence).to_be_visible(timeout=60_000)
    seconds["explained"] = time.perf_counter() - began
    expect(sentence.get_by_text(VERDICT).filter(visible=True).first).to_be_visible(timeout=60_000)
    seconds["verdict"] = time.perf_counter() - began
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reading", type=float, default=5.0, help="seconds on Home before the click")
    options = parser.parse_args()
    line = f"python -m benchmarks.first_minute --rounds {options.rounds} --reading {options.reading:g}"
    result, rounds = provenance(line, 1), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for _ in range(options.rounds):
            with tempfile.TemporaryDirectory(prefix="recscope-") as home:
                process, address = serve(home)
                try:
                    rounds.append(walk(browser, address, options.reading))
                finally:
                    process.kill()
                    process.wait()
            print(rounds[-1], flush=True)
        browser.close()
    result["rounds"] = [{step: round(value, 1) for step, value in one.items()} for one in rounds]
    result["median"] = {step: round(statistics.median(one[step] for one in rounds), 1) for step in rounds[0]}
    write_json(RESULTS / "first-minute.json", result)


if __name__ == "__main__":
    main()
