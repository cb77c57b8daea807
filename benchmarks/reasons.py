"""Latency of explanations: `python -m benchmarks.reasons LOG [--model sasrec …] [--events 200] [--users 100]`.

Trains each model for two epochs with a window of `--events` (latency does not depend on the weights). For the newest
`--events` events of that many users it times what Explain shows at once (sentence, history strip and attention, without
cached results), the verdict, which comes later, and the reasons of the whole list of ten. Milliseconds, all cores.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality import command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.services.explain import explain_item
from recsys.services.explain import verdict as faithfulness
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run

PATH = Path(__file__).parent / "results" / "reasons.json"


def measured(run: OpenRun, events: int, users: int) -> dict[str, Any]:
    log = run.dataset.interactions
    longest = np.argsort(-np.diff(log.offsets)[1:], kind="stable")[:users] + 1
    first, verdict, whole = [], [], []
    for user in longest:
        history = [str(log.item_ids[item]) for item in log.history(user)[-events:]]
        query = query_of(run, str(log.user_ids[user]), history)
        recommendations = recommend_items(run, query, 10)
        began = time.perf_counter()
        explanation = explain_item.explain_for(
            run, query, recommendations[0].item_id, scored=explain_item.scored_history(run, query)
        )
        first.append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        faithfulness.judge(explain_item.situation_of(run, query, explanation.item_id), explanation)
        verdict.append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        scored = explain_item.scored_history(run, query)
        for recommendation in recommendations:
            explain_item.explain_for(run, query, recommendation.item_id, scored=scored)
        whole.append(1000 * (time.perf_counter() - began))
    return {
        "users": len(longest), "events": events, "one_reason": spread(first), "its_verdict": spread(verdict),
        "ten_reasons": spread(whole),
    }  # fmt: skip


def spread(milliseconds: list[float]) -> dict[str, float]:
    return {f"p{share}": round(float(np.percentile(milliseconds, share)), 1) for share in (50, 95)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log")
    parser.add_argument("--model", nargs="+", default=["sasrec", "gru4rec", "caser"])
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--users", type=int, default=100)
    options = parser.parse_args()
    origin = provenance(
        f"python -m benchmarks.reasons {Path(options.log).name} --model {' '.join(options.model)} "
        f"--events {options.events} --users {options.users}", 1
    )  # fmt: skip
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        dataset = command("import", options.log, "--workspace", home)
        for model in options.model:
            settings = ["epochs=2", f"max_length={options.events}"]
            run = command("train", dataset["dataset_id"], "--model", model, "--set", *settings, "--workspace", home)
            results[model] = measured(open_run(open_workspace(home), run["run_id"]), options.events, options.users)
            print(model, results[model], flush=True)
            write_json(PATH, {**origin, "models": results})


if __name__ == "__main__":
    main()
