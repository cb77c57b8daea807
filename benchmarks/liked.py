"""Effect of a relevance threshold: `python -m benchmarks.liked LOG [--liked-from 4] [--model …]`.

Each model is trained twice, on every event and on those rated `--liked-from` or more. Both are evaluated on the same
liked test events; ranks of other users are dropped. The difference is paired by user, with a bootstrap interval.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from benchmarks.quality import RESULTS, command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.services.models import comparison
from recsys.services.models.leaderboard import list_runs
from recsys.services.workspace import open_workspace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log")
    parser.add_argument("--liked-from", type=float, default=4.0)
    parser.add_argument("--model", nargs="+", default=["popularity", "markov", "ease", "gru4rec"])
    parser.add_argument("--workspace", default=".recscope")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--threads", default="1")
    options = parser.parse_args()
    log, liked = Path(options.log), f"--liked-from={options.liked_from:g}"
    origin = provenance(shlex.join(["python", "-m", "benchmarks.liked", log.name, liked]), int(options.seed))
    at_workspace = ("--workspace", options.workspace)
    dataset = command("import", options.log, *at_workspace)
    workspace, results = open_workspace(options.workspace), {}
    for model in options.model:
        arguments = (
            dataset["dataset_id"],
            "--model",
            model,
            "--seed",
            options.seed,
            "--threads",
            options.threads,
            *at_workspace,
        )
        ids = [command("train", *arguments, *target)["run_id"] for target in ((), (liked,))]
        by_id = {run.run_id: run for run in list_runs(workspace)}
        chosen = [by_id[run_id] for run_id in ids]
        figures, num_users = comparison.shared_metrics(workspace, chosen)
        change = comparison.differences(workspace, chosen)[ids[1]]
        results[model] = {"users": num_users, "every": figures[0], "liked": figures[1], "difference": vars(change)}
        print(model, *(f"{metrics['ndcg@10']:.4f}" for metrics in figures), change, flush=True)
        write_json(RESULTS / f"liked-{log.stem}.json", {**origin, "dataset": dataset, "models": results})


if __name__ == "__main__":
    main()
