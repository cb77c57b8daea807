"""Ids that are in a table of items or users more than once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.data.dataset import CATEGORY, Repair
from recsys.data.importing.column import SHOWN
from recsys.data.importing.faults import Decisions, Fault, Kind, Treatment
from recsys.data.importing.records import at_lines, with_count
from recsys.data.importing.several_values import joined, parts
from recsys.messages import message, plural, short

TWICE = (
    Treatment(name="last", label=message("the last row counts")),
    Treatment(name="first", label=message("the first row counts")),
)


def once_each(
    frame: pd.DataFrame, lines: np.ndarray, kind: Kind, decisions: Decisions, report: list[Repair]
) -> pd.DataFrame:
    """One row for each id of the index: categories are joined, other rows as decided, the first one while that is open.

    `lines` [num_rows] are those of the file.
    """
    if not frame.index.has_duplicates:
        return frame
    if kind == "items" and CATEGORY in frame:
        frame, lines = _with_joined_categories(frame, lines, report)
    is_repeat = frame.index.duplicated()
    if not is_repeat.any():
        return frame
    line, repeats = int(lines[is_repeat][0]), frame.index[is_repeat]
    sentence = message(
        "Line {line}: {id_column} {id!r} is there twice (duplicate), with different values.",
        line=line, id_column=kind[:-1], id=short(repeats[0]),
    )  # fmt: skip
    fault = Fault(
        kind="twice", file=kind, message=with_count(sentence, len(repeats)), count=len(repeats), rows=len(frame),
        lines=tuple(int(line) for line in lines[is_repeat][:SHOWN]), values=tuple(short(text) for text in repeats[:SHOWN]),
        column=f"{kind[:-1]}_id", treatments=TWICE, usual="last",
    )  # fmt: skip
    is_last = decisions.treatment(fault) == "last"
    return frame[~frame.index.duplicated(keep="last" if is_last else "first")]


def _with_joined_categories(
    frame: pd.DataFrame, lines: np.ndarray, report: list[Repair]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of one item that agree in all but the category, as one row with all categories."""
    others = [name for name in frame.columns if name != CATEGORY]
    keys = frame[others].assign(**{"id (index)": frame.index})
    is_later, is_several = frame.index.duplicated(), frame.index.duplicated(keep=False)
    agrees = (~is_later | keys.duplicated().to_numpy()) & is_several
    differs = set(frame.index[is_several & ~agrees])
    is_joined = is_several & ~frame.index.isin(differs)
    if not is_joined.any():
        return frame, lines
    texts = frame[CATEGORY][is_joined]
    whole = texts.groupby(level=0).agg(lambda cells: joined([part for cell in cells for part in parts(str(cell))]))
    frame = frame.assign(**{CATEGORY: frame[CATEGORY].where(~is_joined, frame.index.map(whole.to_dict()))})
    dropped = is_joined & is_later
    sentence = plural(
        "{n:,} row with a further category of an item was joined with its first row.",
        "{n:,} rows with further categories of an item were joined with its first row.", int(dropped.sum()),
    )  # fmt: skip
    report.append(at_lines("joined_categories", sentence, lines[dropped]))
    return frame[~dropped], lines[~dropped]
