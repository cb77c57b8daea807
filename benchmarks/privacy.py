"""What privacy costs: `python -m benchmarks.privacy [LOG --map user=0 item=1 …] [--model gru4rec] [--seeds 1 2 3]`.

Trains the privacy series of a model (recsys/services/models/privacy_series.py) on the log, or on the sample shop, once for
each seed: central, ε 8, 3 and 1, federated, and federated with ε 8; each is attacked after its training. Of each member the
table has NDCG@10 and popularity's on the test users, ε spent, the AUC of the strongest attack, bytes, and CPU seconds over all
threads: each seed's, and their means. Each entry of the result file records how it was measured.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.quality import by_own_clock, command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.services.data.datasets import import_sample
from recsys.services.workspace import open_workspace

RESULT = Path(__file__).parent / "results" / "privacy.json"
MEANS = ("ndcg@10", "epsilon", "auc", "bytes", "seconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log", nargs="?", type=Path)
    parser.add_argument("--map", nargs="+", default=[])
    parser.add_argument("--model", default="gru4rec")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--seeds", nargs="+", default=["1", "2", "3"])
    options = parser.parse_args()
    name = "sample" if options.log is None else options.log.name
    words = [*([] if options.log is None else [name]), *(["--map", *options.map] if options.map else [])]
    words += ["--model", options.model, "--preset", options.preset, "--seeds", *options.seeds]
    result = provenance(shlex.join(["python", "-m", "benchmarks.privacy", *words]), int(options.seeds[0]))
    with tempfile.TemporaryDirectory() as home:
        if options.log is None:
            dataset_id = import_sample(open_workspace(home)).dataset_id
        else:
            mapped = ["--map", *options.map] if options.map else []
            dataset_id = command("import", str(options.log), *mapped, "--workspace", home)["dataset_id"]
        answers = {}
        for seed in options.seeds:
            answers[seed] = by_own_clock(
                "privacy", dataset_id, "--model", options.model, "--preset", options.preset, "--seed", seed,
                "--workspace", home,
            )  # fmt: skip
            result |= {"members": by_member(answers), "popularity": [a["popularity"] for a in answers.values()]}
            print(name, options.model, seed, json.dumps(result["members"]), flush=True)
            keep(f"{name} {options.model} {options.preset}", result)


def by_member(answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Name of a member -> the rows of all seeds, and their means where all seeds have a value."""
    members: dict[str, Any] = {}
    for seed, answer in answers.items():
        for row in answer["members"]:
            members.setdefault(row["name"], {"seeds": {}})["seeds"][seed] = row
    for member in members.values():
        columns = {name: [row.get(name) for row in member["seeds"].values()] for name in MEANS}
        member["mean"] = {name: statistics.fmean(column) for name, column in columns.items() if None not in column}
    return members


def keep(name: str, result: dict[str, Any]) -> None:
    results = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    write_json(RESULT, results | {name: result})


if __name__ == "__main__":
    main()
