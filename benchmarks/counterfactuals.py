"""Size of counterfactual explanations: `python -m benchmarks.counterfactuals LOG [--model …] [--users 100]`.

Each model is trained with its default settings; then the top 10 of some users, drawn by seed, are explained. The
search is compared with orders of removal, up to as many events as the search may remove: by leave-one-out (strongest
first), by attention if the model has it, and at random (the mean of several orders). Every set is scored again, in a
batch of one. Other models keep their entry in the result file.
"""

from __future__ import annotations

import argparse
import shlex
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.quality import RESULTS, command, keep
from benchmarks.record import provenance
from recsys.evaluation.intervals import bootstrap
from recsys.explain import EventContribution, Situation, explain, methods_for
from recsys.explain.questions.counterfactual import (
    MAX_EVENTS,
    TOP,
    EventSet,
    keep_only_counterfactuals,
    removal_counterfactuals,
)
from recsys.explain.rescoring import ranks_of
from recsys.recommend.topk import recommend
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run

PATH = RESULTS / "counterfactuals.json"
ORDERS = 10  # random orders per recommendation
GUIDES = ("leave_one_out", "attention")


def suggested(run: OpenRun, users: np.ndarray) -> list[Situation]:
    """The top 10 of each user, from the full history."""
    log, situations = run.dataset.interactions, []
    for user in map(int, users):
        history, ratings = log.history(user), log.ratings_of(user)
        for recommendation in recommend(run.model, history, run.candidates, user=user, k=TOP, ratings=ratings):
            situations.append(
                Situation.of(run.model, history, recommendation.item, run.candidates, user=user, ratings=ratings)
            )
    return situations


def searched(cases: Sequence[Situation], search: Callable[[Situation], list[EventSet]], alone: bool) -> dict[str, Any]:
    """Share of counterfactuals found with its interval by user, their sizes, and the cost."""
    sizes, ranks, calls, seconds = [], [], [], []
    for situation in cases:
        began = time.perf_counter()
        with mock.patch.object(situation.model, "scores", wraps=situation.model.scores) as scores:
            event_set = search(situation)[0]
        seconds.append(time.perf_counter() - began)
        calls.append(sum(len(call.args[0]) for call in scores.call_args_list))
        sizes.append(len(event_set.positions) if event_set.does_it else None)
        ranks.append(situation.rank)
        positions = np.arange(len(situation.history))
        kept = np.array(event_set.positions, dtype=np.int64) if alone else np.delete(positions, event_set.positions)
        new_rank = int(ranks_of(situation, [kept])[0])
        assert not event_set.does_it or (new_rank <= TOP) == alone, "what is shown does not hold"
    is_found = np.array([size is not None for size in sizes], dtype=float)
    found_sizes = [size for size in sizes if size is not None]
    by_rank = {str(rank): float(is_found[np.array(ranks) == rank].mean()) for rank in sorted(set(ranks))}
    return {
        **share(is_found, cases),
        "median_size": float(np.median(found_sizes)) if found_sizes else None,
        "mean_size": float(np.mean(found_sizes)) if found_sizes else None,
        "sizes": {str(size): number for size, number in sorted(Counter(found_sizes).items())},
        "found_by_rank": by_rank,
        "calls": {"mean": float(np.mean(calls)), "max": max(calls)},
        "seconds": {"mean": float(np.mean(seconds)), "p95": float(np.quantile(seconds, 0.95)), "max": max(seconds)},
    }


def share(is_found: np.ndarray, cases: Sequence[Situation]) -> dict[str, Any]:
    return {
        "found": float(is_found.mean()),
        "interval": bootstrap(is_found, users=np.array([situation.user for situation in cases])),
    }


def removed_in_order(situation: Situation, order: Sequence[int]) -> int | None:
    """How many of the first events of an order must be removed; None if MAX_EVENTS are not enough."""
    positions = np.arange(len(situation.history))
    numbers = range(1, min(MAX_EVENTS, len(order)) + 1)
    ranks_B = ranks_of(situation, [np.delete(positions, order[:number]) for number in numbers])
    return next((number for number, rank in zip(numbers, ranks_B, strict=True) if rank > TOP), None)


def guided(cases: Sequence[Situation], orders: Callable[[Situation], list[list[int]]]) -> dict[str, Any]:
    """Share found and sizes when events are removed in given orders; the mean over orders per recommendation."""
    sizes = [[removed_in_order(situation, order) for order in orders(situation)] for situation in cases]
    found_share = np.array([np.mean([size is not None for size in order_sizes]) for order_sizes in sizes])
    found_sizes = [size for order_sizes in sizes for size in order_sizes if size is not None]
    return {
        **share(found_share, cases),
        "median_size": float(np.median(found_sizes)) if found_sizes else None,
        "mean_size": float(np.mean(found_sizes)) if found_sizes else None,
    }


def by_method(method: str) -> Callable[[Situation], list[list[int]]]:
    def orders(situation: Situation) -> list[list[int]]:
        parts = [part for part in explain(situation, method).contributions if isinstance(part, EventContribution)]
        return [[part.position for part in sorted(parts, key=lambda part: (-part.value, -part.position))]]

    return orders


def at_random(seed: int) -> Callable[[Situation], list[list[int]]]:
    rng = np.random.default_rng(seed)
    return lambda situation: [rng.permutation(situation.positions).tolist() for _ in range(ORDERS)]


def measured(run: OpenRun, num_users: int, seed: int) -> dict[str, Any]:
    log = run.dataset.interactions
    users = np.random.default_rng(seed).choice(np.arange(1, log.num_users + 1), min(num_users, log.num_users), False)
    cases = suggested(run, users)
    guides = [method for method in GUIDES if method in methods_for(run.model)]
    return {
        "suggestions": len(cases),
        "median_history": float(np.median([len(situation.history) for situation in cases])),
        "taken_away": searched(cases, removal_counterfactuals, alone=False),
        "kept_by": searched(cases, keep_only_counterfactuals, alone=True),
        "by_order": {
            **{method: guided(cases, by_method(method)) for method in guides},
            "random": guided(cases, at_random(seed)),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log", type=Path)
    parser.add_argument("--model", nargs="+", default=["sasrec", "gru4rec", "caser"])
    parser.add_argument("--set", nargs="+", default=[])
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads")
    options = parser.parse_args()
    threads = ["--threads", options.threads] if options.threads else []
    chosen = ["--set", *options.set] if options.set else []
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        dataset = command("import", str(options.log), "--workspace", home)
        for model in options.model:
            arguments = ["python", "-m", "benchmarks.counterfactuals", options.log.name, "--model", model, *chosen]
            origin = provenance(shlex.join([*arguments, "--users", str(options.users), *threads]), options.seed)
            settings = ["--model", model, "--seed", str(options.seed), *threads, *chosen]
            record = command("train", dataset["dataset_id"], *settings, "--workspace", home)
            result = measured(open_run(open_workspace(home), record["run_id"]), options.users, options.seed)
            print(model, result, flush=True)
            keep(PATH, dataset, model, {**origin, "ndcg@10": record["metrics"]["ndcg@10"], **result})


if __name__ == "__main__":
    main()
