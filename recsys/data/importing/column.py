"""One column of an upload: its distinct texts, where they stand, and what was found in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.data.dataset import Repair
from recsys.data.importing.faults import DROP_ROWS, Decisions, Fault, Kind, Treatment
from recsys.data.importing.records import with_count
from recsys.data.whole_numbers import whole_numbers
from recsys.errors import DataError
from recsys.messages import Message, message, short

DENSE = 4  # times the number of rows below which whole numbers are counted rather than hashed
SHOWN = 10  # lines and values of a fault
Codes = Sequence[int] | np.ndarray  # positions in the distinct texts


class Column:
    """One column of an upload: cells, their lines, and its name in messages.

    Each distinct text is looked at once: `codes` [num_rows] index `distinct`. `whole_numbers` [num_rows] are the cells as int64 if all
    are plain whole numbers, else None: much faster than through the distinct texts, where most cells differ, as times do.
    `dropped` collects rows that are to be left out.
    Without `decisions` nobody can answer, and a question (`ask`) is an error.
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
        self.cells = cells
        self.whole_numbers: np.ndarray | None = None
        self._by_text: tuple[np.ndarray, pa.Array] | None = None
        if pd.api.types.is_integer_dtype(cells):
            self.whole_numbers = cells.to_numpy()
        else:
            texts = arrow_cells(cells)
            self.whole_numbers = _joined(map(whole_numbers, texts.chunks))
            self._by_text = _coded_texts(texts) if self.whole_numbers is None else None
        self.lines, self.name, self.role = lines, name, role
        self.decisions, self.file = decisions, file
        self.repairs: list[Repair] = []
        self.finer: np.ndarray | None = None  # [num_rows] what orders events within a second: nanoseconds, if known
        self.timeless = np.zeros(len(cells), dtype=bool)  # rows that get the time of the row before, by decision
        self.is_order = False  # the times only order the events
        self.dropped = np.zeros(len(cells), dtype=bool)
        self._fills_rows = True

    @cached_property
    def _encoded(self) -> tuple[np.ndarray, pd.Index]:
        if self.whole_numbers is not None:
            codes, numbers = _coded(self.whole_numbers)
            texts = pa.array(numbers).cast(pa.large_string())
        else:
            assert self._by_text is not None
            codes, texts = self._by_text
        return codes, pd.Index(pd.array(texts, dtype="str"))

    @cached_property
    def codes(self) -> np.ndarray:
        return self._encoded[0]

    @property
    def _index(self) -> pd.Index:
        return self._encoded[1]

    @cached_property
    def distinct(self) -> list[str]:
        return self._index.to_numpy(dtype=object).tolist()

    @property
    def arrow_texts(self) -> pa.Array:
        """The distinct texts as one Arrow array, for columns with millions of them."""
        texts = pa.array(self._index.array, type=pa.large_string())
        return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts

    @cached_property
    def counts(self) -> np.ndarray:
        """[num_distinct] int64: rows with each distinct text."""
        return np.bincount(self.codes, minlength=len(self._index))

    def _places(self, bad: Codes) -> np.ndarray:
        """Positions of the rows whose distinct text is among `bad`."""
        is_bad = np.zeros(len(self._index), dtype=bool)
        is_bad[bad] = True
        return np.flatnonzero(is_bad[self.codes])

    def fail(self, bad: Codes, fault: Message, **values: object) -> DataError:
        """The error for the first bad cell; `fault` is the template of what is wrong, with the cell as `text`."""
        places = self._places(bad)
        return DataError(self._sentence(places, fault, **values), line=int(self.lines[places[0]]), column=self.role)

    def _sentence(self, places: np.ndarray, fault: Message, **values: object) -> Message:
        first = self._index[self.codes[places[0]]]
        sentence = message(
            "Line {line}, column {column}: {fault}",
            line=int(self.lines[places[0]]),
            column=self.role if self.name == self.role else f"{short(self.name)} ({self.role})",
            fault=fault.format(text=short(first), **values),
        )
        return with_count(sentence, len(places))

    def ask(
        self,
        kind: str,
        bad: Codes,
        fault: Message,
        treatments: Sequence[Treatment] = (DROP_ROWS,),
        usual: str | None = DROP_ROWS.name,
        default: str | None = None,
        **values: object,
    ) -> str | None:
        """What the user decided about cells whose distinct text is among `bad`; None if that is open.

        `fault` is as in `fail`. Rows are dropped if that is the decision, and while it is open if it could be.
        """
        if self.decisions is None:
            raise self.fail(bad, fault, **values)
        places = self._places(bad)
        examples = pd.unique(self.codes[places[: 100 * SHOWN]])[:SHOWN]
        question = Fault(
            kind=kind, file=self.file, message=self._sentence(places, fault, **values), count=len(places),
            rows=len(self.cells), lines=tuple(int(line) for line in self.lines[places[:SHOWN]]),
            values=tuple(short(self._index[code]) for code in examples),
            column=self.role, treatments=tuple(treatments), usual=usual, default=default,
        )  # fmt: skip
        chosen = self.decisions.treatment(question)
        if chosen == DROP_ROWS.name or (chosen is None and DROP_ROWS.name in [t.name for t in treatments]):
            self.dropped[places] = True
        return chosen

    def note(self, kind: str, sentence: Message, bad: Codes | None = None) -> None:
        places = self._places(bad) if bad is not None and len(bad) else np.zeros(0, dtype=np.int64)
        lines = tuple(int(line) for line in self.lines[places[:SHOWN]])
        self.repairs.append(Repair(kind=kind, message=sentence, count=max(1, len(places)), lines=lines))

    def first_code(self, bad: Codes) -> int:
        """The code among `bad` that stands first in the file."""
        return int(self.codes[self._places(bad)[0]])

    def filled(self, values: list[object] | np.ndarray) -> np.ndarray:
        """[num_rows]: the value of each row's text, from those of the distinct texts."""
        return np.asarray(values)[self.codes] if self._fills_rows else np.asarray(values)

    @cached_property
    def plain_categories(self) -> pd.Categorical | None:
        """The cells as a categorical, if they are whole numbers and need no parsing; else None."""
        if self.whole_numbers is None:
            return None
        return pd.Categorical.from_codes(self.codes, categories=self._index, validate=False)

    def categorical(self, parse: Callable[[Column], np.ndarray]) -> pd.Categorical:
        """What a parser makes of the column, as a categorical: its rows compare and group by codes.

        Texts with equal values share a category. Much smaller and faster than an object a row. `parse` keeps whole numbers.
        """
        if self.plain_categories is not None:
            return self.plain_categories
        self._fills_rows = False
        try:
            codes, categories = pd.factorize(parse(self))
        finally:
            self._fills_rows = True
        row_codes = self.codes if len(categories) == len(codes) else codes[self.codes]
        return pd.Categorical.from_codes(row_codes, categories=pd.Index(categories), validate=False)


def _joined(parts: Iterable[np.ndarray | None]) -> np.ndarray | None:
    """The parts as one array; None at the first that is None."""
    arrays = []
    for part in parts:
        if part is None:
            return None
        arrays.append(part)
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)


def _coded_texts(texts: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    encoded = texts.dictionary_encode().combine_chunks()
    return encoded.indices.to_numpy(), encoded.dictionary


def _coded(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[num_rows] int32 positions of whole numbers among the distinct ones, and these."""
    if not len(numbers) or numbers.max() >= DENSE * len(numbers):
        codes, distinct = pd.factorize(numbers)
        return codes.astype(np.int32), distinct
    is_present = np.zeros(numbers.max() + 1, dtype=bool)
    is_present[numbers] = True
    return (np.cumsum(is_present, dtype=np.int32) - 1)[numbers], np.flatnonzero(is_present)


def arrow_cells(cells: pd.Series) -> pa.ChunkedArray:
    """The cells without a copy, unless they are Python objects."""
    array = (
        pa.array(cells) if pd.api.types.is_integer_dtype(cells) else pa.array(cells.astype("str"), pa.large_string())
    )
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
