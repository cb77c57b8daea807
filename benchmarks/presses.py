"""Concurrent presses of Train: `python -m benchmarks.presses [--rounds 50] [--presses 8]`.

Two processes press at the same time, half of the presses each, from parallel threads; then all jobs are awaited. Every
press must create one run that is trained once, or be refused with a message.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.data.importing.load import ImportRequest
from recsys.errors import RecsysError
from recsys.services.data.datasets import SAMPLES, import_dataset
from recsys.services.train import job_list, training
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace

RESULTS = Path(__file__).parent / "results"


def press(workspace: Workspace, dataset_id: str, presses: int, at: float) -> list[str]:
    """Run ids of presses that happen together at the time `at`; a refusal is "refused: …"."""
    answers = []

    def once() -> None:
        time.sleep(max(0.0, at - time.time()))
        try:
            answers.append(training.start(workspace, TrainRequest(dataset_id, "popularity")))
        except RecsysError as error:
            answers.append(f"refused: {error.message}")

    threads = [threading.Thread(target=once) for _ in range(presses)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def presser(path: str, dataset_id: str, presses: int) -> None:
    """A process that presses for each time read from standard input."""
    workspace = open_workspace(path)
    for line in sys.stdin:
        print(json.dumps(press(workspace, dataset_id, presses, float(line))), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--presses", type=int, default=8)
    parser.add_argument("--as-presser", nargs=2, metavar=("WORKSPACE", "DATASET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_presser:
        path, dataset_id = options.as_presser
        presser(path, dataset_id, options.presses)
        return
    origin = provenance(f"python -m benchmarks.presses --rounds {options.rounds} --presses {options.presses}", 1)
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        write_json(
            RESULTS / "presses.json", {**origin, **measure(open_workspace(home), options.rounds, options.presses)}
        )


def measure(workspace: Workspace, rounds: int, presses: int) -> dict[str, int]:
    dataset = import_dataset(workspace, ImportRequest(SAMPLES / "article" / "ratings.csv"))
    presser_command = [sys.executable, "-m", "benchmarks.presses", "--presses", str(presses // 2)]
    presser_command += ["--as-presser", str(workspace.path), dataset.dataset_id]
    pressers = [
        subprocess.Popen(presser_command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    answers: list[str] = []
    for done in range(rounds):
        at = time.time() + (5.0 if done == 0 else 0.5)  # the first round waits until both have loaded
        for process in pressers:
            assert process.stdin is not None
            process.stdin.write(f"{at}\n")
            process.stdin.flush()
        for process in pressers:
            assert process.stdout is not None
            answers += json.loads(process.stdout.readline())
    for process in pressers:
        process.communicate()
    while job_list.running_jobs(workspace):
        job_list.start_due_jobs(workspace)
        time.sleep(0.5)
    ids = [answer for answer in answers if not answer.startswith("refused")]
    num_ends = Counter({i: sum(line["kind"] == "end" for line in workspace.runs.open(i).progress()) for i in ids})
    result = {
        "pressed": len(answers),
        "refused": len(answers) - len(ids),
        "finished": sum(job_list.progress(workspace, run_id).state == "finished" for run_id in ids),
        "shared": len(ids) - len(set(ids)),
        "lost": sum(num_ends[run_id] == 0 for run_id in ids),
        "doubled": sum(num_ends[run_id] > 1 for run_id in ids),
        "runs": len(workspace.runs.list()),
    }
    print(result)
    return result


if __name__ == "__main__":
    main()
