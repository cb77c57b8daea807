"""What next for a user, or for a history made by hand; and who the users are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, GENDER, PRICE, TITLE, Dataset
from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import SettingError
from recsys.models.base import PairModel
from recsys.recommend.similar import similar_items
from recsys.recommend.topk import Recommendation, recommend, recommend_all
from recsys.sequences.candidates import only
from recsys.services.tables import safe_csv
from recsys.services.workspace import OpenRun

MAX_K = 1000
STARTERS = 64  # users looked at to find one to begin with


@dataclass(frozen=True)
class Suggestion:
    """One line of a list. `why_seen` is True where the item is in the history already."""

    item_id: str
    title: str
    category: str
    price: float | None
    image: Path | None
    score: float
    rank: int
    seen: bool


@dataclass(frozen=True)
class Past:
    """One event of a history. `position` counts from 0, the oldest; `when` is a day or ""."""

    item_id: str
    title: str
    category: str
    image: Path | None
    position: int
    when: str
    rating: float | None


@dataclass(frozen=True)
class Asker:
    """Whom the suggestions are for: a user of the log, or a history made by hand (`user_id` None)."""

    user_id: str | None
    user: int
    history: np.ndarray
    traits: str
    note: str


def asker_of(run: OpenRun, user_id: str | None, history_ids: list[str] | None) -> Asker:
    """A user with the full log as history, or a bare history. Raises NotFoundError for an unknown id."""
    if user_id is None:
        unknown = isinstance(run.model, PairModel)
        note = (
            "This model knows trained users only: for a history made by hand it uses what it knows of no one." * unknown
        )
        return Asker(None, UNKNOWN_USER, run.history(history_ids or []), "", note)
    user = run.user(user_id)
    return Asker(user_id, user, run.dataset.interactions.history(user), traits(run.dataset, user), "")


def traits(dataset: Dataset, user: int) -> str:
    """Age and gender in words, as far as they are known."""
    row, known = dataset.users.iloc[user].to_dict(), []
    if row.get(GENDER):
        known.append(str(row[GENDER]))
    if AGE in row and np.isfinite(row[AGE]):
        known.append(f"{row[AGE]:.0f} years")
    return ", ".join(known)


def suggest(
    run: OpenRun, asker: Asker, k: int = 10, hide_seen: bool | None = None, category: str | None = None
) -> list[Suggestion]:
    """The top `k`; with `category` among its items only."""
    if not 1 <= k <= MAX_K:
        raise SettingError(f"k is {k}; it is a whole number from 1 to {MAX_K}.", column="k")
    within = (run.dataset.items[CATEGORY] == category).to_numpy() if category else None
    found = recommend(
        run.model, asker.history, run.candidates, user=asker.user, k=k, hide_seen=hide_seen, within=within
    )
    return [suggestion(run.dataset, one, asker.history) for one in found]


def similar(run: OpenRun, item_id: str, k: int = 10) -> list[Suggestion]:
    """Items that the model sees as alike; empty where it sees none."""
    nothing = np.array([], dtype=np.int64)
    return [
        suggestion(run.dataset, one, nothing) for one in similar_items(run.model, run.item(item_id), run.candidates, k)
    ]


def suggestion(dataset: Dataset, one: Recommendation, history: np.ndarray) -> Suggestion:
    row = dataset.items.iloc[one.item]
    price = float(row[PRICE]) if PRICE in row and np.isfinite(row[PRICE]) else None
    return Suggestion(
        item_id=str(dataset.interactions.item_ids[one.item]),
        title=str(row[TITLE]),
        category=str(row.get(CATEGORY, "")),
        price=price,
        image=dataset.images.get(one.item),
        score=one.score,
        rank=one.rank,
        seen=bool((history == one.item).any()),
    )


def past_of(run: OpenRun, asker: Asker) -> list[Past]:
    """The history, oldest first, with days and ratings where the log has them."""
    log, items = run.dataset.interactions, run.dataset.items
    start = log.offsets[asker.user] if asker.user_id is not None else None
    days = pd.to_datetime(log.times[start : start + len(asker.history)], unit="s").strftime("%Y-%m-%d") if (
        start is not None and log.times is not None
    ) else None  # fmt: skip
    return [
        Past(
            item_id=str(log.item_ids[item]),
            title=run.dataset.title(item),
            category=str(items[CATEGORY].iat[item]) if CATEGORY in items else "",
            image=run.dataset.images.get(int(item)),
            position=place,
            when="" if days is None else str(days[place]),
            rating=None if start is None or log.ratings is None else float(log.ratings[start + place]),
        )
        for place, item in enumerate(asker.history)
    ]


def users_table(dataset: Dataset) -> pd.DataFrame:
    """user_id, events, last (day, where known), then the known traits: one row a user, in index order."""
    log = dataset.interactions
    table = pd.DataFrame({"user_id": log.user_ids[1:], "events": np.diff(log.offsets)[1:]})
    if log.times is not None:
        table["last"] = pd.to_datetime(log.times[log.offsets[2:] - 1], unit="s").strftime("%Y-%m-%d")
    for name in (AGE, GENDER):
        if name in dataset.users:
            table[name] = dataset.users[name].iloc[1:].to_numpy()
    return table


def items_table(dataset: Dataset) -> pd.DataFrame:
    """item_id, title, category (where known), events: one row an item, most touched first."""
    log = dataset.interactions
    table = pd.DataFrame({"item_id": log.item_ids[1:], "title": dataset.items[TITLE].iloc[1:].to_numpy()})
    if CATEGORY in dataset.items:
        table["category"] = dataset.items[CATEGORY].iloc[1:].to_numpy()
    table["events"] = log.item_counts[1:]
    return table.sort_values("events", ascending=False, kind="stable").reset_index(drop=True)


def categories(dataset: Dataset) -> list[str]:
    if CATEGORY not in dataset.items:
        return []
    return sorted({str(name) for name in dataset.items[CATEGORY].iloc[1:] if name})


def suggestions_csv(found: list[Suggestion]) -> str:
    rows = [
        {"rank": s.rank, "item_id": s.item_id, "title": s.title, "category": s.category, "score": s.score}
        for s in found
    ]
    return safe_csv(pd.DataFrame(rows, columns=["rank", "item_id", "title", "category", "score"]))


def export_all(run: OpenRun, out: Path, k: int = 10) -> int:
    """Writes the top `k` of every user as CSV and gives the number of users."""
    log, rows = run.dataset.interactions, []
    for user, found in recommend_all(run.model, log, run.candidates, k):
        rows += [
            (log.user_ids[user], one.rank, log.item_ids[one.item], run.dataset.title(one.item), one.score)
            for one in found
        ]
    frame = pd.DataFrame(rows, columns=["user_id", "rank", "item_id", "title", "score"])
    out.write_text(safe_csv(frame), encoding="utf-8")
    return log.num_users


def starting_user(run: OpenRun) -> str:
    """A user to begin with: of those with a usual number of events, the one whose first suggestion stands out most."""
    log = run.dataset.interactions
    lengths = np.diff(log.offsets)[1:]
    usual = np.argsort(np.abs(lengths - np.median(lengths)), kind="stable")[:STARTERS] + 1
    histories = [log.history(user) for user in usual]
    scores_BN = only(run.model.scores(histories, usual), run.candidates.mask(histories))
    best_B2, _ = scores_BN.topk(min(2, scores_BN.shape[1]))
    return str(log.user_ids[usual[int((best_B2[:, 0] - best_B2[:, -1]).nan_to_num(-1).argmax())]])
