"""Privacy at the door: pseudonyms for ids, columns left out, numbers and times coarsened, before anything is stored.

A pseudonym is the HMAC-SHA-256 (RFC 2104, FIPS 198-1) of an id under the key of the dataset, cut to 80 bits. The same key
gives the same pseudonyms, in all files of an import and in later ones; without the key nobody can compute or undo them, and
with it anybody who can list the ids can. Original ids are kept in memory during the import and stored nowhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, AGE_BANDS, Repair
from recsys.data.importing.decimal_marks import plain_numbers
from recsys.data.importing.import_choices import Protection
from recsys.data.importing.originals import Originals, originals_of
from recsys.data.interactions import ITEM, TIME, USER, Interactions
from recsys.data.keys import SIZE, read_key
from recsys.errors import DataError
from recsys.messages import Message, message, plural, short

LENGTH = 16  # characters of a pseudonym, base32: 5 bits each
DAY = 86_400  # seconds
ID_OF = {"users": USER, "items": ITEM}
QUOTED = ("user", "item", "id", "text", "first")  # values of messages that may be an id
CHANGED = {
    "users": plural("{n:,} user id was replaced by a pseudonym.", "{n:,} user ids were replaced by pseudonyms.", 0),
    "items": plural("{n:,} item id was replaced by a pseudonym.", "{n:,} item ids were replaced by pseudonyms.", 0),
}


def pseudonym(key: bytes, kind: str, original: str) -> str:
    """The pseudonym of an id, 16 letters and digits; `kind` "users" or "items" keeps equal ids of both apart."""
    digest = hmac.digest(key, f"{kind}\0{original}".encode(), hashlib.sha256)
    return base64.b32encode(digest[: LENGTH * 5 // 8]).decode().lower()


def pseudonyms(key: bytes, kind: str, originals: Iterable[str]) -> dict[str, str]:
    """Original id -> pseudonym. Raises DataError if two ids have the same one (n ids: a chance of n² / 2^81)."""
    names = {original: pseudonym(key, kind, original) for original in originals}
    if len(set(names.values())) < len(names):
        raise DataError(message("Two ids have the same pseudonym under this key. Import again with another key."))
    return names


def coarsened(values: np.ndarray, width: float | None) -> np.ndarray:
    """Numbers as the lower bounds of their bands of `width`, or of the app's age bands; NaN stays.

    >>> coarsened(np.array([34.0, 40.0]), 10.0).tolist(), coarsened(np.array([34.0, 40.0]), None).tolist()
    ([30.0, 40.0], [25.0, 35.0])
    """
    if width is not None:
        return np.floor(values / width) * width
    bounds = np.array(AGE_BANDS, dtype=float)
    band = np.clip(np.searchsorted(bounds, values, side="right") - 1, 0, None)
    return np.where(np.isnan(values), np.nan, bounds[band])


class Protector:
    """The protection of one import: its choices, its key, and the pseudonyms so far (in memory only)."""

    def __init__(self, choices: Protection, key_file: Path | None = None, is_append: bool = False) -> None:
        self.choices, self.is_append = choices, is_append
        if key_file is not None and not choices.pseudonyms:
            raise DataError(
                message("A key is given, and no ids are replaced. Choose whose ids get pseudonyms."), column="key"
            )
        self.key: bytes | None = None
        if choices.pseudonyms:
            self.key = secrets.token_bytes(SIZE) if key_file is None else read_key(key_file)
        self.names: dict[str, dict[str, str]] = {}  # USER or ITEM -> original id -> pseudonym
        self._quoted: dict[str, str] | None = None  # of all names, as messages shorten them
        self.repairs: list[Repair] = []

    def protect(
        self, frame: pd.DataFrame, items: pd.DataFrame | None, users: pd.DataFrame | None
    ) -> tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None]:
        """The rows and the tables of items and users, protected as chosen but for their times.

        Raises DataError for a column that is not there, unless a log is appended to a dataset, whose tables are protected.
        """
        tables = {"users": users, "items": items}
        self._check_columns(tables)
        for kind, table in tables.items():
            if table is not None:
                tables[kind] = self._table(kind, table)
        for kind in ("users", "items"):
            if kind in self.choices.pseudonyms:
                frame, tables[kind] = self._renamed(kind, frame, tables[kind])
        return frame, tables["items"], tables["users"]

    def coarse_times(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The events with times coarsened to the day, if chosen; events of a day keep their order, as order of the rows."""
        if not self.choices.days or TIME not in frame:
            return frame
        self._note("days", message("Times were coarsened to the day; the order of events was kept."))
        frame = frame.sort_values(TIME, kind="stable")
        return frame.assign(**{TIME: _days(frame[TIME])})

    def originals_of(
        self, rows: pd.DataFrame, frame: pd.DataFrame, items: pd.DataFrame | None, users: pd.DataFrame | None
    ) -> Originals:
        """What is kept for a later log: `originals.originals_of`, without rows where times are coarsened, which they would tell."""
        return Originals(None, items, users) if self.choices.days else originals_of(rows, frame, items, users)

    def with_original_ids(self, log: Interactions) -> Interactions:
        """The log by the ids of the files, in which impressions and pictures name users and items."""
        if not self.names:
            return log
        original = {column: {name: text for text, name in names.items()} for column, names in self.names.items()}
        users, items = (
            [original.get(c, {}).get(i, i) for i in ids] for c, ids in ((USER, log.user_ids), (ITEM, log.item_ids))
        )
        return replace(log, user_ids=np.array(users, dtype=object), item_ids=np.array(items, dtype=object))

    def shown(self, impressions: pd.DataFrame) -> pd.DataFrame:
        """Impressions with their times coarsened as those of the events."""
        if not self.choices.days or TIME not in impressions:
            return impressions
        return impressions.assign(**{TIME: _days(impressions[TIME])})

    def notes(self, repairs: Iterable[Repair]) -> list[Repair]:
        """The report with pseudonyms in place of ids, and what was protected."""
        users = self.names.get(USER, {})
        return [
            repair.model_copy(update={"message": self.without_ids(repair.message),
                                      "users": tuple(users.get(user, user) for user in repair.users)})
            for repair in repairs
        ] + self.repairs  # fmt: skip

    def without_ids(self, text: str) -> str:
        """A sentence with pseudonyms in place of the ids that it quotes."""
        if self._quoted is None:
            self._quoted = {short(text): name for names in self.names.values() for text, name in names.items()}
        return _without_ids(text, self._quoted)

    def _check_columns(self, tables: dict[str, pd.DataFrame | None]) -> None:
        columns = [f"{kind}.{name}" for kind, table in tables.items() if table is not None for name in table.columns]
        for chosen in (*self.choices.drop, *self.choices.bands):
            matching = [column for column in columns if chosen in (column, column.partition(".")[2])]
            if len(matching) > 1 or not (matching or self.is_append):
                text = message("No column {column!r} to protect. These can be dropped or coarsened: {columns}.")
                if matching:
                    text = message("{column!r} is a column of both files. Write one of these: {columns}.")
                shown = ", ".join(short(column) for column in (matching or columns)[:5]) or message("none")
                raise DataError(text.format(column=short(chosen), columns=shown), column=chosen)

    def _table(self, kind: str, table: pd.DataFrame) -> pd.DataFrame:
        """The table without the dropped columns and those that repeat an id to be replaced, numbers coarsened."""
        for name in table.columns:
            if {name, f"{kind}.{name}"} & set(self.choices.drop):
                table = table.drop(columns=name)
                self._note("dropped_column", message("Column {column} was left out, as decided.", column=short(name)))
            elif kind in self.choices.pseudonyms and _repeats_ids(table[name]):
                table = table.drop(columns=name)
                text = message("Column {column} repeats the ids: it was left out.", column=short(name))
                self._note("dropped_column", text)
        for chosen, width in self.choices.bands.items():
            name = chosen.removeprefix(f"{kind}.")
            if name in table.columns and chosen in (name, f"{kind}.{name}"):
                table = table.assign(**{name: self._bands(table[name], name, width)})
        return table

    def _bands(self, cells: pd.Series, name: str, width: float | None) -> pd.Series:
        if width is None and name != AGE:
            text = message("The age bands are for {age}. Give the width of the bands of {column}: {column}=10.")
            raise DataError(text.format(age=AGE, column=short(name)), column=name)
        is_text = not pd.api.types.is_numeric_dtype(cells)
        numbers = _numbers(cells, name) if is_text else cells.to_numpy(dtype=float)
        bands = coarsened(numbers, width)
        if width is None:
            text = message("Ages were coarsened to age bands, each written as its first year.")
        else:
            text = message(
                "Numbers in {column} were coarsened to bands {width:g} wide, each written as its lowest number."
            )
            text = text.format(column=short(name), width=width)
        self._note("bands", text)
        if is_text:
            return pd.Series([f"{band:g}" if band == band else "" for band in bands], index=cells.index, dtype="str")
        return pd.Series(bands, index=cells.index)

    def _renamed(
        self, kind: str, frame: pd.DataFrame, table: pd.DataFrame | None
    ) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        assert self.key is not None
        column = ID_OF[kind]
        codes, distinct = pd.factorize(frame[column])
        in_events = list(map(str, distinct.to_numpy(dtype=object)))
        originals = dict.fromkeys([*in_events, *(() if table is None else map(str, table.index))])
        names = self.names[column] = pseudonyms(self.key, kind, originals)
        frame = frame.assign(**{column: np.array([names[original] for original in in_events], dtype=object)[codes]})
        self._note("pseudonyms", CHANGED[kind].format(n=len(names)), len(names))
        if table is not None:
            table = table.set_axis(
                pd.Index([names[str(original)] for original in table.index], name=table.index.name), axis=0
            )
        return frame, table

    def _note(self, kind: str, sentence: Message, count: int = 1) -> None:
        self.repairs.append(Repair(kind=kind, message=sentence, count=count))


def _days(times: pd.Series) -> pd.Series:
    return times - times % DAY


def _repeats_ids(cells: pd.Series) -> bool:
    """Whether all cells of a text column are the id of their row, or empty, but not all empty."""
    texts = cells.astype("str").to_numpy()
    is_filled = texts != ""
    return bool(is_filled.any() and (texts == cells.index.astype("str").to_numpy())[is_filled].all())


def _numbers(cells: pd.Series, name: str) -> np.ndarray:
    """Cells of a text column as numbers, NaN where empty. Raises DataError for any other text."""
    texts = cells.astype("str").str.strip()
    numbers = pd.to_numeric(pd.Series(plain_numbers(texts.tolist()).texts), errors="coerce").to_numpy(dtype=float)
    wrong = ~np.isfinite(numbers) & (texts != "").to_numpy()
    if wrong.any():
        fault = message("{column} cannot be coarsened: {text!r} is no number. Leave the column out instead.")
        raise DataError(fault.format(column=short(name), text=short(str(texts[wrong].iloc[0]))), column=name)
    return numbers


def _without_ids(text: str, known: dict[str, str]) -> str:
    """A sentence with pseudonyms in place of quoted ids."""
    if not isinstance(text, Message) or not known:
        return text
    if text.parts is not None:
        return Message("", parts=[_without_ids(part, known) for part in text.parts])

    def value_of(name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return known[value] if name in QUOTED and value in known else _without_ids(value, known)

    return Message(text.template, {name: value_of(name, value) for name, value in text.values.items()}, text.many)
