"""Quality, time and memory of each model and preset: `python -m benchmarks.quality LOG [--model …] [--preset …]`.

Each model is trained by the command line in a separate process, which gives its peak memory. Every entry of the result
file records how it was measured; other models keep theirs. The balanced preset has the default values; results of
other presets are stored under the names of model and preset.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.models import MODELS

OWN_CLOCK = "import sys, time; time.monotonic = time.process_time; from recsys.__main__ import main; sys.exit(main())"
RESULTS = Path(__file__).parent / "results"
KEPT = (
    "epochs",
    "best_epoch",
    "best_validation_ndcg",
    "seconds",
    "targets_per_second",
    "peak_memory",
    "threads",
    "metrics",
)


def command(*arguments: str) -> dict[str, Any]:
    return _run_json("-m", "recsys", *arguments)


def by_own_clock(*arguments: str) -> dict[str, Any]:
    """Output of a command that measures CPU seconds, over all threads of its process."""
    return _run_json("-c", OWN_CLOCK, *arguments)


def _run_json(*arguments: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, *arguments, "--json"], stdout=subprocess.PIPE, text=True, check=True)
    output: dict[str, Any] = json.loads(done.stdout)
    return output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log")
    parser.add_argument("--model", nargs="+", default=list(MODELS))
    parser.add_argument("--preset", nargs="+", default=["balanced"])
    parser.add_argument("--name", help="names the result file (else the log's name)")
    parser.add_argument("--map", nargs="+", default=[])
    parser.add_argument("--workspace", default=".recscope")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--threads")
    parser.add_argument("--own-clock", action="store_true", help="seconds of the process, on a machine that is busy")
    options = parser.parse_args()
    at_workspace = ("--workspace", options.workspace)
    threads = ("--threads", options.threads) if options.threads else ()
    clock, train = (("--own-clock",), by_own_clock) if options.own_clock else ((), command)
    mapped = ("--map", *options.map) if options.map else ()
    dataset = command("import", options.log, *mapped, *at_workspace)
    log = Path(options.log)
    path = RESULTS / f"quality-{options.name or log.stem}.json"
    for model, preset in itertools.product(options.model, options.preset):
        chosen = ("--preset", preset) if preset != "balanced" else ()
        command_line = shlex.join(
            ["python", "-m", "benchmarks.quality", log.name, *mapped, "--model", model, *chosen, *threads, *clock]
        )
        origin = provenance(command_line, int(options.seed))
        settings = ("--model", model, *chosen, "--seed", options.seed, *threads)
        record = train("train", dataset["dataset_id"], *settings, *at_workspace)
        print(model, preset, record["metrics"]["ndcg@10"], round(record["seconds"]), "s", flush=True)
        keep(path, dataset, shlex.join([model, *chosen[1:]]), {**origin, **{key: record[key] for key in KEPT}})


def keep(path: Path, dataset: dict[str, Any], model: str, result: dict[str, Any]) -> None:
    """Add or replace one model in the results; results on another dataset under the same name are dropped."""
    before = json.loads(path.read_text()) if path.exists() else {}
    is_same_dataset = before.get("dataset", {}).get("dataset_id") == dataset["dataset_id"]
    write_json(path, {"dataset": dataset, "models": {**(before["models"] if is_same_dataset else {}), model: result}})


if __name__ == "__main__":
    main()
