"""Effect of pictures and texts on rare items: `python -m benchmarks.content_sample [--model …]`.

On the sample shop, with planted tastes. Half of the events on rare items (at most 5 events) are held out, then the
other half. A model of ids and the same model with pictures, with texts and with both rank each of them among the whole
catalogue, given the user's earlier events. The planted taste tells which targets pictures, or texts, can predict.
Differences are paired by user: 95 % bootstrap intervals, and p by random sign flips (Fisher 1935).
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.paired import paired
from benchmarks.record import provenance
from recsys.data.dataset import Dataset
from recsys.data.files import write_json
from recsys.data.interactions import Interactions
from recsys.evaluation.metrics import means
from recsys.evaluation.protocol import ranks
from recsys.models import MODELS
from recsys.models.inputs.features import shape_of
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Split, Targets, leave_one_out
from recsys.services.data.datasets import import_sample
from recsys.services.workspace import open_workspace
from recsys.training.device import set_threads
from recsys.training.trainer import Trainer

RESULTS = Path(__file__).parent / "results"
CAUSES = Path(__file__).parents[1] / "sample_data" / "causes.csv"
RARE, FOLDS = 5, 2
CONTENT = {"ids": "", "picture": "picture", "text": "text", "picture and text": "picture, text"}


def folds(log: Interactions) -> list[tuple[Split, Targets]]:
    """Two splits: each trains without half of the events on rare items, which are its targets."""
    usual = leave_one_out(log)
    rare = np.flatnonzero(log.item_counts[log.items] <= RARE)
    rare = np.random.default_rng(1).permutation(rare)
    is_train = np.ones(len(log), dtype=bool)
    is_train[usual.test.ends] = is_train[usual.validation.ends] = False
    splits = []
    for part in np.array_split(rare, FOLDS):
        is_fold_train = is_train.copy()
        is_fold_train[part] = False
        rows = np.sort(part)
        targets = Targets(log, log.users[rows], log.items[rows], rows)
        splits.append((replace(usual, train=log.keep(is_fold_train)), targets))
    return splits


def train(dataset: Dataset, split: Split, name: str, content: str, epochs: int | None, seed: int) -> Any:
    kind = MODELS[name]
    settings = {"content": content, **({"epochs": epochs} if epochs else {})}
    config = kind.Config.from_settings("balanced", settings)
    torch.manual_seed(seed)
    model = kind(shape_of(dataset, config.content_columns, config.user_columns), config)
    trainer = Trainer(model, split, seed=seed, device=torch.device("cpu"))
    for _ in trainer.run():
        pass
    print(name, content or "ids", trainer.snapshot.best_epoch, trainer.snapshot.best_ndcg, flush=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--model", default="sasrec")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    set_threads(options.threads)
    origin = provenance(
        f"python -m benchmarks.content_sample --model {options.model} --epochs {options.epochs}", options.seed
    )
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        workspace = open_workspace(home)
        dataset = workspace.datasets.load(import_sample(workspace).dataset_id)
        log = dataset.interactions
        causes = pd.read_csv(CAUSES).set_index(["user_id", "item_id"])["cause"]
        rank_parts: dict[str, list[np.ndarray]] = {}
        warm: dict[str, list[float]] = {}
        users_of, cause_list = [], []
        for split, targets in folds(log):
            pairs = zip(log.user_ids[targets.users], log.item_ids[targets.items], strict=True)
            cause_list += [str(causes.get(pair, "other")) for pair in pairs]
            users_of.append(targets.users)
            for name, content in CONTENT.items():
                model = train(dataset, split, options.model, content, options.epochs, options.seed)
                candidates = Candidates.of(split, scores_cold=True)  # the same candidates for all models
                rank_parts.setdefault(name, []).append(ranks(model, targets, candidates))
                warm.setdefault(name, []).append(means(ranks(model, split.test, candidates), (10,))["ndcg@10"])
    users, causes_of = np.concatenate(users_of), np.array(cause_list)
    all_ranks = {name: np.concatenate(parts) for name, parts in rank_parts.items()}
    rows = []
    for taste in ("picture", "text"):
        is_taste = causes_of == taste
        for name in CONTENT:
            gain = 1 / np.log2(1 + all_ranks[name][is_taste]) - 1 / np.log2(1 + all_ranks["ids"][is_taste])
            rows.append({
                "taste": taste, "model": name, "targets": int(is_taste.sum()),
                "median_rank": float(np.median(all_ranks[name][is_taste])), **means(all_ranks[name][is_taste], (10,)),
                "against_ids": paired(users[is_taste], gain),
            })  # fmt: skip
            print(rows[-1], flush=True)
    write_json(RESULTS / f"content-sample-{options.model}.json", {
        **origin, "rare": RARE, "gain": "1 / log2(1 + rank), by user", "rows": rows,
        "usual_test_ndcg@10": {name: [round(v, 4) for v in values] for name, values in warm.items()},
    })  # fmt: skip


if __name__ == "__main__":
    main()
