"""Cold-start items by content: `python -m benchmarks.content_cold [FOLDER] [--model gru4rec] [--set epochs=12 …]`.

On the sample shop, or on MovieLens-1M if FOLDER holds ratings.csv.gz, movies.dat, dbpedia_abstracts.json.gz and
posters_64x96.zip. A tenth of the items is held out of training. Models with ids, texts (title and abstract), pictures,
and both (with categories) rank each of their events among the whole catalogue, compared with the better variant of
category popularity. The usual test events of the other items are compared with the model of ids. All differences are
paired by user.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.paired import paired
from benchmarks.quality import command
from benchmarks.record import provenance
from recsys.data.files import write_json
from recsys.evaluation.metrics import means, per_user
from recsys.evaluation.protocol import ranks
from recsys.services.data.datasets import import_sample
from recsys.services.models.segment_report import category_ranks
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run

RESULTS = Path(__file__).parent / "results"
IDS, HEADLINE = "ids", "ndcg@10"
CONTENT = {
    IDS: "",
    "text": "title, text",
    "picture": "picture",
    "text, category and picture": "title, text, category, picture",
}


def write_items(folder: Path, out: Path) -> None:
    """Write one table of titles, genres and abstracts by movie id."""
    with gzip.open(folder / "dbpedia_abstracts.json.gz", "rt", encoding="utf-8") as file:
        abstracts = json.load(file)
    with out.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["item_id", "title", "category", "text"])
        for line in (folder / "movies.dat").read_text(encoding="latin-1").splitlines():
            movie, title, genres = line.split("::")
            table.writerow([movie, title, genres, abstracts.get(movie, "")])


def imported(folder: Path | None, home: str) -> str:
    """Import the data into the workspace `home`; returns the dataset's id."""
    if folder is None:
        return str(import_sample(open_workspace(home)).dataset_id)
    write_items(folder, Path(home) / "items.csv")
    dataset = command(
        "import", str(folder / "ratings.csv.gz"), "--map", "time=event_order", "--items", f"{home}/items.csv",
        "--images", str(folder / "posters_64x96.zip"), "--workspace", home,
    )  # fmt: skip
    return str(dataset["dataset_id"])


def gain(users: np.ndarray, target_ranks: np.ndarray, reference_ranks: np.ndarray) -> dict[str, Any]:
    """By how much NDCG@10 of `target_ranks` is above that of `reference_ranks`, paired by user."""
    return paired(users, per_user(target_ranks, (10,))[HEADLINE] - per_user(reference_ranks, (10,))[HEADLINE])


def warm_ranks(run: OpenRun) -> np.ndarray:
    """Ranks of the usual test events on items that were not held out, ordered by user."""
    test = run.split.test
    return ranks(run.model, test.take(np.flatnonzero(run.split.train.item_counts[test.items])), run.candidates)


def warm_users(run: OpenRun) -> np.ndarray:
    test = run.split.test
    return test.users[run.split.train.item_counts[test.items] > 0]


def measured(run: OpenRun, ids: np.ndarray | None) -> dict[str, Any]:
    """Cold and warm metrics; `ids` are the warm ranks of the model of ids, None for itself."""
    cold, warm = run.split.cold, warm_ranks(run)
    result: dict[str, Any] = {"warm": means(warm, (10,))}
    if ids is not None:
        result["warm_against_ids"] = gain(warm_users(run), warm, ids)
    categories = category_ranks(run)
    best = max(categories, key=lambda name: means(categories[name], (10,))[HEADLINE])
    result["category_popularity"] = {name: means(values, (10,)) for name, values in categories.items()}
    if run.model.scores_cold:
        cold_ranks = ranks(run.model, cold, run.candidates)
        result |= {
            "cold": means(cold_ranks, (10,)),
            "cold_against_category": {"best": best, **gain(cold.users, cold_ranks, categories[best])},
        }
    return {"cold_items": len(run.split.cold_items), "cold_targets": len(cold), **result}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--model", default="gru4rec")
    parser.add_argument("--set", nargs="+", default=["epochs=12"])
    parser.add_argument("--threads")
    parser.add_argument("--cold-share", default="0.1")
    options = parser.parse_args()
    threads = ("--threads", options.threads) if options.threads else ()
    name = "sample" if options.folder is None else options.folder.name
    origin = provenance(
        f"python -m benchmarks.content_cold {name} --model {options.model} --set {' '.join(options.set)}", 1
    )
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        dataset_id, ids = imported(options.folder, home), None
        for inputs, content in CONTENT.items():
            settings = [*options.set, *([f"content={content}"] if content else [])]
            run = command(
                "train", dataset_id, "--model", options.model, "--set", *settings,
                "--cold-share", options.cold_share, *threads, "--workspace", home,
            )  # fmt: skip
            opened = open_run(open_workspace(home), run["run_id"])
            rows.append({
                "content": inputs, "seconds": round(run["seconds"]), "epochs": run["epochs"], "best": run["best_epoch"],
                "validation": run["best_validation_ndcg"], **measured(opened, ids),
            })  # fmt: skip
            ids = warm_ranks(opened) if inputs == IDS else ids
            print(rows[-1], flush=True)
            write_json(RESULTS / f"content-cold-{name}-{options.model}.json", {**origin, "rows": rows})


if __name__ == "__main__":
    main()
