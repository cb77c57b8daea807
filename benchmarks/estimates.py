"""Estimated against actual cost: `python -m benchmarks.estimates U_DATA [--epochs 3]`, on the sample shop and a log.

Each model is first estimated in one process, then trained in another, both with one thread and by CPU time, so that
other load on the machine does not count. On an idle machine these are the seconds of waiting. Ratios are estimate /
actual.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.quality import by_own_clock, command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.models import MODELS
from recsys.models.base import FittedModel
from recsys.services.data.datasets import import_sample
from recsys.services.workspace import open_workspace

RESULTS = Path(__file__).parent / "results"
NETWORKS = [name for name, model in MODELS.items() if not issubclass(model, FittedModel)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log", type=Path)
    parser.add_argument("--model", nargs="+", default=[*NETWORKS, "ease", "markov", "popularity"])
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    origin = provenance(f"python -m benchmarks.estimates {options.log.name} --epochs {options.epochs}", 1)
    rows = []
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        at_workspace = ("--workspace", home)
        shop = import_sample(open_workspace(home)).dataset_id
        log = command("import", str(options.log), *at_workspace)["dataset_id"]
        for name, dataset in (("sample shop", shop), (options.log.name, log)):
            for model in options.model:
                arguments = [dataset, "--model", model, "--threads", "1", *at_workspace]
                arguments += ["--set", f"epochs={options.epochs}"] * (model in NETWORKS)
                rows.append(row(name, by_own_clock("estimate", *arguments), by_own_clock("train", *arguments)))
                print(rows[-1], flush=True)
    write_json(RESULTS / "estimates.json", {**origin, "epochs": options.epochs, "threads": 1, "rows": rows})


def row(dataset: str, estimate: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "model": record["model"],
        "epochs": record["epochs"],
        "estimated_seconds": round(estimate["seconds"], 2),
        "seconds": round(record["seconds"], 2),
        "time_ratio": round(estimate["seconds"] / record["seconds"], 3),
        "estimated_megabytes": round(estimate["memory"] / 1e6),
        "megabytes": round(record["peak_memory"] / 1e6),
        "memory_ratio": round(estimate["memory"] / record["peak_memory"], 3),
    }


if __name__ == "__main__":
    main()
