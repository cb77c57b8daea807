"""Quality, time and memory of each model and preset: `python -m benchmarks.quality LOG [--model …] [--preset …]`.

Each model is trained by the command line in a process of its own, so that the peak memory is its own. A model in the
result file says itself how it was measured; those not asked for stay as they are. Results of a preset other than
balanced, whose values are the defaults, stand under the model's name and the preset's.
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
    return _answer("-m", "recsys", *arguments)


def by_own_clock(*arguments: str) -> dict[str, Any]:
    """The answer of a command whose seconds are those that its process computed, on all of its threads together."""
    return _answer("-c", OWN_CLOCK, *arguments)


def _answer(*arguments: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, *arguments, "--json"], stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
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
    place = ("--workspace", options.workspace)
    threads = ("--threads", options.threads) if options.threads else ()
    clock, train = (("--own-clock",), by_own_clock) if options.own_clock else ((), command)
    mapped = ("--map", *options.map) if options.map else ()
    dataset = command("import", options.log, *mapped, *place)
    log = Path(options.log)
    path = RESULTS / f"quality-{options.name or log.stem}.json"
    for model, preset in itertools.product(options.model, options.preset):
        chosen = ("--preset", preset) if preset != "balanced" else ()
        asked = shlex.join(
            ["python", "-m", "benchmarks.quality", log.name, *mapped, "--model", model, *chosen, *threads, *clock]
        )
        told = provenance(asked, int(options.seed))
        settings = ("--model", model, *chosen, "--seed", options.seed, *threads)
        record = train("train", dataset["dataset_id"], *settings, *place)
        print(model, preset, record["metrics"]["ndcg@10"], round(record["seconds"]), "s", flush=True)
        keep(path, dataset, shlex.join([model, *chosen[1:]]), {**told, **{key: record[key] for key in KEPT}})


def keep(path: Path, dataset: dict[str, Any], model: str, found: dict[str, Any]) -> None:
    """Adds one model to the results, or replaces it; results on other data under the same name are dropped."""
    before = json.loads(path.read_text()) if path.exists() else {}
    same = before.get("dataset", {}).get("dataset_id") == dataset["dataset_id"]
    write_json(path, {"dataset": dataset, "models": {**(before["models"] if same else {}), model: found}})


if __name__ == "__main__":
    main()
