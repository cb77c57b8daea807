"""What decisions did to an import: one note each, and the limit of rows that they may leave out."""

from __future__ import annotations

from collections import defaultdict

from recsys.data.dataset import Repair
from recsys.data.importing.faults import DROP_ROWS, Decisions, Fault
from recsys.errors import DataError
from recsys.messages import message

MOST_DROPPED = 0.05  # share of a file's rows
FEW = 10  # rows: a fault lists so many one by one


def decision_notes(decisions: Decisions) -> list[Repair]:
    """One note for each fault that was decided, of the kind of its key; it shows no cell, which may name a person."""
    sentence = message("{fault}: {count:,} of {rows:,} rows. Decided: {treatment}.")
    return [
        Repair(
            kind=fault.key,
            message=sentence.format(fault=fault.key, count=fault.count, rows=fault.rows, treatment=treatment.label),
            count=fault.count,
            lines=fault.lines,
        )
        for fault, treatment in decisions.made
    ]


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
