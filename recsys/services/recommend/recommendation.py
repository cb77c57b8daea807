"""Recommendations for a user or a custom history, and tables of users and items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, GENDER, PRICE, TITLE, Dataset, display_title
from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import SettingError
from recsys.messages import message
from recsys.models.base import PairModel
from recsys.recommend.blend import models_in
from recsys.recommend.diversity import POOL, diversify
from recsys.recommend.popular import Person, age_bands, genders
from recsys.recommend.topk import Recommendation, check_k, recommend
from recsys.sequences.candidates import mask_scores
from recsys.services.recommend.diversity_cost import vectors
from recsys.services.recommend.history_edits import Draft
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.safe_csv import safe_csv

LABEL = 120  # characters of a title in a selection list
STARTERS = 64  # candidates for the user shown first


@dataclass(frozen=True)
class RecommendedItem:
    """One item of a list.

    `seen`: the item is in the history. `plain_rank`: the rank without diversity. `is_new`: the item has no training
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


@dataclass(frozen=True)
class HistoryEvent:
    """One event of a history. `position` counts from 0, the oldest; `when` is a day or ""."""

    item_id: str
    title: str
    category: str
    image: Path | None
    position: int
    when: str
    rating: float | None


@dataclass(frozen=True, eq=False)
class Query:
    """What to recommend for: an existing user, or a custom history (`user_id` None).

    `log_positions` [num_events] int64 are the positions of the events of `history` in the user's logged history, -1
    for an added one. `ratings` [num_events] float32 are the user's ratings of these items, NaN without one; None if
    the dataset has no ratings. `person` overrides age and gender for the cold-start list; None means the dataset's
    values. `persona` holds (feature, value) pairs that override the model's user features (what_if.py).
    """

    user_id: str | None
    user: int
    history: np.ndarray
    log_positions: np.ndarray
    ratings: np.ndarray | None
    is_edited: bool
    traits: str
    note: str
    person: Person | None = None
    persona: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """Cache key: queries with equal keys get the same lists from every model and from the fallback."""
        rated = None if self.ratings is None else self.ratings.tobytes()
        person = None if self.person is None else (self.person.gender, self.person.age_band)
        return (self.user_id, self.user, self.history.tobytes(), rated, self.is_edited, self.persona, person)


def query_of(run: OpenRun, user_id: str | None, history_ids: Sequence[str] | None) -> Query:
    """Query for a user with the logged history, for a custom history, or for a user with another history.

    Raises NotFoundError for an unknown id.
    """
    if user_id is not None and history_ids is None:
        return edited_query(run, user_id, None)
    history = run.history(list(history_ids or []))
    return _make_query(run, user_id, history, np.full(len(history), -1), is_edited=user_id is not None)


def edited_query(run: OpenRun, user_id: str, draft: Draft | None) -> Query:
    """Query for a user with the edited history of `draft`; None means the logged history. Raises NotFoundError."""
    log = run.dataset.interactions.history(run.user(user_id))
    if draft is None:
        return _make_query(run, user_id, log, np.arange(len(log)), is_edited=False)
    return _make_query(
        run, user_id, draft.items(log), np.maximum(np.array(draft.entries, dtype=np.int64), -1), draft.is_edited
    )


def with_history(run: OpenRun, query: Query, history_ids: Sequence[str]) -> Query:
    """The query with another history; user, person and persona stay."""
    edited = query_of(run, query.user_id, history_ids)
    return replace(edited, user=query.user, person=query.person, persona=query.persona, traits=query.traits)


def _make_query(
    run: OpenRun, user_id: str | None, history: np.ndarray, positions: np.ndarray, is_edited: bool
) -> Query:
    user = UNKNOWN_USER if user_id is None else run.user(user_id)
    notes = []
    if user_id is None and any(isinstance(model, PairModel) for model in models_in(run.model)):
        this_model = message(
            "This model knows trained users only: for a custom history it uses its unknown-user vector."
        )
        a_part = message(
            "A part of this blend knows trained users only: for a custom history it uses its unknown-user vector."
        )
        notes.append(this_model if isinstance(run.model, PairModel) else a_part)
    if (user_id is None or is_edited) and run.model.window == 0:
        notes.append(
            message(
                "{model} reads no events: its scores do not depend on the history, which only decides which "
                "items count as seen.",
                model=run.model.title,
            )
        )
    ratings = run.dataset.interactions.ratings_by(user, history)
    if run.model.reads_ratings and ratings is not None and np.isnan(ratings).any():
        notes.append(
            message("{model} reads the ratings of past events: added events count as unrated.", model=run.model.title)
        )
    traits_of_user = "" if user_id is None else traits(run.dataset, user)
    return Query(user_id, user, history, positions, ratings, is_edited, traits_of_user, message(" ").join(notes))


def for_run(run: OpenRun, query: Query) -> Query:
    """The query adapted to another run on the same dataset."""
    query_for_run = _make_query(run, query.user_id, query.history, query.log_positions, query.is_edited)
    return replace(query_for_run, person=query.person)


def with_person(query: Query, gender: str, age_band: str) -> Query:
    """The query with a gender and an age band for the cold-start list; "" is unknown."""
    return replace(query, person=Person(gender, age_band))


def known_traits(dataset: Dataset) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(genders, age bands from young to old) of the users in the dataset."""
    return genders(dataset), age_bands(dataset)


def traits(dataset: Dataset, user: int) -> str:
    """Gender and age of a user in words; "" where unknown."""
    row, parts = dataset.users.iloc[user].to_dict(), list[str]()
    if row.get(GENDER):
        parts.append(str(row[GENDER]))
    if AGE in row and np.isfinite(row[AGE]):
        parts.append(message("{age:.0f} years", age=row[AGE]))
    return message(", ").join(parts)


def recommend_items(
    run: OpenRun,
    query: Query,
    k: int = 10,
    hide_seen: bool | None = None,
    within: np.ndarray | None = None,
    trade_off: float = 1.0,
) -> list[RecommendedItem]:
    """Recommend the top `k` items, best first.

    `within` [num_items + 1] bool restricts the list (slices.py). `trade_off` below 1 re-ranks for diversity (MMR λ, diversity.py). Raises
    SettingError where `k` or `trade_off` is out of bounds, or the model has no item vectors for diversity.
    """
    check_k(k)
    if not 0 <= trade_off <= 1:
        raise SettingError(
            message("The trade-off is {trade_off}; it must be a number from 0 to 1.", trade_off=trade_off),
            column="trade_off",
        )
    pool = recommend(
        run.model, query.history, run.candidates, user=query.user, k=k if trade_off == 1 else max(k, POOL),
        hide_seen=hide_seen, within=within, ratings=query.ratings,
    )  # fmt: skip
    items = pool if trade_off == 1 else diversify(pool, vectors(run), k, trade_off)
    ranks = {item.item: item.rank for item in pool}
    events = run.split.train.item_counts
    return [
        replace(
            recommended_item(run.dataset, item, query.history, ranks[item.item]), is_new=bool(events[item.item] == 0)
        )
        for item in items
    ]


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


def history_events(run: OpenRun, query: Query) -> list[HistoryEvent]:
    """The events of the history, oldest first, with days and ratings where logged."""
    log, items = run.dataset.interactions, run.dataset.items
    rows = log.offsets[query.user] + query.log_positions
    is_logged = query.log_positions >= 0
    days = None if log.times is None else pd.to_datetime(log.times[rows], unit="s").strftime("%Y-%m-%d")
    return [
        HistoryEvent(
            item_id=str(log.item_ids[item]),
            title=run.dataset.title(item),
            category=str(items[CATEGORY].iat[item]) if CATEGORY in items else "",
            image=run.dataset.images.get(int(item)),
            position=position,
            when=str(days[position]) if days is not None and is_logged[position] else "",
            rating=float(log.ratings[rows[position]]) if log.ratings is not None and is_logged[position] else None,
        )
        for position, item in enumerate(query.history)
    ]


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
