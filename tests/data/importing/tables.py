"""Small logs to import, written with one thing changed: 6 users with 6 events each on 8 items, six days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from recsys.data.importing.load import Loaded, load_dataset
from tests.worlds.imports import import_request

START, DAY = 1_600_000_000, 86_400  # 2020-09-13 12:26:40 UTC
EVENTS = [(user, k, START + k * DAY + user * 1000) for user in range(6) for k in range(6)]
TIMES = [time for _, _, time in EVENTS]
GOOD = {"rows": 36, "users": 6, "items": 8, "times": sum(TIMES), "ratings": 96.0}  # facts of the log as it is
MINUTES, DAYS = sum(t - t % 60 for t in TIMES), sum(t - t % DAY for t in TIMES)
HEADER = "user_id,item_id,rating,timestamp"
Cell = Callable[[Any], str]


def log(
    header: str = HEADER,
    *,
    user: Cell = "u{}".format,
    item: Cell = "i{}".format,
    rating: Cell = "{}".format,
    time: Cell = "{}".format,
    separator: str = ",",
) -> str:
    """The log as text, a row of user, item, rating (1 to 5), time; each cell is written by its function."""
    rows = [[user(u), item((3 * k + u) % 8), rating(1 + k % 5), time(t)] for u, k, t in EVENTS]
    return "\n".join([*([header] if header else []), *(separator.join(row) for row in rows)]) + "\n"


def at_row(row: int, text: str, usual: Cell = "{}".format) -> Cell:
    """A cell function that writes `text` in one row, from 0, and the `usual` cell in the others."""
    rows = iter(range(len(EVENTS)))
    return lambda value: text if next(rows) == row else usual(value)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str, **options: Any) -> Loaded:
    """Import a log; `items`, `users` and `impressions` are texts of further files."""
    sides = {side: options.pop(side) for side in ("items", "users", "impressions") if side in options}
    files = {side: write(folder, f"{side}.csv", content) for side, content in sides.items()}
    return load_dataset(import_request(write(folder, "log.csv", text), **files, **options), folder / "pictures")


def facts(loaded: Loaded) -> dict[str, Any]:
    """Rows, users and items of a log, with the sums of its times and ratings (None without any)."""
    events = loaded.interactions
    return {
        "rows": len(events),
        "users": events.num_users,
        "items": events.num_items,
        "times": None if events.times is None else int(events.times.sum()),
        "ratings": None if events.ratings is None else round(float(events.ratings.sum(dtype=np.float64)), 3),
    }


def kinds(loaded: Loaded) -> set[str]:
    return {repair.kind for repair in loaded.report.repairs}


def clock(pattern: str, hours: int = 0) -> Cell:
    """Times in a format of `strftime`, on a clock that is `hours` ahead of UTC."""
    return lambda seconds: (datetime.fromtimestamp(seconds, UTC) + timedelta(hours=hours)).strftime(pattern)
