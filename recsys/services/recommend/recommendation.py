"""Recommendations for a query, and tables of users and items."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, GENDER, PRICE, TITLE, Dataset, display_title
from recsys.errors import SettingError
from recsys.messages import message
from recsys.recommend.diversity import POOL, diversify
from recsys.recommend.less_popular import less_popular as rerank_by_popularity
from recsys.recommend.topk import Recommendation, check_k, recommend
from recsys.sequences.candidates import mask_scores
from recsys.services.recommend.diversity_cost import vectors
from recsys.services.recommend.popularity_cost import check_strength
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.safe_csv import safe_csv
from recsys.services.workspace.slices import item_filter

LABEL = 120  # characters of a title in a selection list
STARTERS = 64  # candidates for the user shown first


@dataclass(frozen=True)
class RecommendedItem:
    """One item of a list.

    `seen`: the item is in the history. `plain_rank`: the rank without re-ranking. `is_new`: the item has no training
    events and is scored by its content.
    """

    item_id: str
    title: str
    category: str
    price: float | None
    image: Path | None
    score: float
    rank: int
    plain_rank: int
    seen: bool
    is_new: bool = False


def recommend_items(
    run: OpenRun,
    query: Query,
    k: int = 10,
    hide_seen: bool | None = None,
    within: np.ndarray | None = None,
    trade_off: float = 1.0,
    less_popular: float = 0.0,
) -> list[RecommendedItem]:
    """Recommend the top `k` items, best first.

    `within` [num_items + 1] bool restricts the list (slices.py), which has none of the query's disliked items. `trade_off` below 1 re-ranks for diversity (MMR λ, diversity.py),
    `less_popular` above 0 against popularity (its strength, less_popular.py), before diversity. Raises SettingError where
    `k`, `trade_off` or `less_popular` is out of bounds, or the model has no item vectors for diversity.
    """
    pool = recommend(
        run.model, query.history, run.candidates, user=query.user, k=pool_size(k, trade_off, less_popular),
        hide_seen=hide_seen, within=item_filter(run.dataset, (), query.disliked, within), ratings=query.ratings, seen=query.seen,
    )  # fmt: skip
    items = reranked(run, pool, k, trade_off, less_popular)
    ranks = {item.item: item.rank for item in pool}
    events = run.split.train.item_counts
    return [
        replace(
            recommended_item(run.dataset, item, query.history, ranks[item.item]), is_new=bool(events[item.item] == 0)
        )
        for item in items
    ]


def pool_size(k: int, trade_off: float, less_popular: float) -> int:
    """Length of the plain list that `reranked` chooses `k` items of. Raises SettingError as `recommend_items` does."""
    check_k(k)
    check_strength(less_popular)
    if not 0 <= trade_off <= 1:
        raise SettingError(
            message("The trade-off is {trade_off}; it must be a number from 0 to 1.", trade_off=trade_off),
            column="trade_off",
        )
    return k if trade_off == 1 and less_popular == 0 else max(k, POOL)


def reranked(
    run: OpenRun, pool: list[Recommendation], k: int, trade_off: float, less_popular: float
) -> list[Recommendation]:
    """The `k` items of the pool by popularity, then by diversity."""
    relevance_P = None
    if less_popular:
        pool, relevance_P = rerank_by_popularity(pool, run.split.train.item_counts, less_popular)
    return pool[:k] if trade_off == 1 else diversify(pool, vectors(run), k, trade_off, relevance_P)


def moves(now: list[RecommendedItem], before: list[RecommendedItem]) -> dict[str, str]:
    """Item id -> rank change since `before`: "▲2", "▼1", "new", or "" if unchanged."""
    ranks = {item.item_id: item.rank for item in before}
    return {item.item_id: _move(ranks.get(item.item_id), item.rank) for item in now}


def _move(before: int | None, now: int) -> str:
    if before is None:
        return message("new")
    return "" if before == now else f"▲{before - now}" if before > now else f"▼{now - before}"


def recommended_item(dataset: Dataset, item: Recommendation, history: np.ndarray, plain_rank: int) -> RecommendedItem:
    row = dataset.items.iloc[item.item]
    price = float(row[PRICE]) if PRICE in row and np.isfinite(row[PRICE]) else None
    return RecommendedItem(
        item_id=str(dataset.interactions.item_ids[item.item]),
        title=dataset.title(item.item),
        category=str(row.get(CATEGORY, "")),
        price=price,
        image=dataset.images.get(item.item),
        score=item.score,
        rank=item.rank,
        plain_rank=plain_rank,
        seen=bool((history == item.item).any()),
    )


def users_table(dataset: Dataset) -> pd.DataFrame:
    """One row per user, in index order: user_id, events, last (day, with timestamps), then age and gender if known."""
    log = dataset.interactions
    table = pd.DataFrame({"user_id": log.user_ids[1:], "events": np.diff(log.offsets)[1:]})
    if log.times is not None:
        table["last"] = pd.to_datetime(log.times[log.offsets[2:] - 1], unit="s").strftime("%Y-%m-%d")
    for name in (AGE, GENDER):
        if name in dataset.users:
            table[name] = dataset.users[name].iloc[1:].to_numpy()
    return table


def item_labels(dataset: Dataset) -> dict[int, str]:
    """Item index -> label for selection, most popular first: the title, with the id if it is not unique."""
    log = dataset.interactions
    titles = dataset.items[TITLE].astype("str").map(display_title).str.slice(0, LABEL)
    is_ambiguous = titles.duplicated(keep=False).to_numpy()
    order = np.argsort(-log.item_counts[1:], kind="stable") + 1
    return {int(i): f"{titles.iat[i]} ({log.item_ids[i]})" if is_ambiguous[i] else str(titles.iat[i]) for i in order}


def recommendations_csv(items: list[RecommendedItem]) -> str:
    rows = [
        {"rank": s.rank, "item_id": s.item_id, "title": s.title, "category": s.category, "score": s.score}
        for s in items
    ]
    return safe_csv(pd.DataFrame(rows, columns=["rank", "item_id", "title", "category", "score"]))


def starting_user(run: OpenRun) -> str:
    """Id of the user shown first.

    Among users with a near-median history length, the one with the largest score gap between the top two items.
    """
    log = run.dataset.interactions
    lengths = np.diff(log.offsets)[1:]
    typical_users = np.argsort(np.abs(lengths - np.median(lengths)), kind="stable")[:STARTERS] + 1
    histories, ratings = [log.history(user) for user in typical_users], [log.ratings_of(user) for user in typical_users]
    scores_BN = mask_scores(run.model.scores(histories, typical_users, ratings), run.candidates.mask(histories))
    best_B2, _ = scores_BN.topk(min(2, scores_BN.shape[1]))
    return str(log.user_ids[typical_users[int((best_B2[:, 0] - best_B2[:, -1]).nan_to_num(-1).argmax())]])
