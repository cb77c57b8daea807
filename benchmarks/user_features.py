"""Effect of user features: `python -m benchmarks.user_features FOLDER [--model mlp sasrec …] [--set epochs=9 …]`.

FOLDER holds MovieLens-100K's u.data and u.user. Each model is trained with its default settings without and with the
age, gender and occupation of users. Reports test NDCG@10 and HR@10 with 95 % bootstrap intervals, and the paired gain
by user with its interval and p by random sign flips. Other models keep their entry in the result file.
"""

from __future__ import annotations

import argparse
import csv
import shlex
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.paired import paired
from benchmarks.quality import command, keep
from benchmarks.record import provenance
from recsys.evaluation.metrics import per_user
from recsys.services.workspace import open_workspace

PATH = Path(__file__).parent / "results" / "user-features.json"
FEATURES = "age, gender, occupation"
KNOWN = {"nothing": "", FEATURES: FEATURES}
METRICS = ("ndcg@10", "hr@10")


def write_users(folder: Path, out: Path) -> None:
    """Write u.user as CSV with column names."""
    rows = [line.split("|") for line in (folder / "u.user").read_text(encoding="latin-1").splitlines()]
    with out.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["user_id", "age", "gender", "occupation", "zip_code"], *rows])


def measured(dataset_id: str, train: list[str], home: str) -> dict[str, Any]:
    """Train once without and once with the features; returns both results and the gain by user."""
    runs, ranks = {}, {}
    for name, features in KNOWN.items():
        run = command("train", dataset_id, *train, f"user_features={features}", "--workspace", home)
        evaluation = command("evaluate", run["run_id"], "--k", "10", "--workspace", home)
        runs[name] = {
            "seconds": round(run["seconds"]), "epochs": run["epochs"], "best_epoch": run["best_epoch"],
            "validation_ndcg@10": run["best_validation_ndcg"],
            **{metric: evaluation["metrics"][metric] for metric in METRICS},
            "intervals": {metric: evaluation["intervals"][metric] for metric in METRICS},
        }  # fmt: skip
        ranks[name] = open_workspace(home).runs.open(run["run_id"]).load_ranks()
        print(train, name, runs[name], flush=True)
    before, after = ranks["nothing"], ranks[FEATURES]
    assert before is not None and after is not None and np.array_equal(before["user"], after["user"])
    values = [per_user(frame["test"].to_numpy(), (10,)) for frame in (before, after)]
    gains = {metric: paired(before["user"].to_numpy(), values[1][metric] - values[0][metric]) for metric in METRICS}
    return {"runs": runs, "gain": gains}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", nargs="+", default=["mlp", "sasrec"])
    parser.add_argument("--set", nargs="+", default=[])
    parser.add_argument("--seed", default="1")
    parser.add_argument("--threads")
    options = parser.parse_args()
    threads = ["--threads", options.threads] if options.threads else []
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        write_users(options.folder, Path(home) / "users.csv")
        dataset = command("import", str(options.folder / "u.data"), "--users", f"{home}/users.csv", "--workspace", home)
        for model in options.model:
            chosen = ["--set", *options.set] if options.set else []
            arguments = ["python", "-m", "benchmarks.user_features", "ml-100k", "--model", model, *chosen, *threads]
            origin = provenance(shlex.join(arguments), int(options.seed))
            train = ["--model", model, "--seed", options.seed, *threads, "--set", *options.set]
            keep(PATH, dataset, model, {**origin, **measured(dataset["dataset_id"], train, home)})


if __name__ == "__main__":
    main()
