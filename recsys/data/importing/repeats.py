"""Duplicate rows, order within a second, and warnings about suspicious interactions."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.event_order import sort_in_threads
from recsys.data.importing.amounts import is_amount
from recsys.data.importing.faults import Decisions, Fault, Treatment
from recsys.data.importing.number_values import zeros_stand_out
from recsys.data.importing.records import at_lines, with_count
from recsys.data.importing.similar_ids import id_warnings
from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions
from recsys.messages import message, plural, short

FURTHER = "further"  # column with a hash of the row's cells in the columns without a role
EXACT = "exact"  # column with a finer order than TIME, or with the order if there is no time
DROP_CONFLICTS = Treatment(name="drop", label=message("leave them all out"))
CONFLICTS = (
    Treatment(name="last", label=message("the last one counts")),
    Treatment(name="first", label=message("the first one counts")),
    Treatment(name="mean", label=message("their mean counts")),
    Treatment(name="highest", label=message("the highest counts")),
    Treatment(name="sum", label=message("add them up (rows that are all alike count once)")),
    DROP_CONFLICTS,
)
COMPUTED: dict[str, Literal["mean", "max", "sum"]] = {
    "mean": "mean",
    "highest": "max",
    "sum": "sum",
}  # treatment -> pandas' name of it
MIN_EVENTS_TO_EVALUATE = 3  # per user; see sequences/split.py
SMALL_TIME = 10_000_000  # seconds; times below are in the first months of 1970, so probably an order


def time_column_of(frame: pd.DataFrame) -> str | None:
    """The column that orders events best, if any."""
    return EXACT if EXACT in frame else TIME if TIME in frame else None


def without_repeats(
    frame: pd.DataFrame, decisions: Decisions, repairs: list[Repair], rating_name: str | None = None
) -> pd.DataFrame:
    """Drop duplicate rows; with ratings, keep one rating of a user for an item: the latest, or the one decided.

    `rating_name`: the column of the file that the ratings stand in. Where it holds amounts such as hours, repeats may be added
    up; with times that is asked where somebody can answer, and the latest counts otherwise.
    Without ratings, repeats are events. Then only rows with the same time count once that agree in every other column of the
    file, too (FURTHER, if there are any).
    """
    time_column = time_column_of(frame)
    if RATING in frame and not _has_repeats(frame):
        return frame
    is_repeat = np.zeros(len(frame), dtype=bool)
    if RATING in frame or time_column is not None:
        names = (USER, ITEM, RATING if RATING in frame else FURTHER, time_column)
        is_repeat = frame.duplicated([name for name in names if name in frame]).to_numpy()
    if is_repeat.any():
        sentence = plural(
            "{n:,} repeat (duplicate row, all alike) was merged.",
            "{n:,} repeats (duplicate rows, all alike) were merged.", int(is_repeat.sum()),
        )  # fmt: skip
        repairs.append(of_rows("duplicates", sentence, frame[is_repeat]))
        frame = frame[~is_repeat]
    if RATING not in frame or not _has_repeats(frame):
        return frame
    adds_up = rating_name is not None and is_amount(rating_name, frame[RATING].to_numpy())
    if time_column is None:
        return _one_of_each(frame, _decided(frame, decisions, adds_up) or "first")
    if adds_up:
        by_time = frame.sort_values(time_column, kind="stable")
        chosen = _decided(by_time, decisions, adds_up, default="last") or "last"
        if chosen != "last":
            return _one_of_each(by_time, chosen).sort_index()
    latest = ~frame.sort_values(time_column, kind="stable").duplicated([USER, ITEM], keep="last").sort_index()
    dropped = frame[~latest]
    sentence = plural(
        "{n:,} rating was merged with a later one of the same user and item (duplicate): the latest counts.",
        "{n:,} ratings were merged with later ones of the same user and item (duplicate): the latest counts.",
        len(dropped),
    )
    repairs.append(of_rows("later_rating", sentence, dropped))
    return frame[latest]


def _has_repeats(frame: pd.DataFrame) -> bool:
    """Whether a user has an item twice. Sorting one number a row is faster than pandas' hashing."""
    users, items = (pd.Categorical(frame[name]) for name in (USER, ITEM))
    pairs = users.codes.astype(np.int64)
    pairs *= len(items.categories)
    pairs += items.codes
    sort_in_threads(pairs)
    return bool((pairs[1:] == pairs[:-1]).any())


def of_rows(kind: str, sentence: str, rows: pd.DataFrame) -> Repair:
    """A treatment that drops these rows, with their lines and users; rows of an earlier file have the line 0."""
    users, lines = tuple(map(str, pd.unique(rows[USER]))), rows["line"][rows["line"] > 0].to_numpy()
    return at_lines(kind, sentence, lines).model_copy(update={"users": users, "count": len(rows)})


def _decided(frame: pd.DataFrame, decisions: Decisions, adds_up: bool, default: str | None = None) -> str | None:
    """What was decided about different ratings of a user for an item; None while that is open.

    Amounts are proposed to be added up. `default` is given where the rows are in the order of their times.
    """
    repeats = frame[frame.duplicated([USER, ITEM])]
    template = message(
        "Line {line}: user {user!r} rates item {item!r} again with a different rating (duplicate), and there "
        "are no times to say which came last."
    )
    if default is not None:
        template = message(
            "Line {line}: user {user!r} has item {item!r} again with another amount: does the last one count, or their sum?"
        )
    line, user, item = int(repeats["line"].iloc[0]), repeats[USER].iloc[0], repeats[ITEM].iloc[0]
    sentence = template.format(line=line, user=short(user), item=short(item))
    lines, values = repeats["line"].to_numpy(), repeats[RATING]
    fault = Fault(
        kind="conflict", file="interactions", message=with_count(sentence, len(repeats)), count=len(repeats),
        rows=len(frame), lines=tuple(int(line) for line in lines[:10]), values=tuple(f"{value:g}" for value in values[:10]),
        column=RATING, treatments=CONFLICTS, usual="sum" if adds_up else "last", default=default,
    )  # fmt: skip
    return decisions.treatment(fault)


def _one_of_each(frame: pd.DataFrame, chosen: str) -> pd.DataFrame:
    """One row for each user and item, by the treatment of a conflict."""
    if chosen == "drop":
        return frame[~frame.duplicated([USER, ITEM], keep=False)]
    if chosen in COMPUTED:
        ratings = frame[RATING].astype("float64").groupby([frame[USER], frame[ITEM]]).transform(COMPUTED[chosen])
        frame = frame.assign(**{RATING: ratings.astype("float32")})
    is_last = chosen == "last" or (chosen in COMPUTED and time_column_of(frame) is not None)
    return frame.drop_duplicates([USER, ITEM], keep="last" if is_last else "first")


def in_exact_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort rows by EXACT, if present.

    The order within a second then survives as file order when times are cut to whole seconds.
    """
    return frame.sort_values(EXACT, kind="stable") if EXACT in frame else frame


def _too_short(num_short: int, num_users: int, has_merged: bool) -> str:
    values = {"users": num_users, "least": MIN_EVENTS_TO_EVALUATE}
    if num_short == num_users:
        text = message(
            "No user has {least} events, the least for a test (at least {least}): they train, and are not evaluated."
        )
        if has_merged:
            text = message(
                "After repeats were merged, no user has {least} events, the least for a test (at least {least}): they train, "
                "and are not evaluated."
            )
        return text.format(**values)
    if has_merged:
        return plural(
            "After repeats were merged, {n:,} of {users:,} users has fewer than {least} events, the least for a test (at "
            "least {least}): the user trains, and is not evaluated.",
            "After repeats were merged, {n:,} of {users:,} users have fewer than {least} events, the least for a test (at "
            "least {least}): they train, and are not evaluated.",
            num_short, **values,
        )  # fmt: skip
    return plural(
        "{n:,} of {users:,} users has fewer than {least} events, the least for a test (at least {least}): the user trains, "
        "and is not evaluated.",
        "{n:,} of {users:,} users have fewer than {least} events, the least for a test (at least {least}): they train, and "
        "are not evaluated.",
        num_short, **values,
    )  # fmt: skip


def warnings_of(log: Interactions, *, has_merged: bool = False, zeros_decided: bool = False) -> list[str]:
    """Warnings: short histories, of events of which repeats were merged or not, zeros as ratings unless that was decided,
    times that look like an order, suspicious ids."""
    warnings = []
    num_short = int((np.diff(log.offsets)[1:] < MIN_EVENTS_TO_EVALUATE).sum())
    if num_short:
        warnings.append(_too_short(num_short, log.num_users, has_merged))
    if log.ratings is not None and not zeros_decided and zeros_stand_out(log.ratings):
        warnings.append(
            message(
                "{count:,} ratings are 0 and no other is below 1. They count as ratings; if 0 means that there is none, import the "
                "file again and choose what to do about zeros (zero_rating).",
                count=int((log.ratings == 0).sum()),
            )
        )
    if log.times is not None and 0 <= log.times.min() < log.times.max() < SMALL_TIME:
        warnings.append(
            message(
                "Times are small (up to {largest:,}): an order, perhaps. Read as seconds since 1970.",
                largest=int(log.times.max()),
            )
        )
    return [*warnings, *id_warnings(log)]
