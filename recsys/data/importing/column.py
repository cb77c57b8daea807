"""One column of an upload: its distinct texts, where they stand, and what was found in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.importing.faults import DROP_ROWS, Decisions, Fault, Kind, Treatment
from recsys.data.importing.records import at_lines, with_count
from recsys.errors import DataError
from recsys.messages import Message, message, plural, short

SHOWN = 10  # lines and values of a fault


class Column:
    """One column of an upload: cells, their lines, and its name in messages.

    Each distinct text is looked at once: `codes` [num_rows] index `distinct`. `dropped` collects rows that are to be left out.
    """

    def __init__(
        self,
        cells: pd.Series,
        lines: np.ndarray,
        name: str,
        role: str,
        decisions: Decisions | None = None,
        file: Kind = "interactions",
    ) -> None:
        self.codes, distinct = pd.factorize(cells)
        self.distinct: list[str] = distinct.to_numpy(dtype=object).tolist()
        self.lines, self.name, self.role = lines, name, role
        self.decisions, self.file = Decisions() if decisions is None else decisions, file
        self.repairs: list[Repair] = []
        self.finer: np.ndarray | None = None  # [num_rows] times with fractions of a second, if any
        self.dropped = np.zeros(len(self.codes), dtype=bool)

    def places(self, bad: list[int]) -> list[int]:
        """Lines of the cells whose distinct text is among `bad`, in file order."""
        return [int(line) for line in self.lines[np.isin(self.codes, bad)]]

    def fail(self, bad: list[int], fault: Message, **values: object) -> DataError:
        """The error for the first bad cell; `fault` is the template of what is wrong, with the cell as `text`."""
        lines = self.places(bad)
        return DataError(self._sentence(bad, lines, fault, **values), line=lines[0], column=self.role)

    def _sentence(self, bad: list[int], lines: list[int], fault: Message, **values: object) -> Message:
        first = self.distinct[int(self.codes[np.isin(self.codes, bad)][0])]
        sentence = message(
            "Line {line}, column {column}: {fault}",
            line=lines[0],
            column=self.role if self.name == self.role else f"{short(self.name)} ({self.role})",
            fault=fault.format(text=short(first), **values),
        )
        return with_count(sentence, len(lines))

    def ask(
        self,
        kind: str,
        bad: list[int],
        fault: Message,
        treatments: Sequence[Treatment] = (DROP_ROWS,),
        usual: str | None = DROP_ROWS.name,
        **values: object,
    ) -> str | None:
        """What the user decided about cells whose distinct text is among `bad`; None if that is open.

        `fault` is as in `fail`. Rows are dropped if that is the decision, and while it is open.
        """
        lines = self.places(bad)
        found = Fault(
            kind=kind, file=self.file, message=self._sentence(bad, lines, fault, **values), count=len(lines),
            rows=len(self.codes), lines=tuple(lines[:SHOWN]), values=tuple(short(self.distinct[i]) for i in bad[:SHOWN]),
            column=self.role, treatments=tuple(treatments), usual=usual,
        )  # fmt: skip
        chosen = self.decisions.treatment(found)
        if chosen in (None, DROP_ROWS.name):
            self.dropped |= np.isin(self.codes, bad)
        return chosen

    def note(self, kind: str, sentence: Message, bad: list[int] | None = None) -> None:
        lines = self.places(bad) if bad else []
        self.repairs.append(Repair(kind=kind, message=sentence, count=max(1, len(lines)), lines=tuple(lines[:SHOWN])))

    def filled(self, values: list[object] | np.ndarray) -> np.ndarray:
        return np.asarray(values)[self.codes]


def rows_left_out(dropped: np.ndarray, lines: np.ndarray) -> list[Repair]:
    """The report of rows that were left out by decision."""
    if not dropped.any():
        return []
    sentence = plural(
        "{n:,} of {rows:,} rows was left out, as decided.", "{n:,} of {rows:,} rows were left out, as decided.",
        int(dropped.sum()), rows=len(dropped),
    )  # fmt: skip
    return [at_lines("left_out", sentence, lines[dropped])]
