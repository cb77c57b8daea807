"""Recall of planted causes by explanations: `python -m benchmarks.causes [--model sasrec gru4rec …]`.

Trains each model on the sample shop with default settings and evaluates every method
(recsys/services/models/planted_causes.py). Other models keep their entry in the result file.
"""

from __future__ import annotations

import argparse
import shlex
import time
from pathlib import Path
from typing import Any

from benchmarks.quality import keep
from benchmarks.record import provenance
from recsys.models import MODELS
from recsys.services.data.datasets import import_sample
from recsys.services.models.planted_causes import causes
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.training.config import TrainingOptions

PATH = Path(__file__).parent / "results" / "causes.json"
READERS = [name for name in MODELS if name not in ("popularity", "recent_popularity", "mlp")]


def measured(run: OpenRun, most: int | None) -> dict[str, Any]:
    began = time.monotonic()
    result = causes(run, most=most)
    assert result is not None, "the sample has planted causes and the model reads events"
    methods = {
        name: {
            f"{kind}@{cut}": round(value, 4)
            for kind in ("recall", "precision")
            for cut, value in getattr(shares, kind).items()
        }
        for name, shares in result.by_method.items()
    }
    counts = {key: value for key, value in vars(result).items() if key != "by_method"}
    return {**counts, "methods": methods, "seconds": round(time.monotonic() - began)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--model", nargs="+", default=READERS)
    parser.add_argument("--most", type=int, help="cases to ask about (else all)")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--workspace", default=".recscope")
    options = parser.parse_args()
    workspace = open_workspace(options.workspace)
    dataset = import_sample(workspace)
    for model in options.model:
        arguments = ["--model", model, *(["--most", str(options.most)] if options.most else [])]
        origin = provenance(f"python -m benchmarks.causes {shlex.join(arguments)}", seed=1)
        training = TrainingOptions(threads=options.threads)
        record = train(workspace, TrainRequest(dataset.dataset_id, model, run_id=f"causes-{model}", options=training))
        result = {"ndcg@10": (record.metrics or {})["ndcg@10"], "train_seconds": round(record.seconds)}
        result |= measured(open_run(workspace, record.run_id), options.most)
        keep(PATH, {"name": "sample shop", "dataset_id": dataset.dataset_id}, model, {**origin, **result})
        print(model, result, flush=True)


if __name__ == "__main__":
    main()
