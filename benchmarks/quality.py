"""Quality, time and memory of each model with default settings: `python -m benchmarks.quality LOG [--model …]`.

Each model is trained by the command line in a process of its own, so that the peak memory is its own.
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
    parser.add_argument("--model", nargs="+", default=["mlp", "caser", "gru4rec", "sasrec"])
    parser.add_argument("--workspace", default=".recscope")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    told = provenance(
        f"python -m benchmarks.quality {Path(options.log).name} --model {' '.join(options.model)}", int(options.seed)
    )
    place = ("--workspace", options.workspace)
    dataset = command("import", options.log, *place)
    found = {}
    for model in options.model:
        record = command("train", dataset["dataset_id"], "--model", model, "--seed", options.seed, *place)
        found[model] = {key: record[key] for key in KEPT}
        print(model, found[model]["metrics"]["ndcg@10"], round(found[model]["seconds"]), "s", flush=True)
    write_json(RESULTS / f"quality-{Path(options.log).stem}.json", {**told, "dataset": dataset, "models": found})


if __name__ == "__main__":
    main()
