"""Does an explanation name the cause that was planted? `python -m benchmarks.causes [--model sasrec gru4rec]`.

Trains on the sample shop and looks at each user's last event that followed from an earlier one (an accessory after
its device, the next part of a series) and that the model puts into its top 10: does the method put that earlier event
first? Chance is the mean of 1 / (events in the window).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.evaluation.protocol import rank_of
from recsys.explain import EventContribution, Situation, explain, methods_for
from recsys.sequences.candidates import only
from recsys.services.datasets import SAMPLES, import_sample
from recsys.services.opening import OpenRun, open_run
from recsys.services.training import TrainRequest, train
from recsys.services.workspace import open_workspace

TOP = 10
RESULTS = Path(__file__).parent / "results"


def planted(run: OpenRun) -> list[tuple[int, int]]:
    """(row of the test targets, position of the cause in the history) for targets that were planted and can be named."""
    causes = pd.read_csv(SAMPLES / "causes.csv").dropna(subset=["cause_item_id"])
    log, test = run.dataset.interactions, run.split.test
    cause = {(u, i): c for u, i, c in causes[["user_id", "item_id", "cause_item_id"]].itertuples(index=False)}
    found = []
    for row in range(len(test)):
        named = cause.get((log.user_ids[test.users[row]], log.item_ids[test.items[row]]))
        if named is not None:
            places = np.flatnonzero(test.history(row) == log.item_index[named])
            assert len(places) == 1, "a cause stands before its effect, once"
            found.append((row, int(places[0])))
    return found


def measure(run: OpenRun) -> dict[str, Any]:
    """Share of planted targets in the top 10 whose cause each method puts first."""
    test, cases = run.split.test, []
    for row, place in planted(run):
        history = test.history(row)
        scores = only(
            run.model.scores([history], [test.users[row]], [test.ratings(row)]), run.candidates.mask([history])
        )
        if int(rank_of(scores, scores.new_tensor([test.items[row]]).long())[0]) <= TOP:
            cases.append((row, place))
    first: dict[str, list[bool]] = {method: [] for method in methods_for(run.model)}
    chance = []
    for row, place in cases:
        situation = Situation.of(
            run.model,
            test.history(row),
            int(test.items[row]),
            run.candidates,
            user=int(test.users[row]),
            ratings=test.ratings(row),
        )
        for method, hits in first.items():
            parts = [p for p in explain(situation, method).contributions if isinstance(p, EventContribution)]
            hits.append(max(parts, key=lambda part: part.value).position == place)
        chance.append(1 / len(parts))
    shares = {method: float(np.mean(hits)) for method, hits in first.items()}
    return {"planted": len(planted(run)), "in_top_10": len(cases), "chance": float(np.mean(chance)), "first": shares}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", nargs="+", default=["sasrec", "gru4rec", "caser"])
    parser.add_argument("--workspace", default=".recscope")
    options = parser.parse_args()
    workspace = open_workspace(options.workspace)
    dataset = import_sample(workspace)
    told = provenance(f"python -m benchmarks.causes --model {' '.join(options.model)}", seed=1)
    found: dict[str, Any] = {}
    for model in options.model:
        began = time.monotonic()
        record = train(workspace, TrainRequest(dataset.dataset_id, model, run_id=f"causes-{model}"))
        found[model] = {"ndcg@10": (record.metrics or {})["ndcg@10"], "train_seconds": record.seconds}
        found[model] |= measure(open_run(workspace, record.run_id)) | {"seconds": time.monotonic() - began}
        print(model, found[model], flush=True)
    write_json(RESULTS / "causes.json", {**told, "dataset_id": dataset.dataset_id, "models": found})


if __name__ == "__main__":
    main()
