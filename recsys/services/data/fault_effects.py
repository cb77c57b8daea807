"""What a problem of an import is about, and what its treatments do, in numbers of rows."""

from __future__ import annotations

from recsys.data.importing.faults import Fault
from recsys.messages import Message, message, plural

UNCHANGED = ("keep", "ignore", "without", "implicit", "untimed")  # treatments that change no row
CHANGING = ("clip", "median", "rescale", "beside")  # treatments that change values and leave no row out
MERGED = ("last", "first", "mean", "highest", "sum")  # treatments that leave one row of several


def effect(fault: Fault, treatment: str) -> Message:
    """What a treatment does to the rows of the file; exact counts are in the preview."""
    count, rows = fault.count, fault.rows
    if treatment in UNCHANGED:
        return message("All {rows:,} rows stay.", rows=rows)
    if treatment == "drop" and any(other.name in MERGED for other in fault.treatments):
        return plural("At least {n:,} of {rows:,} rows is left out.", "At least {n:,} of {rows:,} rows are left out.",
                      count, rows=rows)  # fmt: skip
    if treatment in MERGED:
        return plural("{n:,} of {rows:,} rows is merged.", "{n:,} of {rows:,} rows are merged.", count, rows=rows)
    if treatment == "drop":
        return plural("{n:,} of {rows:,} rows is left out.", "{n:,} of {rows:,} rows are left out.", count, rows=rows)
    if treatment in CHANGING:
        return plural(
            "All {rows:,} rows stay; {n:,} is changed.", "All {rows:,} rows stay; {n:,} are changed.", count, rows=rows
        )
    return message("It is about {count:,} of {rows:,} rows; the preview counts what is left.", count=count, rows=rows)


def share_text(fault: Fault) -> Message:
    """How many rows a problem is about."""
    percent = 100 * fault.count / max(1, fault.rows)
    if percent < 0.1:
        return message("{count:,} of {rows:,} rows, less than 0.1%", count=fault.count, rows=fault.rows)
    return message("{count:,} of {rows:,} rows, {percent:.1f}%", count=fault.count, rows=fault.rows, percent=percent)
