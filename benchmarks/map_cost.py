"""What lists and map add to a training: `python -m benchmarks.map_cost [--model gru4rec] [--preset quick] [--pairs 7]`.

Trains on the sample shop with both and with neither, in alternation, each in a process of its own with one thread, and
compares CPU seconds. `added` is the share of its steps within a training with both: the lists' (`list_seconds`) and the
map's (`map_seconds`). `added_by_pair` is by how much a training with both takes longer than the one with neither beside it,
which varies with the load of the machine. Memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.evaluation import protocol
from recsys.evaluation.metrics import NOT_EVALUATED
from recsys.evaluation.protocol import ranks
from recsys.models.base import Recommender
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Split
from recsys.services.data.datasets import import_sample
from recsys.services.train import training
from recsys.services.workspace import open_workspace
from recsys.training.config import TrainingOptions

RESULT = Path(__file__).parent / "results" / "map-cost.json"
MAP_STEP, STEPS = (
    "save_map",
    ("protocol.top_items", "measure_lists", "RunFolder.save_lists"),
)  # what makes map and lists
CHILD = "import sys; from benchmarks.map_cost import train_one; train_one(*sys.argv[1:])"
WITH, WITHOUT = "lists and map", "neither"


def train_one(home: str, dataset_id: str, model: str, preset: str, what: str) -> None:
    """Train one run in this process and print its CPU seconds, those of its lists and map, and its peak memory, as JSON."""
    time.monotonic = time.process_time
    seconds = dict.fromkeys((*STEPS, MAP_STEP), 0.0)
    for name in seconds:
        owner, _, attribute = name.rpartition(".")
        place = getattr(training, owner) if owner == "RunFolder" else protocol if owner else training
        setattr(place, attribute, timed(seconds, name, getattr(place, attribute)))
    if what == WITHOUT:
        instead = {"save_map": nothing, "user_ranks_and_lists": ranks_alone, "measure_lists": lambda *_: {}}
        for name, replacement in instead.items():
            setattr(training, name, replacement)
        setattr(training.RunFolder, "save_lists", nothing)  # noqa: B010 - a method is replaced
    request = training.TrainRequest(dataset_id, model, preset, options=TrainingOptions(threads=1))
    record = training.train(open_workspace(home), request)
    map_seconds, list_seconds = seconds[MAP_STEP], sum(seconds[name] for name in STEPS)
    figures = {"seconds": record.seconds, "map_seconds": map_seconds, "list_seconds": list_seconds}
    print(json.dumps(figures | {"peak_memory": record.peak_memory}))


def timed(seconds: dict[str, float], name: str, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, whose CPU seconds are added up under its name."""

    def run(*arguments: Any) -> Any:
        began = time.process_time()
        try:
            return step(*arguments)
        finally:
            seconds[name] += time.process_time() - began

    return run


def nothing(*_: object) -> None:
    """Do without this step."""


def ranks_alone(model: Recommender, split: Split, *_: object) -> tuple[pd.DataFrame, np.ndarray]:
    """`training.user_ranks_and_lists` without the lists."""
    candidates, users = Candidates.of(split, model.scores_cold), split.evaluated_users
    frame = pd.DataFrame({"user": users, "validation": NOT_EVALUATED, "test": NOT_EVALUATED})
    for name, targets in (("validation", split.validation), ("test", split.test)):
        frame.loc[np.isin(users, targets.users), name] = ranks(model, targets, candidates)
    return frame, np.empty((0, 0), dtype=np.int32)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--model", default="gru4rec")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--pairs", type=int, default=7)
    options = parser.parse_args()
    line = f"python -m benchmarks.map_cost --model {options.model} --preset {options.preset} --pairs {options.pairs}"
    result, runs = provenance(line, 1), {WITH: list[Any](), WITHOUT: list[Any]()}
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        dataset_id = import_sample(open_workspace(home)).dataset_id
        arguments = [home, dataset_id, options.model, options.preset]
        for pair in range(options.pairs):
            for what in (WITH, WITHOUT) if pair % 2 else (WITHOUT, WITH):
                child = [sys.executable, "-c", CHILD, *arguments, what]
                done = subprocess.run(child, stdout=subprocess.PIPE, text=True, check=True)
                runs[what].append(json.loads(done.stdout))
                print(what, runs[what][-1], flush=True)
    key = f"{options.model} {options.preset}"
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    write_json(RESULT, before | {key: {**result, **summary(runs)}})
    print(key, summary(runs))


def summary(runs: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Medians over the trainings, and both shares that were added."""
    pairs = list(zip(runs[WITH], runs[WITHOUT], strict=True))
    steps = {name: statistics.median(run[name] for run in runs[WITH]) for name in ("list_seconds", "map_seconds")}
    whole = statistics.median(run["seconds"] for run in runs[WITH])
    return {
        "added": round(sum(steps.values()) / (whole - sum(steps.values())), 4),
        "added_by_pair": [round(both["seconds"] / neither["seconds"] - 1, 4) for both, neither in pairs],
        **{name: round(value, 3) for name, value in steps.items()},
        "seconds": {what: [round(run["seconds"], 2) for run in runs[what]] for what in runs},
        "megabytes": {what: round(max(run["peak_memory"] for run in runs[what]) / 1e6) for what in runs},
    }


if __name__ == "__main__":
    main()
