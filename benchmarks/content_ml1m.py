"""New films on MovieLens-1M: `python -m benchmarks.content_ml1m FOLDER [--model gru4rec] [--set epochs=12 …]`.

FOLDER holds ratings.csv.gz, movies.dat, dbpedia_abstracts.json.gz and posters_64x96.zip. A tenth of the films is held out
of training; models with ids, texts (title and abstract), posters and both (with genres) rank each of their events among
the whole catalogue. Beside them popularity in the category, and each against the better of its two forms, paired by user.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import tempfile
from pathlib import Path

from benchmarks.quality import command
from benchmarks.record import provenance
from recsys.data.files import write_json

RESULTS = Path(__file__).parent / "results"
CONTENT = {
    "ids": "",
    "text": "title, text",
    "picture": "picture",
    "text, genres and picture": "title, text, category, picture",
}


def write_items(folder: Path, out: Path) -> None:
    """One table of titles, genres and abstracts by movie id."""
    with gzip.open(folder / "dbpedia_abstracts.json.gz", "rt", encoding="utf-8") as file:
        abstracts = json.load(file)
    with out.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["item_id", "title", "category", "text"])
        for line in (folder / "movies.dat").read_text(encoding="latin-1").splitlines():
            movie, title, genres = line.split("::")
            table.writerow([movie, title, genres, abstracts.get(movie, "")])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="gru4rec")
    parser.add_argument("--set", nargs="+", default=["epochs=12"])
    parser.add_argument("--threads")
    parser.add_argument("--cold-share", default="0.1")
    options = parser.parse_args()
    threads = ("--threads", options.threads) if options.threads else ()
    told = provenance(
        f"python -m benchmarks.content_ml1m ml-1m --model {options.model} --set {' '.join(options.set)}", 1
    )
    rows = []
    with tempfile.TemporaryDirectory(prefix="recscope-") as home:
        place = ("--workspace", home)
        write_items(options.folder, Path(home) / "items.csv")
        dataset = command(
            "import", str(options.folder / "ratings.csv.gz"), "--map", "time=event_order",
            "--items", f"{home}/items.csv", "--images", str(options.folder / "posters_64x96.zip"), *place,
        )  # fmt: skip
        for name, content in CONTENT.items():
            settings = [*options.set, *([f"content={content}"] if content else [])]
            run = command(
                "train", dataset["dataset_id"], "--model", options.model, "--set", *settings,
                "--cold-share", options.cold_share, *threads, *place,
            )  # fmt: skip
            found = command("evaluate", run["run_id"], *place)
            rows.append({
                "content": name, "seconds": round(run["seconds"]), "epochs": run["epochs"], "best": run["best_epoch"],
                "warm_and_cold_test": {key: found["metrics"][key] for key in ("ndcg@10", "hr@10")},
                "segments": found["segments"], "cold": found["cold"],
            })  # fmt: skip
            print(name, rows[-1]["seconds"], "s", found["metrics"]["ndcg@10"], found["cold"], flush=True)
            write_json(RESULTS / f"content-ml1m-{options.model}.json", {**told, "dataset": dataset, "rows": rows})


if __name__ == "__main__":
    main()
