"""Federated against central training: `python -m benchmarks.federated LOG [--model …]`.

The central model has its preset's settings. Server optimizer and learning rates of the federated one are chosen by
validation NDCG@10 among `CANDIDATES`, each trained for a few epochs; the best is then trained with the same epochs as
the central one, with sampled clients and dropouts. Test NDCG@10 is compared paired by user. One epoch with secure sums
gives their bytes and seconds.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

import torch

from benchmarks.paired import paired
from benchmarks.quality import RESULTS, by_own_clock, command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.metrics import per_user
from recsys.evaluation.protocol import ranks
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run

CANDIDATES = (  # learning_rate of the server's Adam; options of the clients
    ("0.004", ("--server", "adam", "--local-learning-rate", "0.1")),
    ("0.012", ("--server", "adam", "--local-learning-rate", "0.1")),
    ("0.012", ("--server", "adam", "--local-learning-rate", "0.1", "--local-epochs", "3")),
    ("0.004", ("--server", "average", "--local-learning-rate", "0.3", "--local-epochs", "3")),
)
SAMPLED = ("--federated", "--clients-per-round", "0.1", "--dropouts", "0.1")
KEPT = ("epochs", "best_epoch", "best_validation_ndcg", "seconds", "peak_memory")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log")
    parser.add_argument("--model", default="sasrec")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--epochs", default="16")
    parser.add_argument("--trial-epochs", default="4")
    parser.add_argument("--workspace", default=".recscope")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    torch.set_num_threads(1)
    log, at_workspace = Path(options.log), ("--workspace", options.workspace)
    words = ["--model", options.model, "--epochs", options.epochs, "--trial-epochs", options.trial_epochs]
    origin = provenance(shlex.join(["python", "-m", "benchmarks.federated", log.name, *words]), int(options.seed))
    dataset = command("import", options.log, *at_workspace)
    basis = ("--model", options.model, "--preset", options.preset, "--seed", options.seed, "--threads", "1")

    def trained(epochs: str, *arguments: str, learning_rate: str | None = None) -> dict[str, Any]:
        rate = () if learning_rate is None else (f"learning_rate={learning_rate}",)
        settings = ("--set", f"epochs={epochs}", f"patience={epochs}", *rate)
        record = by_own_clock("train", dataset["dataset_id"], *basis, *settings, *arguments, *at_workspace)
        print(epochs, rate, arguments, record["best_validation_ndcg"], round(record["seconds"]), "s", flush=True)
        return record

    central = trained(options.epochs)
    trials = [trained(options.trial_epochs, *SAMPLED, *words, learning_rate=rate) for rate, words in CANDIDATES]
    best = max(range(len(trials)), key=lambda at: trials[at]["best_validation_ndcg"])
    rate, chosen = CANDIDATES[best]
    federated = trained(options.epochs, *SAMPLED, *chosen, learning_rate=rate)
    secure = trained("1", *SAMPLED, *chosen, "--secure", learning_rate=rate)
    result = {
        "central": {name: central[name] for name in KEPT},
        "trials": [
            {"learning_rate": rate, "options": shlex.join(words), **{name: record[name] for name in KEPT}}
            for (rate, words), record in zip(CANDIDATES, trials, strict=True)
        ],
        "federated": {"learning_rate": rate, "options": shlex.join([*SAMPLED, *chosen])}
        | {name: federated[name] for name in (*KEPT, "federated")},
        "secure, one epoch": {name: secure[name] for name in ("seconds", "peak_memory", "federated")},
        "without secure sums, one epoch": {"seconds": federated["seconds"] / federated["epochs"]},
        **compared(options.workspace, central["run_id"], federated["run_id"]),
    }
    write_json(RESULTS / "federated.json", {**origin, "dataset": dataset, "models": {options.model: result}})


def compared(workspace: str, central_id: str, federated_id: str) -> dict[str, Any]:
    """Test NDCG@10 of both runs with 95 % intervals, and the paired difference."""
    each = {}
    for name, run_id in (("central", central_id), ("federated", federated_id)):
        run = open_run(open_workspace(workspace), run_id)
        each[name] = per_user(ranks(run.model, run.split.test, run.candidates), (10,))["ndcg@10"]
        users = run.split.test.users
    figures = {name: {"mean": float(ndcg.mean()), "interval": bootstrap(ndcg)} for name, ndcg in each.items()}
    return {"test ndcg@10": figures | {"federated_less_central": paired(users, each["federated"] - each["central"])}}


if __name__ == "__main__":
    main()
