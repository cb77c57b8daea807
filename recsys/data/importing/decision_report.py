"""What decisions did to an import: one note each, and the limit of rows that they may leave out."""

from __future__ import annotations

from collections import defaultdict

from recsys.data.dataset import Repair
from recsys.data.importing.faults import DROP_ROWS, IN_FILE, Decisions, Fault, Treatment
from recsys.errors import DataError
from recsys.messages import Message, message, plural

MOST_DROPPED = 0.05  # share of a file's rows
FEW = 10  # rows: a fault lists so many one by one
SAID = ("event_types", "new_event_types", "encoding", "json")  # kinds of which other notes say how they were treated
SAID_TREATMENTS = ("median", "rescale")  # but of zeros, which are no missing ratings
OTHERS = plural("{n:,} row with several readings", "{n:,} rows with several readings", 1)
WHAT = {  # by kind of fault
    "bad_rows": plural("{n:,} row does not fit the columns", "{n:,} rows do not fit the columns", 1),
    "open_quotes": plural("{n:,} row has a quote that is not closed", "{n:,} rows have a quote that is not closed", 1),
    "footer": plural("{n:,} row of totals at the end", "{n:,} rows of totals at the end", 1),
    "title_lines": plural("{n:,} line before the header", "{n:,} lines before the header", 1),
    "no_id": plural("{n:,} row without an id", "{n:,} rows without an id", 1),
    "bad_number": plural("{n:,} row with a number that cannot be read", "{n:,} rows with numbers that cannot be read", 1),
    "large_number": plural("{n:,} row with a number that is too large", "{n:,} rows with numbers that are too large", 1),
    "no_number": plural("{n:,} row without a number", "{n:,} rows without a number", 1),
    "off_scale": plural("{n:,} rating outside the scale", "{n:,} ratings outside the scale", 1),
    "unrated": plural("{n:,} rating below 0", "{n:,} ratings below 0", 1),
    "zero_rating": plural("{n:,} rating is 0", "{n:,} ratings are 0", 1),
    "decimal_mark": plural("{n:,} number with a comma", "{n:,} numbers with a comma", 1),
    "percent": plural("{n:,} rating in per cent", "{n:,} ratings in per cent", 1),
    "stars": plural("{n:,} rating with its scale or unit", "{n:,} ratings with their scale or unit", 1),
    "scales": plural("{n:,} rating on another scale", "{n:,} ratings on several scales", 1),
    "no_time": plural("{n:,} row without a time", "{n:,} rows without a time", 1),
    "bad_time": plural("{n:,} row with a time that cannot be read", "{n:,} rows with times that cannot be read", 1),
    "large_time": plural("{n:,} number too large for a time", "{n:,} numbers too large for times", 1),
    "odd_time": plural("{n:,} time is far from the others", "{n:,} times are far from the others", 1),
    "future": plural("{n:,} time in the future", "{n:,} times in the future", 1),
    "bad_order": plural("{n:,} row without a number of its order", "{n:,} rows without a number of their order", 1),
    "mixed_units": plural("{n:,} time in another unit", "{n:,} times in several units", 1),
    "years": plural("{n:,} year in place of a time", "{n:,} years in place of times", 1),
    "day_numbers": plural("{n:,} day number of a spreadsheet in place of a time", "{n:,} day numbers of a spreadsheet in place of times", 1),
    "date_order": plural("{n:,} date with day and month in an unclear order", "{n:,} dates with day and month in an unclear order", 1),
    "short_year": plural("{n:,} date with a year of two digits", "{n:,} dates with years of two digits", 1),
    "no_event_type": plural("{n:,} row without an event type", "{n:,} rows without an event type", 1),
    "conflict": plural("{n:,} rating differs from another of the same user and item", "{n:,} ratings differ from another of the same user and item", 1),
    "twice": plural("{n:,} row repeats an id with other values", "{n:,} rows repeat an id with other values", 1),
    "id_form": plural("{n:,} id written in another form than in the interactions", "{n:,} ids written in another form than in the interactions", 1),
    "no_click": plural("{n:,} row without yes or no", "{n:,} rows without yes or no", 1),
    "bad_click": plural("{n:,} row with neither yes nor no", "{n:,} rows with neither yes nor no", 1),
    "bad_position": plural("{n:,} row with a position that cannot be read", "{n:,} rows with positions that cannot be read", 1),
    "missing_columns": message("Columns of the recipe that the file lacks"),
    "new_columns": message("Columns that the recipe does not have"),
}  # fmt: skip


def decision_notes(decisions: Decisions) -> list[Repair]:
    """One note for each fault that was decided, of the kind of its key, unless another note says what became of it.

    It shows no cell, which may name a person.
    """
    return [
        Repair(kind=fault.key, message=_note(fault, treatment), count=fault.count, lines=fault.lines)
        for fault, treatment in decisions.made
        if fault.kind not in SAID and (treatment.name not in SAID_TREATMENTS or fault.kind == "zero_rating")
    ]


def _note(fault: Fault, treatment: Treatment) -> Message:
    """What the rows are, and what was chosen for them; names the file unless it is that of the interactions."""
    what = WHAT.get(fault.kind, OTHERS).format(n=fault.count)
    if treatment.label == DROP_ROWS.label:
        sentence = message("{what}: left out.", what=what)
    else:
        sentence = message("{what}. Your choice: {treatment}.", what=what, treatment=treatment.label)
    return IN_FILE[fault.file].format(text=sentence) if fault.file in IN_FILE else sentence


def check_losses(decisions: Decisions, most_dropped: float | None) -> None:
    """Raise DataError where treatments leave out more than `most_dropped` of a file's rows.

    Without a limit of the user's it is MOST_DROPPED, but at least FEW rows.
    """
    dropped: dict[str, list[Fault]] = defaultdict(list)
    for fault, treatment in decisions.made:
        if treatment.name == DROP_ROWS.name:
            dropped[fault.file].append(fault)
    for faults in dropped.values():
        count, rows = sum(fault.count for fault in faults), faults[0].rows
        limit = max(FEW, MOST_DROPPED * rows) if most_dropped is None else most_dropped * rows
        if count > limit:
            text = message(
                "Faults would leave out {count:,} of {rows:,} rows ({share:.1%}), by {kinds}; the limit is {limit:.1%}. Check the "
                "file, treat the faults otherwise, or raise the limit."
            )
            kinds = ", ".join(f"{fault.key} ({fault.count:,})" for fault in faults[:5])
            shown = MOST_DROPPED if most_dropped is None else most_dropped
            raise DataError(
                text.format(count=count, rows=rows, share=count / rows, kinds=kinds, limit=shown), column=faults[0].key
            )
