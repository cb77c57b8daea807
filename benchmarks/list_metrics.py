"""Values of list metrics by RecTools and LensKit on random lists: `python -m benchmarks.list_metrics`.

Needs an environment with `rectools` and `lenskit`, which RecScope does not depend on. Tests compare our values with the
stored ones.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.record import provenance
from recsys.data.files import write_json

RESULT = Path(__file__).parent / "results" / "list-metrics.json"
SEED, CASES = 20_261_130, 12


def main() -> None:
    result = provenance("python -m benchmarks.list_metrics", SEED)
    result["versions"] = {name: version(name) for name in ("rectools", "lenskit")}
    rng = np.random.default_rng(SEED)
    result["cases"] = [case(rng) for _ in range(CASES)]
    write_json(RESULT, result)


def case(rng: np.random.Generator) -> dict[str, Any]:
    """A random log of distinct (user, item) pairs, a held-out item a user, lists of which some are short, and values."""
    num_users, num_items, k = int(rng.integers(5, 40)), int(rng.integers(12, 60)), int(rng.integers(2, 8))
    share = 1 / np.arange(1, num_items + 1)
    log = [
        [user, int(item)]
        for user in range(1, num_users + 1)
        for item in rng.choice(num_items, int(rng.integers(1, 10)), replace=False, p=share / share.sum()) + 1
    ]
    lists = [[*map(int, rng.permutation(num_items)[:k] + 1)] for _ in range(num_users)]
    for row in rng.choice(num_users, num_users // 4, replace=False):
        lists[row] = lists[row][: int(rng.integers(1, k + 1))]
    targets = [int(rng.choice(row)) if rng.random() < 0.5 else int(rng.integers(1, num_items + 1)) for row in lists]
    categories = rng.integers(0, 3, num_items).tolist()
    made = {"num_items": num_items, "k": k, "log": log, "lists": lists, "targets": targets, "categories": categories}
    return made | {"values": values(made)}


def values(made: dict[str, Any]) -> dict[str, Any]:
    from lenskit.data import ItemList
    from lenskit.metrics.ranking import ListGini
    from rectools import Columns
    from rectools.metrics import AvgRecPopularity, CatalogCoverage, IntraListDiversity, MeanInvUserFreq, Serendipity
    from rectools.metrics.distances import PairwiseHammingDistanceCalculator

    k, catalogue = made["k"], list(range(1, made["num_items"] + 1))
    recommended = pd.DataFrame(
        [
            (user, item, rank)
            for user, items in enumerate(made["lists"], start=1)
            for rank, item in enumerate(items, start=1)
        ],
        columns=[Columns.User, Columns.Item, Columns.Rank],
    )
    log = pd.DataFrame(made["log"], columns=[Columns.User, Columns.Item])
    held_out = pd.DataFrame(enumerate(made["targets"], start=1), columns=[Columns.User, Columns.Item])
    distance = PairwiseHammingDistanceCalculator(pd.DataFrame({"category": made["categories"]}, index=catalogue))
    gini = ListGini(k, items=made["num_items"])
    return {
        "coverage": CatalogCoverage(k, normalize=True).calc(recommended, catalogue),
        "gini": gini.global_aggregate(
            [gini.compute_list_data(ItemList(items, ordered=True), None) for items in made["lists"]]
        ),
        "novelty": MeanInvUserFreq(k).calc(recommended, log),
        "popularity": AvgRecPopularity(k).calc(recommended, log),
        "serendipity": Serendipity(k).calc_per_user(recommended, held_out, log, catalogue).tolist(),
        "category_distance": IntraListDiversity(k, distance).calc_per_user(recommended).tolist(),
    }


if __name__ == "__main__":
    main()
