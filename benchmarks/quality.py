"""Quality, time and memory of each model with default settings: `python -m benchmarks.quality LOG [--model …]`.

Each model is trained by the command line in a process of its own, so that the peak memory is its own. A model in the
result file says itself how it was measured; those not asked for stay as they are.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.models import MODELS

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
    done = subprocess.run(
        [sys.executable, "-m", "recsys", *arguments, "--json"], stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log")
    parser.add_argument("--model", nargs="+", default=list(MODELS))
    parser.add_argument("--workspace", default=".recscope")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--threads")
    options = parser.parse_args()
    place = ("--workspace", options.workspace)
    threads = ("--threads", options.threads) if options.threads else ()
    dataset = command("import", options.log, *place)
    path = RESULTS / f"quality-{Path(options.log).stem}.json"
    for model in options.model:
        asked = f"python -m benchmarks.quality {Path(options.log).name} --model {model} {' '.join(threads)}".strip()
        told = provenance(asked, int(options.seed))
        record = command("train", dataset["dataset_id"], "--model", model, "--seed", options.seed, *threads, *place)
        print(model, record["metrics"]["ndcg@10"], round(record["seconds"]), "s", flush=True)
        keep(path, dataset, model, {**told, **{key: record[key] for key in KEPT}})


def keep(path: Path, dataset: dict[str, Any], model: str, found: dict[str, Any]) -> None:
    """Adds one model to the results, or replaces it; results on other data under the same name are dropped."""
    before = json.loads(path.read_text()) if path.exists() else {}
    same = before.get("dataset", {}).get("dataset_id") == dataset["dataset_id"]
    write_json(path, {"dataset": dataset, "models": {**(before["models"] if same else {}), model: found}})


if __name__ == "__main__":
    main()
