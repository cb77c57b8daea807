"""What lists and map add to a training: `python -m benchmarks.map_cost [LOG --map user=0 item=1] [--model gru4rec …]`.

Trains on the log, or on the sample shop, with both and with neither, in alternation, each in a process of its own with one
thread, and compares CPU seconds. `added` is the share of its steps within a training with both: the lists' (`list_seconds`)
and the map's (`map_seconds`), over the other seconds of the run's record. `added_to_job` is over the other seconds of the
process, which also starts Python, reads the dataset and stores the run. `added_by_pair` is by how much a training with both
takes longer than the one with neither beside it, which varies with the load of the machine. Memory is the peak of the process.

All figures are medians over the pairs. The first training on a dataset also reads its texts and pictures, which are then kept with it:
`first_list_seconds`.

With `--epochs`, the mean epoch of that many stands for each of the preset's (`preset_epochs`), without early stopping.
"""

from __future__ import annotations

import argparse
import json
import shlex
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

from benchmarks.quality import command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.evaluation import protocol
from recsys.evaluation.metrics import NOT_EVALUATED
from recsys.evaluation.protocol import ranks
from recsys.models import MODELS
from recsys.models.base import Recommender
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Split
from recsys.services.data.datasets import import_sample
from recsys.services.train import training
from recsys.services.workspace import open_workspace
from recsys.training.config import TrainingOptions
from recsys.training.trainer import EpochDone

RESULT = Path(__file__).parent / "results" / "map-cost.json"
MAP_STEP, STEPS = (
    "save_map",
    ("protocol.top_items", "measure_lists", "RunFolder.save_lists"),
)  # what makes map and lists
CHILD = "import sys; from benchmarks.map_cost import train_one; train_one(*sys.argv[1:])"
WITH, WITHOUT = "lists and map", "neither"


def train_one(home: str, dataset_id: str, model: str, preset: str, epochs: str, what: str) -> None:
    """Train one run in this process and print its CPU seconds, those of its lists and map, and its peak memory, as JSON.

    `epochs` is empty for those of the preset.
    """
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
    settings, events = {"epochs": int(epochs)} if epochs else {}, list[Any]()
    request = training.TrainRequest(dataset_id, model, preset, settings, TrainingOptions(threads=1))
    record = training.train(open_workspace(home), request, on_event=events.append)
    of_epochs = [event.seconds for event in events if isinstance(event, EpochDone)]
    saved = (preset_epochs(model, preset) - len(of_epochs)) * statistics.mean(of_epochs) if epochs else 0.0
    map_seconds, list_seconds = seconds[MAP_STEP], sum(seconds[name] for name in STEPS)
    figures = {"seconds": record.seconds + saved, "job_seconds": time.process_time() + saved}
    figures |= {"map_seconds": map_seconds, "list_seconds": list_seconds}
    print(json.dumps(figures | {"peak_memory": record.peak_memory}))


def preset_epochs(model: str, preset: str) -> int:
    return int(MODELS[model].Config.from_settings(preset).model_dump()["epochs"])


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
    parser.add_argument("log", nargs="?", help="without it, the sample shop")
    parser.add_argument("--map", nargs="+", default=[])
    parser.add_argument("--name", help="of the log in the results (else the file's)")
    parser.add_argument("--items", help="a table of the items")
    parser.add_argument("--images", help="their pictures, a zip file")
    parser.add_argument("--model", nargs="+", default=["gru4rec"])
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--epochs", default="", help="fewer than the preset's, for a long training")
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    mapped = ["--map", *options.map] if options.map else []
    files = {f"--{name}": getattr(options, name) for name in ("items", "images") if getattr(options, name)}
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        if options.log:
            content = [word for option in files.items() for word in option]
            dataset = command("import", options.log, *mapped, *content, "--accept", "--workspace", home)
        else:
            dataset = vars(import_sample(open_workspace(home)))
        for model in options.model:
            words = [Path(options.log).name, *mapped] if options.log else []
            words += [word for option, path in files.items() for word in (option, Path(path).name)]
            words += ["--name", options.name] if options.name else []
            words += ["--model", model, "--preset", options.preset]
            words += ["--epochs", options.epochs] if options.epochs else []
            line = shlex.join(["python", "-m", "benchmarks.map_cost", *words, "--pairs", str(options.pairs)])
            origin = provenance(line, 1)
            runs = measure([home, dataset["dataset_id"], model, options.preset, options.epochs], options.pairs)
            name = options.name or (Path(options.log).name.partition(".")[0] if options.log else "sample")
            scaled = {"preset_epochs": preset_epochs(model, options.preset)} if options.epochs else {}
            before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
            write_json(RESULT, before | {f"{name} {model} {options.preset}": {**origin, **scaled, **summary(runs)}})


def measure(arguments: list[str], pairs: int) -> dict[str, list[dict[str, float]]]:
    """What the trainings of the pairs print, in the order of the pairs."""
    runs = {WITH: list[Any](), WITHOUT: list[Any]()}
    for pair in range(pairs):
        for what in (WITH, WITHOUT) if pair % 2 else (WITHOUT, WITH):
            child = [sys.executable, "-c", CHILD, *arguments, what]
            done = subprocess.run(child, stdout=subprocess.PIPE, text=True, check=True)
            runs[what].append(json.loads(done.stdout))
            print(arguments[2], what, runs[what][-1], flush=True)
    return runs


def summary(runs: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Medians over the trainings, and the shares that were added."""
    pairs = list(zip(runs[WITH], runs[WITHOUT], strict=True))
    names = ("list_seconds", "map_seconds", "seconds", "job_seconds")
    lists, points, whole, job = (statistics.median(run[name] for run in runs[WITH]) for name in names)
    return {
        "added": round((lists + points) / (whole - lists - points), 4),
        "added_to_job": round((lists + points) / (job - lists - points), 4),
        "added_by_pair": [round(both["seconds"] / neither["seconds"] - 1, 4) for both, neither in pairs],
        "list_seconds": round(lists, 3),
        "first_list_seconds": round(runs[WITH][0]["list_seconds"], 3),
        "map_seconds": round(points, 3),
        "job_seconds": round(job, 2),
        "seconds": {what: [round(run["seconds"], 2) for run in runs[what]] for what in runs},
        "megabytes": {what: round(max(run["peak_memory"] for run in runs[what]) / 1e6) for what in runs},
    }


if __name__ == "__main__":
    main()
