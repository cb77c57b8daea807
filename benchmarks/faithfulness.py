"""Do explanations hold? `python -m benchmarks.faithfulness LOG [--model sasrec …] [--asked 200] [--set epochs=9 …]`.

Trains each model with its default settings and judges every method for the first recommendation of `--asked` users, drawn by
seed: areas of deletion and insertion beside random orders, with 95 % bootstrap intervals over users (services/trust.py),
how often each verdict was given, and the place of attention among the methods. A setting goes to the models that have it.
Prints a table; models that were not asked for stay in the result file as they are.
"""

from __future__ import annotations

import argparse
import shlex
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.quality import RESULTS, command, keep
from benchmarks.record import provenance
from recsys.models import MODELS
from recsys.runs.trust_record import Figure, Trust
from recsys.services.models import trust
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run

BLIND = ("popularity", "recent_popularity")  # the same list for everyone: nothing to judge
LOOKS = ("attention", "attention_rollout")
HEAD = (
    "| model | method | deletion | insertion | random less deletion | insertion less random | insertion less deletion | holds "
    "| weak |\n" + "|---" * 9 + "|"
)


def measured(dataset_id: str, model: str, train: list[str], asked: int, home: str) -> dict[str, Any]:
    """Trains one model and judges its explanations."""
    run = command("train", dataset_id, "--model", model, *train, "--workspace", home)
    found = trust.measure(open_run(open_workspace(home), run["run_id"]), asked)
    print("\n".join(table(model, found)), flush=True)
    metrics = run["metrics"] or {}
    about = {"epochs": run["epochs"], "ndcg@10": metrics.get("ndcg@10"), "attention": places(found)}
    kept = found.model_dump(mode="json", exclude={"weights_sha256", "measured", "seed"})
    return {**about, "asked_seed": found.seed, **kept}


def places(found: Trust) -> dict[str, dict[str, Any]]:
    """By method that tells where the model looked: its place among all by gain, and whether it is beyond random orders."""
    order = [one.method for one in sorted(found.methods, key=lambda one: -one.gain.mean)]
    return {
        one.method: {
            "place": order.index(one.method) + 1,
            "of": len(order),
            "is_beyond_random": one.gain.interval is not None and one.gain.interval[0] > 0,
        }
        for one in found.methods
        if one.method in LOOKS
    }


def table(model: str, found: Trust) -> list[str]:
    """The rows of a Markdown table."""
    share = {name: [one.verdicts.get(name, 0) / found.num_users for one in found.methods] for name in ("holds", "weak")}
    rows = [
        f"| {model} | `{one.method}` | {one.deletion.mean:.3f} | {one.insertion.mean:.3f} | {shown(one.undoes)} | "
        f"{shown(one.rebuilds)} | {shown(one.gain)} | {holds:.0%} | {weak:.0%} |"
        for one, holds, weak in zip(found.methods, share["holds"], share["weak"], strict=True)
    ]
    random = found.random.mean
    return [*rows, f"| {model} | random orders | {random:.3f} | {random:.3f} | 0 | 0 | 0 | | |"]


def shown(one: Figure) -> str:
    return (
        f"{one.mean:.3f}"
        if one.interval is None
        else f"{one.mean:.3f} ({one.interval[0]:.3f} to {one.interval[1]:.3f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log")
    parser.add_argument("--model", nargs="+", default=[name for name in MODELS if name not in BLIND])
    parser.add_argument("--asked", type=int, default=200, help="users whose first recommendation is explained")
    parser.add_argument("--map", nargs="+", default=[])
    parser.add_argument("--name", help="names the result file (else the log's name)")
    parser.add_argument("--set", nargs="+", default=[])
    parser.add_argument("--seed", default="1")
    parser.add_argument("--threads")
    options = parser.parse_args()
    threads = ["--threads", options.threads] if options.threads else []
    mapped = ["--map", *options.map] if options.map else []
    log = Path(options.log)
    path = RESULTS / f"faithfulness-{options.name or log.stem}.json"
    print(HEAD)
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        dataset = command("import", options.log, *mapped, "--workspace", home)
        for model in options.model:
            settings = [one for one in options.set if one.partition("=")[0] in MODELS[model].Config.model_fields]
            chosen = ["--set", *settings] if settings else []
            asked = ["python", "-m", "benchmarks.faithfulness", log.name, *mapped, "--model", model,
                     "--asked", str(options.asked), "--name", options.name or log.stem, *chosen, *threads]  # fmt: skip
            told = provenance(shlex.join(asked), int(options.seed))
            train = ["--seed", options.seed, *threads, *chosen]
            found = measured(dataset["dataset_id"], model, train, options.asked, home)
            keep(path, dataset, model, {**told, **found})


if __name__ == "__main__":
    main()
