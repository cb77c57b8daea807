"""Check that stored runs still give their stored ranks: `python -m benchmarks.same_ranks WORKSPACE`.

Opens every complete run of a workspace, ranks its held-out items again and compares with `per_user.parquet`. Run it on
a workspace of an earlier version to check that a code change left all models unchanged. Exit 1 if a rank differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.services.train.training import user_ranks
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--name", help="writes the result under this name")
    options = parser.parse_args()
    torch.set_num_threads(1)
    workspace = open_workspace(options.workspace)
    result = {}
    for folder in workspace.runs.list():
        stored = folder.load_ranks()
        if folder.record is None or stored is None:
            continue
        run = open_run(workspace, folder.run_id)
        is_equal = stored.equals(user_ranks(run.model, run.split))
        result[folder.run_id] = {"model": run.config.model, "users": len(stored), "equal": bool(is_equal)}
        print(folder.run_id, "equal" if is_equal else "DIFFERENT", flush=True)
    if options.name:
        command = f"python -m benchmarks.same_ranks WORKSPACE --name {options.name}"
        write_json(RESULTS / f"same-ranks-{options.name}.json", {**provenance(command, 1), "runs": result})
    return 0 if all(run["equal"] for run in result.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
