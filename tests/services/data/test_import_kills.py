"""An import of 200,000 rows killed twenty times at random moments."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recsys.data.store import SCRATCH
from recsys.services.workspace import open_workspace

pytestmark = pytest.mark.proof
KILLS, ROWS = 20, 200_000


def test_nothing_is_half_visible_after_a_kill_and_leftovers_go_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.csv"
    rng = random.Random(5)
    rows = (f"u{rng.randrange(9000)},i{rng.randrange(3000)},{1 + n % 5},{1_600_000_000 + n}\n" for n in range(ROWS))
    log.write_text("user_id,item_id,rating,timestamp\n" + "".join(rows), encoding="utf-8")
    command = [sys.executable, "-m", "recsys", "import", str(log), "--workspace"]
    began = time.monotonic()
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    takes = time.monotonic() - began
    (whole,) = open_workspace(tmp_path / "whole").datasets.list()
    home, num_killed = tmp_path / "killed", 0
    for _ in range(KILLS):
        process = subprocess.Popen([*command, str(home)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.2, 1.0) * takes)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            num_killed += 1
        process.wait()
        datasets = open_workspace(home).datasets
        for summary in datasets.list() if datasets.root.exists() else []:
            assert summary.dataset_id == whole.dataset_id
            assert len(datasets.load(summary.dataset_id).interactions) == whole.rows
            datasets.delete(summary.dataset_id)
    assert num_killed >= KILLS / 2
    monkeypatch.setattr("recsys.data.store.STALE", 0)
    open_workspace(home).datasets.sweep()
    assert not list((home / "datasets").glob(f"{SCRATCH}*"))
