"""Speed and memory of imports: `python -m benchmarks.import_speed [--rows 1000000 5000000] [--rounds 3]`.

A file of `user_id,item_id,rating,timestamp` is imported into a new workspace and read by a plain `pandas.read_csv`, in
alternation, each in a process of its own; `ratio` is that of the medians of the seconds, and `cpu_ratio` of
the CPU seconds, which vary less on a busy machine. They count from when the libraries are imported; memory is the peak of the
process. Both use all cores.
Further processes import the file with half of its rows as the limit, and copies with a fault in the second to last line:
seconds and memory until they are refused.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.data.importing.load import ImportRequest
from recsys.data.store import DatasetStore
from recsys.errors import DataError

RESULT = Path(__file__).parent / "results" / "import-speed.json"
CHILD = "import sys; from benchmarks.import_speed import run_one; run_one(*sys.argv[1:])"
USERS, ITEMS = 200_000, 30_000
PART = 1_000_000  # rows written at a time
FAULTS = {"too many fields": b"1,2,3,1700000000,surplus\n", "no number": b"1,2,good,1700000000\n"}


def run_one(what: str, path: str, max_rows: str) -> None:
    """Import or read a file in this process; print seconds, peak memory and the refusal, if any, as JSON."""
    began, began_cpu, refusal, line = time.perf_counter(), time.process_time(), None, None
    if what == "pandas":
        pd.read_csv(path)
    else:
        with tempfile.TemporaryDirectory() as home:
            try:
                DatasetStore(Path(home)).add(ImportRequest(ratings=Path(path), max_rows=int(max_rows)))
            except DataError as error:
                refusal, line = str(error.message), error.line
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    megabytes = int(peak.split()[1]) / 1000  # not ru_maxrss, which a child inherits
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": megabytes, "refusal": refusal, "line": line}))


def write_log(path: Path, rows: int, seed: int = 1) -> None:
    """A log in which no user has an item twice; each time is another one."""
    rng = np.random.default_rng(seed)
    shift = rng.random(USERS)
    each = -(-rows // USERS)
    with path.open("wb") as file:
        file.write(b"user_id,item_id,rating,timestamp\n")
        for start in range(0, rows, PART):
            row = np.arange(start, min(rows, start + PART))
            user = row % USERS
            item = (ITEMS * ((row // USERS + shift[user]) / each) ** 1.5).astype(np.int64) + 1
            columns = [user + 1, item, rng.integers(1, 11, len(row)) / 2, 1_000_000_000 + row]
            table = pa.table([pa.array(column) for column in columns], names=list("uirt"))
            pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(include_header=False))


def with_fault(path: Path, copy: Path, line: bytes) -> None:
    """A copy whose last line but one is another."""
    content = path.read_bytes()
    last = content.rindex(b"\n", 0, len(content) - 1)
    before = content.rindex(b"\n", 0, last)
    copy.write_bytes(content[: before + 1] + line + content[last + 1 :])


def child(what: str, path: Path, max_rows: int) -> dict[str, Any]:
    command = [sys.executable, "-c", CHILD, what, str(path), str(max_rows)]
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=one_thread)
    answer: dict[str, Any] = json.loads(done.stdout)
    answer["process_seconds"] = time.perf_counter() - began
    print(what, max_rows, {name: answer[name] for name in ("seconds", "cpu", "megabytes", "line")}, flush=True)
    return answer


def measure(folder: Path, rows: int, rounds: int) -> dict[str, Any]:
    path, copy = folder / "log.csv", folder / "faulty.csv"
    write_log(path, rows)
    runs: dict[str, list[dict[str, Any]]] = {"import": [], "pandas": []}
    for index in range(rounds):
        for what in ("import", "pandas") if index % 2 == 0 else ("pandas", "import"):
            runs[what].append(child(what, path, rows))
    ratios = {}
    for name in ("seconds", "cpu"):
        ours, plain = (statistics.median(run[name] for run in runs[what]) for what in ("import", "pandas"))
        ratios[name] = round(ours / plain, 2)
    refused = {"over the limit": refusal(child("import", path, rows // 2))}
    for name, line in FAULTS.items():
        with_fault(path, copy, line)
        refused[name] = refusal(child("import", copy, rows))
        assert refused[name]["line"] == rows  # the header is line 1
    return {
        "rows": rows,
        "megabytes_of_file": round(path.stat().st_size / 1e6),
        "ratio": ratios["seconds"],
        "cpu_ratio": ratios["cpu"],
        "seconds": {what: [round(run["seconds"], 2) for run in runs[what]] for what in runs},
        "cpu_seconds": {what: [round(run["cpu"], 2) for run in runs[what]] for what in runs},
        "megabytes": {what: round(max(run["megabytes"] for run in runs[what])) for what in runs},
        "refused": refused,
    }


def refusal(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "seconds": round(answer["process_seconds"], 2),  # with the start of the process
        "megabytes": round(answer["megabytes"]),
        "line": answer["line"],
        "message": answer["refusal"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--rows", nargs="+", type=int, default=[1_000_000, 5_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for rows in options.rows:
        line = f"python -m benchmarks.import_speed --rows {rows} --rounds {options.rounds}"
        origin = provenance(line, 1)
        with tempfile.TemporaryDirectory(prefix="recscope-") as folder:
            result = measure(Path(folder), rows, options.rounds)
        before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
        write_json(RESULT, before | {f"{rows:,} rows": {**origin, **result}})


if __name__ == "__main__":
    main()
