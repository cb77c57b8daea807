"""The metrics of a run's lists (lists.py) on a split, by name. No model, no disk access."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse

from recsys.data.dataset import CATEGORY, Dataset
from recsys.evaluation import lists
from recsys.evaluation.lists import Vectors
from recsys.evaluation.metrics import CUT_OFF
from recsys.messages import Message, message
from recsys.sequences.split import Split

TEXT_DIVERSITY, PICTURE_DIVERSITY = "text_diversity", "picture_diversity"
SEPARATOR = "|"  # of the categories of one item
ROWS = 4096  # lists at a time: pairs of their items are in memory


@dataclass(frozen=True)
class ListMetric:
    """How a metric of lists is called, and what it is in one line."""

    label: Message
    help: Message


DEFINITIONS = {
    "coverage": ListMetric(message("Coverage"), message("Share of the catalogue that is recommended to someone.")),
    "diversity": ListMetric(
        message("Diversity"),
        message(
            "How different the categories of the items of one list are: mean Jaccard distance of all pairs, 0 to 1."
        ),
    ),
    TEXT_DIVERSITY: ListMetric(
        message("Text diversity"),
        message("How different the words of the items of one list are: 1 minus the mean TF-IDF cosine of all pairs."),
    ),
    PICTURE_DIVERSITY: ListMetric(
        message("Picture diversity"),
        message(
            "How different the pictures of the items of one list are, by colours and edges: 1 minus the mean cosine of all "
            "pairs; 1 is as different as random pictures."
        ),
    ),
    "novelty": ListMetric(message("Novelty"), message("How unpopular the recommended items are, in bits.")),
    "gini": ListMetric(
        message("Gini"), message("Inequality of exposure: 0 if every item is recommended equally often.")
    ),
    "serendipity": ListMetric(
        message("Serendipity"),
        message("How much higher the held-out item is ranked than by popularity alone; 0 if it is not in the list."),
    ),
    "popularity_lift": ListMetric(
        message("Popularity lift"),
        message("How much more popular the recommendations are than the histories: 0.5 is 50% more events per item."),
    ),
    "miscalibration": ListMetric(
        message("Miscalibration"),
        message("How far the categories of a list are from those of the history, in nats; 0 is the same shares."),
    ),
}


def measure_lists(lists_TK: np.ndarray, split: Split, dataset: Dataset) -> dict[str, float]:
    """Compute `list_metrics` with all diversities: of categories, texts and pictures, as far as the dataset has them."""
    from recsys.evaluation.item_vectors import item_vectors  # imports torch: the leaderboard does without

    return list_metrics(lists_TK, split, dataset.items, item_vectors(dataset))


def list_metrics(
    lists_TK: np.ndarray, split: Split, items: pd.DataFrame, vectors: Mapping[str, Vectors] | None = None
) -> dict[str, float]:
    """Metrics of the lists of `split.test`, such as "coverage@10"; those that need categories only where there are some.

    Popularity, novelty and the histories are those of the training events. `vectors` maps a metric of diversity to the unit
    vectors of all items, [num_items + 1, D], as item_vectors.py makes them.
    """
    train, num_items = split.train, split.log.num_items
    counts_N = train.item_counts
    values = {
        "coverage": lists.coverage(lists_TK, num_items),
        "gini": lists.gini(lists_TK, num_items),
        "novelty": lists.mean(
            lists.novelty(lists_TK, users_of_items(train.users, train.items, num_items), train.num_users)
        ),
        "serendipity": lists.mean(lists.serendipity(lists_TK, split.test.items, counts_N)),
        "popularity_lift": lists.popularity_lift(lists_TK, _history_popularity(split), counts_N),
    }
    categories_NC = category_matrix(items)
    if categories_NC is not None:
        values |= {
            "diversity": _mean_distance(lists.category_distance, lists_TK, categories_NC),
            "miscalibration": lists.mean(_miscalibration(lists_TK, split, categories_NC)),
        }
    for name, vectors_ND in (vectors or {}).items():
        values[name] = _mean_distance(lists.vector_distance, lists_TK, vectors_ND)
    return {f"{name}@{CUT_OFF}": value for name, value in values.items() if value is not None}


def category_matrix(items: pd.DataFrame) -> np.ndarray | None:
    """[num_items + 1, num_categories] bool: which categories an item has; None without a column of categories."""
    dummies = _category_dummies(items)
    return dummies.to_numpy(dtype=bool) if dummies.shape[1] else None


def category_names(items: pd.DataFrame) -> list[str]:
    """Names of the columns of `category_matrix`."""
    return [str(name) for name in _category_dummies(items)]


def _category_dummies(items: pd.DataFrame) -> pd.DataFrame:
    if CATEGORY not in items:
        return pd.DataFrame(index=items.index)
    dummies = items[CATEGORY].astype("str").str.get_dummies(SEPARATOR)
    return dummies.drop(columns=[name for name in dummies if not str(name).strip()])


def users_of_items(users: np.ndarray, items: np.ndarray, num_items: int) -> np.ndarray:
    """Number of users with each item, [num_items + 1]; `users` and `items` [num_events] are those of the events."""
    pairs = np.sort(users * (num_items + 1) + items)  # one number a pair; np.unique takes ten times as long
    return np.bincount(pairs[np.diff(pairs, prepend=-1) > 0] % (num_items + 1), minlength=num_items + 1)


def _history_popularity(split: Split) -> np.ndarray:
    """Mean number of training events of the items in the training history of each test target's user, NaN without one."""
    train = split.train
    sums = np.bincount(train.users, train.item_counts[train.items], minlength=train.num_users + 1)
    lengths = np.diff(train.offsets)
    means_U = np.divide(sums, lengths, out=np.full(len(lengths), np.nan), where=lengths > 0)
    return np.nan_to_num(means_U[split.test.users])


def _mean_distance(
    distance: Callable[[np.ndarray, Any], np.ndarray], lists_TK: np.ndarray, items_ND: Vectors
) -> float | None:
    """Mean of a distance within each list; `items_ND` is what it compares items by."""
    parts = [distance(lists_TK[start : start + ROWS], items_ND) for start in range(0, len(lists_TK), ROWS)]
    return lists.mean(np.concatenate(parts)) if parts else None


def _miscalibration(lists_TK: np.ndarray, split: Split, categories_NC: np.ndarray) -> np.ndarray:
    train = split.train
    split_NC = categories_NC / np.maximum(categories_NC.sum(1, keepdims=True), 1)
    histories_UN = scipy.sparse.csr_matrix(
        (np.ones(len(train)), train.items, train.offsets), shape=(train.num_users + 1, len(split_NC))
    )
    sums_TC = histories_UN[split.test.users] @ split_NC
    of_histories_TC = sums_TC / np.maximum(sums_TC.sum(1, keepdims=True), np.finfo(np.float64).tiny)
    return lists.miscalibration(lists.category_shares(lists_TK, categories_NC), of_histories_TC)
