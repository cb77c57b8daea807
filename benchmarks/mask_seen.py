"""Effect of masking seen items in the loss, on lists with and without them: `python -m benchmarks.mask_seen LOG`.

Each model is trained with `mask_seen` on and off. Test ranks are computed with seen items hidden, as in the protocol,
and among the whole catalogue, as `recommend --include-seen` ranks. Differences are paired by user.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.paired import paired
from benchmarks.quality import RESULTS, command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.evaluation.metrics import per_user
from recsys.evaluation.protocol import ranks
from recsys.sequences.candidates import Candidates
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run

K = 10


def ndcg_each(run: OpenRun, *, hide_seen: bool) -> np.ndarray:
    """[num_targets] NDCG@10 of each test target."""
    candidates = Candidates(run.candidates.scorable, hide_seen=hide_seen)
    return per_user(ranks(run.model, run.split.test, candidates), (K,))["ndcg@10"]


def seen_in_list(run: OpenRun) -> float:
    """Mean share of seen items in a test user's top 10 when seen items are shown."""
    targets, shares = run.split.test, []
    for row in range(len(targets)):
        history = targets.history(row)
        scores_N = run.model.scores([history], [targets.users[row]], [targets.ratings(row)])[0].numpy()
        scores_N[~run.candidates.scorable] = -np.inf
        shares.append(np.isin(np.argpartition(-scores_N, K)[:K], history).mean())
    return float(np.mean(shares))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log")
    parser.add_argument("--model", nargs="+", default=["gru4rec", "sasrec"])
    parser.add_argument("--set", nargs="+", default=[])
    parser.add_argument("--workspace", default=".recscope")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    torch.set_num_threads(1)
    log, at_workspace = Path(options.log), ("--workspace", options.workspace)
    arguments = ["python", "-m", "benchmarks.mask_seen", log.name, "--model", *options.model]
    origin = provenance(shlex.join([*arguments, *(["--set", *options.set] if options.set else [])]), int(options.seed))
    dataset = command("import", options.log, *at_workspace)
    result: dict[str, Any] = {}
    for model in options.model:
        runs = {}
        for setting in ("on", "off"):
            settings = ("--set", f"mask_seen={setting}", *options.set, "--seed", options.seed, "--threads", "1")
            run_id = command("train", dataset["dataset_id"], "--model", model, *settings, *at_workspace)["run_id"]
            runs[setting] = open_run(open_workspace(options.workspace), run_id)
        users = runs["on"].split.test.users
        ndcg = {(s, hide): ndcg_each(run, hide_seen=hide) for s, run in runs.items() for hide in (True, False)}
        result[model] = {
            name: {
                **{setting: float(ndcg[setting, hide].mean()) for setting in runs},
                "off_less_on": paired(users, ndcg["off", hide] - ndcg["on", hide]),
            }
            for name, hide in (("ndcg@10, seen hidden", True), ("ndcg@10, seen included", False))
        } | {"seen in the top 10": {setting: seen_in_list(run) for setting, run in runs.items()}}
        print(model, result[model], flush=True)
        write_json(RESULTS / f"mask-seen-{log.stem}.json", {**origin, "dataset": dataset, "models": result})


if __name__ == "__main__":
    main()
