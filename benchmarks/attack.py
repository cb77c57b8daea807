"""Canaries of an overfitted network: `python -m benchmarks.attack LOG [--model M] [--epsilon E] [--drawing N]`.

A canary is a user whose history is drawn at random, so a model can only know it by heart (Carlini et al. 2019,
arXiv:1802.08232). CANARIES of them are added to the log, and a network without dropout is trained for many epochs on half of
all users; the attack of recsys/services/models/attack.py then tells the canaries it was trained on from the others.
`--epsilon` trains with differential privacy, and `--drawing` draws other histories: which half has the easier ones is
chance that all trainings on one drawing share. Each entry of the result file records how it was measured.
"""

from __future__ import annotations

import argparse
import json
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.quality import command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.data.interactions import ITEM, RATING, TIME, USER
from recsys.evaluation.membership import auc, fit_of, roc, true_positive_rate, user_means
from recsys.services.models.attack_users import draw_users
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run

RESULT = Path(__file__).parent / "results" / "attack.json"
CANARIES, EVENTS, PREFIX, SEED = 400, 30, "canary", 20_261_130
HELD_OUT = 0.5  # of all users
OVERFITTED = {"dropout": "0", "epochs": "40", "patience": "40", "learning_rate": "0.003"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("log", type=Path, help="u.data of MovieLens 100K")
    parser.add_argument("--model", nargs="+", default=["sasrec"], choices=("gru4rec", "sasrec"))
    parser.add_argument("--epsilon", nargs="+", default=["inf"], help="budgets to train with; inf: without protection")
    parser.add_argument("--seed", nargs="+", default=["1"])
    parser.add_argument("--drawing", type=int, default=1, help="of the canaries' histories")
    parser.add_argument("--set", nargs="+", default=[], metavar="key=value", help="settings of the trainings")
    parser.add_argument("--workspace", help="where datasets and runs are kept (else a folder that is deleted)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, planted = options.workspace or f"{folder}/home", Path(folder) / "log.csv"
        with_canaries(options.log, options.drawing).to_csv(planted, index=False)
        dataset = command("import", str(planted), "--name", "Canaries", "--workspace", home)
        for model in options.model:
            for epsilon in options.epsilon:
                for seed in options.seed:
                    words = Words(options.log.name, model, epsilon, seed, options.drawing, tuple(options.set))
                    attacked(home, dataset["dataset_id"], words)


@dataclass(frozen=True)
class Words:
    """What one training was requested by on the command line; `changed` are its settings."""

    log: str
    model: str
    epsilon: str  # "inf" without protection
    seed: str
    drawing: int
    changed: tuple[str, ...]

    @property
    def private(self) -> list[str]:
        return ["--epsilon", self.epsilon] if self.epsilon != "inf" else []

    @property
    def command(self) -> str:
        drawing = ["--drawing", str(self.drawing)] if self.drawing > 1 else []
        changed = ["--set", *self.changed] if self.changed else []
        words = [self.log, "--model", self.model, "--seed", self.seed, *self.private, *drawing, *changed]
        return shlex.join(["python", "-m", "benchmarks.attack", *words])

    @property
    def name(self) -> str:
        """Of the entry in the result file."""
        epsilon = [f"epsilon={self.epsilon}"] if self.epsilon != "inf" else []
        drawing = [f"drawing={self.drawing}"] if self.drawing > 1 else []
        return shlex.join([self.model, *epsilon, f"seed={self.seed}", *drawing, *self.changed])


def with_canaries(path: Path, drawing: int = 1) -> pd.DataFrame:
    """The log with CANARIES more users of EVENTS distinct items each, all items alike, at the times of other events."""
    log = pd.read_csv(path, sep="\t", names=[USER, ITEM, RATING, TIME])
    rng, items = np.random.default_rng(SEED + drawing - 1), np.sort(log[ITEM].unique())
    planted = pd.concat(
        pd.DataFrame({
            USER: f"{PREFIX}{number:03}", ITEM: rng.choice(items, EVENTS, replace=False),
            RATING: rng.choice(log[RATING], EVENTS), TIME: np.sort(rng.choice(log[TIME], EVENTS)),
        })
        for number in range(CANARIES)
    )  # fmt: skip
    return pd.concat([log, planted], ignore_index=True)


def attacked(home: str, dataset_id: str, words: Words) -> None:
    """Train one model, attack it and add it to the results."""
    settings = {**OVERFITTED, **dict(pair.split("=", 1) for pair in words.changed)}
    overfitted = [f"{name}={value}" for name, value in settings.items()]
    result = provenance(words.command, int(words.seed))
    record = command(
        "train", dataset_id, "--model", words.model, "--seed", words.seed, "--held-out-users", str(HELD_OUT),
        *words.private, "--set", *overfitted, "--workspace", home,
    )  # fmt: skip
    run = open_run(open_workspace(home), record["run_id"])
    ids = run.dataset.interactions.user_ids.astype(str)
    is_canary = np.char.startswith(ids, PREFIX)
    result |= {
        "model": words.model,
        "epsilon": None if words.epsilon == "inf" else words.epsilon,
        "settings": settings,
        "drawing": words.drawing,
    }
    result |= {"canaries": CANARIES, "events": EVENTS}
    result |= {key: record[key] for key in ("epochs", "best_epoch", "seconds", "metrics")}
    result["of_canaries"] = areas(run, np.flatnonzero(is_canary))
    result["of_others"] = areas(run, np.flatnonzero(~is_canary))
    print(words.name, result["best_epoch"], result["of_canaries"], result["of_others"], flush=True)
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    write_json(RESULT, before | {words.name: result})


def areas(run: OpenRun, among: np.ndarray) -> dict[str, Any]:
    """AUC with its interval, by loss and by rank, and the shares found at 1 % and 10 % false positives, among these users."""
    users = draw_users(run, len(among), among)
    fit = fit_of(run.model, users.targets, hide_seen=run.split.hide_seen)
    answer: dict[str, Any] = {"members": int(users.is_member.sum()), "others": int((~users.is_member).sum())}
    for name, values in (("loss", fit.losses), ("rank", fit.log_ranks)):
        scores = -user_means(users.targets, values, users.users)
        members, others = scores[users.is_member], scores[~users.is_member]
        area, interval = auc(members, others)
        rates = [true_positive_rate(roc(members, others), share) for share in (0.01, 0.1)]
        answer[name] = {"auc": area, "interval": interval, "true_positive_rates": rates}
    return answer


if __name__ == "__main__":
    main()
