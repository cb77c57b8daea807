"""Faithfulness of explanations: `python -m benchmarks.faithfulness LOG [--model …] [--asked 200] [--set epochs=9 …]`.

Trains each model with its default settings and evaluates every method on the first recommendation of `--asked` users,
drawn by seed: deletion and insertion areas beside random orders, with 95 % bootstrap intervals over users
(services/models/trust.py), the verdict counts, and the rank of attention among the methods. A setting applies to the
models that have it. Prints a table. Other models keep their entry in the result file.
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

BLIND = ("popularity", "recent_popularity")  # the same list for everyone: nothing to explain
LOOKS = ("attention", "attention_rollout")
HEAD = (
    "| model | method | deletion | insertion | random less deletion | insertion less random | insertion less deletion | holds "
    "| weak |\n" + "|---" * 9 + "|"
)


def measured(dataset_id: str, model: str, train: list[str], num_users: int, home: str) -> dict[str, Any]:
    """Train one model and measure its explanations."""
    run = command("train", dataset_id, "--model", model, *train, "--workspace", home)
    trust_record = trust.measure(open_run(open_workspace(home), run["run_id"]), num_users)
    print("\n".join(table(model, trust_record)), flush=True)
    metrics = run["metrics"] or {}
    about = {"epochs": run["epochs"], "ndcg@10": metrics.get("ndcg@10"), "attention": places(trust_record)}
    fields = trust_record.model_dump(mode="json", exclude={"weights_sha256", "measured", "seed"})
    return {**about, "asked_seed": trust_record.seed, **fields}


def places(trust_record: Trust) -> dict[str, dict[str, Any]]:
    """Per attention method: its rank among all methods by gain, and whether it beats random orders."""
    order = [method.method for method in sorted(trust_record.methods, key=lambda method: -method.gain.mean)]
    return {
        method.method: {
            "place": order.index(method.method) + 1,
            "of": len(order),
            "is_beyond_random": method.gain.interval is not None and method.gain.interval[0] > 0,
        }
        for method in trust_record.methods
        if method.method in LOOKS
    }


def table(model: str, trust_record: Trust) -> list[str]:
    """The rows of a Markdown table."""
    share = {
        name: [method.verdicts.get(name, 0) / trust_record.num_users for method in trust_record.methods]
        for name in ("holds", "weak")
    }
    rows = [
        f"| {model} | `{method.method}` | {method.deletion.mean:.3f} | {method.insertion.mean:.3f} | "
        f"{shown(method.undoes)} | {shown(method.rebuilds)} | {shown(method.gain)} | {holds:.0%} | {weak:.0%} |"
        for method, holds, weak in zip(trust_record.methods, share["holds"], share["weak"], strict=True)
    ]
    random = trust_record.random.mean
    return [*rows, f"| {model} | random orders | {random:.3f} | {random:.3f} | 0 | 0 | 0 | | |"]


def shown(figure: Figure) -> str:
    return (
        f"{figure.mean:.3f}"
        if figure.interval is None
        else f"{figure.mean:.3f} ({figure.interval[0]:.3f} to {figure.interval[1]:.3f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
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
            settings = [
                setting for setting in options.set if setting.partition("=")[0] in MODELS[model].Config.model_fields
            ]
            chosen = ["--set", *settings] if settings else []
            arguments = ["python", "-m", "benchmarks.faithfulness", log.name, *mapped, "--model", model,
                     "--asked", str(options.asked), "--name", options.name or log.stem, *chosen, *threads]  # fmt: skip
            origin = provenance(shlex.join(arguments), int(options.seed))
            train = ["--seed", options.seed, *threads, *chosen]
            result = measured(dataset["dataset_id"], model, train, options.asked, home)
            keep(path, dataset, model, {**origin, **result})


if __name__ == "__main__":
    main()
