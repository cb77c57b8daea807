"""Measures the explanations of quick networks on the sample shop, and writes what is shipped in sample_data/faithfulness.

python -m benchmarks.sample_trust --model gru4rec sasrec --users 100
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from functools import partial
from pathlib import Path

import torch

from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.services.data.datasets import import_sample
from recsys.services.models.sample_trust import FOLDER, SampleTrust
from recsys.services.models.trust import measure
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run

SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--model", nargs="+", default=["gru4rec", "sasrec"])
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--users", type=int, default=100)
    options = parser.parse_args()
    torch.set_num_threads(1)
    arguments = ["--model", *options.model, "--preset", options.preset, "--users", str(options.users)]
    origin = provenance(shlex.join(["python", "-m", "benchmarks.sample_trust", *arguments]), SEED)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(Path(home))
        english, chinese = (import_sample(workspace, language=language).dataset_id for language in ("en", "zh"))
        for model in options.model:
            run_id = train(workspace, TrainRequest(english, model, options.preset, run_id=model)).run_id
            run = open_run(workspace, run_id)
            trust = measure(run, options.users, partial(_say, model))
            shipped = SampleTrust(config=run.config, datasets=(english, chinese), trust=trust, origin=origin)
            write_json(FOLDER / f"{model}.json", shipped.model_dump(mode="json"))
            print(model, trust.usual, trust.faithful_share, f"{trust.seconds:.0f} s", flush=True)


def _say(model: str, share: float, doing: str) -> None:
    print(f"\r{model}: {share:.0%} {doing:60.60}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
