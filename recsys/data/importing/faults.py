"""Faults of uploaded files that have several readings, and the user's decisions about them.

A fault with one safe reading is repaired and reported (dataset.Repair), a file that cannot be read is refused (DataError).
Everything in between is a `Fault`: it names the treatments that make sense, and none is applied until the user has chosen
it. An import goes on after an undecided fault, as if its rows were dropped, so that all faults are listed at once; then it
ends with UndecidedError, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from recsys.data.dataset import StoredText
from recsys.errors import DataError
from recsys.messages import Message, message, short

Kind = Literal["interactions", "items", "users", "impressions"]
IN_FILE: dict[Kind, Message] = {
    "items": message("Items file: {text}"),
    "users": message("Users file: {text}"),
    "impressions": message("Impressions file: {text}"),
}
SMALL = 0.01  # share of the rows up to which a treatment is proposed


class Treatment(BaseModel):
    """What can be done about a fault: `name` is what recipes and commands call it, `label` completes "What to do"."""

    model_config = ConfigDict(frozen=True)
    name: str
    label: StoredText


DROP_ROWS = Treatment(name="drop", label=message("leave these rows out"))


class Fault(BaseModel):
    """What was found, as a sentence about the first place, and what can be done.

    `count` rows are concerned, the first of them at `lines`; `values` are a few of their cells. `usual` names the treatment
    that fits most files; it is proposed where the fault is small (`proposed`). `default` is applied and reported where nobody
    is asked, as in a command: the fault never stops an import that went well before it was looked for. `types`: types of events that are to be weighed,
    with their numbers of rows, most frequent first.
    """

    model_config = ConfigDict(frozen=True)
    kind: str
    file: Kind
    message: StoredText
    count: int
    rows: int  # of the file
    lines: tuple[int, ...] = ()
    values: tuple[str, ...] = ()
    column: str | None = None
    treatments: tuple[Treatment, ...] = (DROP_ROWS,)
    usual: str | None = None
    default: str | None = None
    types: tuple[tuple[str, int], ...] = ()

    @property
    def key(self) -> str:
        """What decisions call the fault: its kind, with the file unless that is the interactions."""
        return self.kind if self.file == "interactions" else f"{self.file}.{self.kind}"

    @property
    def sentence(self) -> str:
        """The message, which names the file unless that is the interactions."""
        return IN_FILE[self.file].format(text=self.message) if self.file in IN_FILE else self.message

    @property
    def proposed(self) -> str | None:
        return self.usual if self.count <= SMALL * self.rows else None


class UndecidedError(DataError):
    """An import needs decisions. `faults` are all that are open; the message is about the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        text = message("{fault} Decide with --treat {key}={names}.")
        if len(faults) > 1:
            text = message("{fault} Decide with --treat {key}={names}. {others} more faults need a decision.")
        names = "|".join(treatment.name for treatment in first.treatments)
        super().__init__(
            text.format(fault=first.sentence, key=first.key, names=names, others=len(faults) - 1),
            line=first.lines[0] if first.lines else None,
            column=first.column,
        )
        self.faults = tuple(faults)

    def details(self) -> dict[str, Any]:
        """All open faults with their treatments, as the commands print them."""
        names = {"count", "rows", "lines", "values", "column", "proposed"}
        return {
            "faults": [
                {
                    "key": fault.key,
                    "message": fault.sentence,
                    **{name: getattr(fault, name) for name in sorted(names)},
                    "treatments": [
                        {"name": treatment.name, "label": treatment.label} for treatment in fault.treatments
                    ],
                }
                for fault in self.faults
            ]
        }


class Decisions:
    """The user's treatments by the key of a fault, and the faults that are still open.

    `accept`: the treatments that are proposed for small faults are taken, too. `asks`: somebody can answer, so that faults with
    a default are open as well. `rows` are the rows of each file that was read, of which all its faults are a share.
    """

    def __init__(
        self, treatments: Mapping[str, str] | None = None, *, accept: bool = False, asks: bool = False
    ) -> None:
        self.treatments, self.accept, self.asks = treatments or {}, accept, asks
        self.open: list[Fault] = []
        self.made: list[tuple[Fault, Treatment]] = []
        self.rows: dict[Kind, int] = {}

    def count_rows(self, file: Kind, rows: int) -> None:
        """Set the number of rows of a file; faults that were found before it was known are a share of them, too."""
        self.rows[file] = rows
        self.open = [self._of_rows(fault) for fault in self.open]
        self.made = [(self._of_rows(fault), treatment) for fault, treatment in self.made]

    def _of_rows(self, fault: Fault) -> Fault:
        """The fault as a share of the rows of its file. One about all rows and no line is about those left out before, too."""
        rows, is_of_all = self.rows[fault.file], fault.count == fault.rows and not fault.lines
        return fault.model_copy(update={"rows": rows, "count": rows if is_of_all else min(fault.count, rows)})

    def treatment(self, fault: Fault) -> str | None:
        """The treatment chosen for a fault; None if it is undecided. Raises DataError for one that the fault does not have."""
        if fault.rows < self.rows.get(fault.file, 0):  # more where a later file and the events before it are looked at
            fault = self._of_rows(fault)
        chosen = self.treatments.get(fault.key, fault.proposed if self.accept else None)
        if chosen is None and not self.asks:
            chosen = fault.default
        if chosen is None:
            self.open.append(fault)
            return None
        treatment = next((treatment for treatment in fault.treatments if treatment.name == chosen), None)
        if treatment is None:
            text = message("{fault} There is no treatment {chosen!r} for it. Choose one of these: {names}.")
            names = ", ".join(treatment.name for treatment in fault.treatments)
            raise DataError(text.format(fault=fault.message, chosen=short(chosen), names=names), column=fault.column)
        self.made.append((fault, treatment))
        return chosen

    def has_made(self, treatment: Treatment, *, kind: str = "", column: str = "") -> bool:
        """Whether a fault of this kind or of this column had the treatment of this name; its label may differ."""
        return any(
            chosen.name == treatment.name and (fault.kind == kind or (column and fault.column == column))
            for fault, chosen in self.made
        )

    def check(self) -> None:
        """Raise UndecidedError if a fault is open."""
        if self.open:
            raise UndecidedError(self.open)
