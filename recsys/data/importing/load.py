"""Import of uploaded files into one validated dataset, with its import report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.dataset import CATEGORY, PRICE, TEXT, TITLE, Repair, Report
from recsys.data.images import read_images
from recsys.data.importing.catalogue import cleaned, in_index_order, read_side_table, with_titles
from recsys.data.importing.column import Column, rows_left_out
from recsys.data.importing.faults import IN_FILE, Decisions, Kind
from recsys.data.importing.id_values import parse_ids
from recsys.data.importing.import_choices import Choices
from recsys.data.importing.impressions import read_impressions
from recsys.data.importing.number_values import parse_numbers
from recsys.data.importing.read import Table, plain_name, read_table
from recsys.data.importing.repeats import EXACT, in_exact_order, warnings_of, without_repeats
from recsys.data.importing.roles import ALL_NAMES, ORDER_NAMES, assign_roles, by_number, split_mapping
from recsys.data.importing.time_values import parse_times
from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions
from recsys.errors import DataError
from recsys.messages import message, plural, short

MAX_ROWS = 5_000_000
MAX_ITEMS = 500_000
PICTURES = message("reading pictures and impressions")
OnStep = Callable[[str, float], None]  # what an import does now, and the share of the work that is done


@dataclass(frozen=True)
class ImportRequest:
    """Files of an import, and what the user decided about them. `max_rows`: limit of each file."""

    ratings: Path
    items: Path | None = None
    users: Path | None = None
    images: Path | None = None
    impressions: Path | None = None
    name: str | None = None
    choices: Choices = field(default_factory=Choices)
    max_rows: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, eq=False)
class Loaded:
    """An imported dataset without an id, not yet stored. `pictures` are files in the caller's folder."""

    interactions: Interactions
    items: pd.DataFrame
    users: pd.DataFrame
    pictures: dict[int, Path]
    report: Report
    impressions: pd.DataFrame | None = None


def load_dataset(request: ImportRequest, pictures_to: Path, on_step: OnStep | None = None) -> Loaded:
    """Read and validate all files of an import; `on_step` is called before each step.

    Raises DataError with line and column, and UndecidedError with the faults that the user has to decide about.
    """
    return _Import(request, on_step).load(pictures_to)


class _Import:
    """An import under way: what was decided about it, and what was found and repaired so far."""

    def __init__(self, request: ImportRequest, on_step: OnStep | None = None) -> None:
        self.request, self.choices = request, request.choices
        self.on_step = on_step or (lambda name, share: None)
        self.found: dict[str, int] = {}
        self.decisions = Decisions(request.choices.treatments)
        sides: dict[Kind, Path | None] = {
            "items": request.items, "users": request.users, "impressions": request.impressions,
        }  # fmt: skip
        self.files: dict[Kind, Path] = {"interactions": request.ratings}
        self.files |= {kind: path for kind, path in sides.items() if path is not None}
        self.mapping = split_mapping(
            request.choices.mapping, tuple(kind for kind in self.files if kind != "interactions")
        )
        self.repairs: list[Repair] = []
        self.roles: dict[str, str] = {}

    def load(self, pictures_to: Path) -> Loaded:
        self.on_step(message("reading the interactions"), 0.0)
        table = self._read("interactions")
        self.roles = assign_roles(table, "interactions", self.mapping["interactions"])
        self.repairs += table.repairs
        same_ids = {role: self.roles[role] for role in ("user", "item")} if table.has_header else {}
        frame = in_exact_order(without_repeats(self._events(table), table.frame, self.decisions, self.repairs))
        self.on_step(message("reading items and users"), 0.75)
        items = _embedded_items(table, self.roles, frame, self.repairs)
        items = self._side("items", same_ids) if "items" in self.files else items
        users = self._side("users", same_ids) if "users" in self.files else None
        self.decisions.check()
        self._check_size(frame, items)
        self.on_step(message("sorting the events"), 0.8)
        log = Interactions.from_frame(frame, None if items is None else list(items.index))
        _compare(log, frame, items, users, self.repairs)
        self.on_step(PICTURES, 0.9)
        pictures: dict[int, Path] = {}
        if self.request.images is not None:
            pictures, skipped = read_images(self.request.images, log.item_index, pictures_to)
            self.repairs += skipped
        impressions = self._impressions(log, same_ids) if "impressions" in self.files else None
        self.decisions.check()
        self.on_step(message("storing"), 0.95)
        return Loaded(
            interactions=log,
            items=with_titles(in_index_order(items, log.item_ids), log.item_ids),
            users=in_index_order(users, log.user_ids),
            pictures=pictures,
            report=Report(
                roles=self.roles, repairs=tuple(self.repairs), warnings=tuple(warnings_of(log)), found=self.found
            ),
            impressions=impressions,
        )

    def _read(self, kind: Kind) -> Table:
        """The table of a file, in which columns have their names or, where the mapping names them by number, numbers."""
        numbered = by_number(self.mapping[kind])
        return read_table(self.files[kind], self.request.max_rows or MAX_ROWS, ALL_NAMES, numbered)

    def _events(self, table: Table) -> pd.DataFrame:
        """The rows that are kept, with the columns USER, ITEM, RATING, TIME, EXACT and `line`."""
        columns: dict[str, np.ndarray] = {}
        dropped = np.zeros(len(table.frame), dtype=bool)
        self.found["rows"] = len(table.frame)
        for done, (role, key) in enumerate((("user", USER), ("item", ITEM), ("rating", RATING), ("time", TIME))):
            if role not in self.roles:
                continue
            self.on_step(message("checking the columns"), 0.15 + 0.14 * done)
            name = self.roles[role]
            if name != key and table.has_header:
                sentence = message("Column {column!r} was read as {key}.", column=short(name), key=key)
                self.repairs.append(Repair(kind="column", message=sentence))
            shown = "timestamp" if role == "time" else key
            column = Column(table.frame[name], table.lines, name, shown, self.decisions)
            if role == "rating":
                columns[key] = parse_numbers(column, self.choices.scale)
            elif role == "time":
                columns |= _time_columns(column)
            else:
                columns[key] = parse_ids(column)
                self.found[f"{role}s"] = len(column.distinct)
            self.repairs += column.repairs
            dropped |= column.dropped
        self.repairs += rows_left_out(dropped, table.lines)
        return pd.DataFrame({**columns, "line": table.lines})[~dropped]

    def _check_size(self, frame: pd.DataFrame, items: pd.DataFrame | None) -> None:
        num_items = len({*frame[ITEM].unique(), *(() if items is None else items.index)})
        limit = self.request.max_items or MAX_ITEMS
        if num_items > limit:
            text = message(
                "The catalogue has {items:,} items; the limit is {limit:,}. Upload a part of it or raise the limit."
            )
            raise DataError(text.format(items=num_items, limit=limit))

    def _side(self, kind: Kind, same_ids: dict[str, str]) -> pd.DataFrame:
        """The table of items or users; messages name the file.

        A column with the name of the interactions' id column (`same_ids`) holds the ids, if there is one.
        """
        notes: list[Repair] = []
        with self._naming_file(kind, notes):
            table, role = self._read(kind), kind[:-1]
            mapping = self.mapping[kind]
            if table.has_header and same_ids.get(role) in table.frame.columns:
                mapping = {role: same_ids[role], **mapping}
            frame, side_roles = read_side_table(table, kind, mapping, notes)
        self.roles |= {f"{kind}.{name}": column for name, column in side_roles.items()}
        return frame

    def _impressions(self, log: Interactions, same_ids: dict[str, str]) -> pd.DataFrame:
        notes: list[Repair] = []
        with self._naming_file("impressions", notes):
            table, mapping = self._read("impressions"), self.mapping["impressions"]
            if table.has_header:
                mapping = {role: name for role, name in same_ids.items() if name in table.frame.columns} | mapping
            frame, side_roles = read_impressions(table, mapping, log, self.decisions, notes)
        self.roles |= {f"impressions.{role}": column for role, column in side_roles.items()}
        return frame

    @contextmanager
    def _naming_file(self, kind: Kind, notes: list[Repair]) -> Iterator[None]:
        """Prefix errors and notes with the file's name; the notes are added to those of the import."""
        try:
            yield
        except DataError as error:
            text = IN_FILE[kind].format(text=error.message)
            raise DataError(text, line=error.line, column=error.column) from error
        self.repairs += [note.model_copy(update={"message": IN_FILE[kind].format(text=note.message)}) for note in notes]


def _time_columns(column: Column) -> dict[str, np.ndarray]:
    """TIME, and EXACT where fractions of a second order the events; EXACT alone for a column that only numbers them."""
    times = parse_times(column)
    if plain_name(column.name) not in ORDER_NAMES:
        return {TIME: times} if column.finer is None else {TIME: times, EXACT: column.finer}
    sentence = message("{column} orders events and is no time.", column=short(column.name))
    column.repairs = [Repair(kind="order", message=sentence)]
    return {EXACT: times}


def _embedded_items(
    table: Table, roles: dict[str, str], frame: pd.DataFrame, repairs: list[Repair]
) -> pd.DataFrame | None:
    """Item columns of the interactions file, from each item's first row; None if there are none."""
    item_roles = [role for role in (TITLE, CATEGORY, PRICE, TEXT) if role in roles]
    if not item_roles:
        return None
    first = frame.drop_duplicates(ITEM)
    cells = table.frame.iloc[first.index]  # the index is the row number in the table
    columns = {role: cells[roles[role]].to_numpy() for role in item_roles}
    return cleaned(pd.DataFrame(columns, index=pd.Index(first[ITEM].to_numpy())), repairs)


def _compare(
    log: Interactions,
    frame: pd.DataFrame,
    items: pd.DataFrame | None,
    users: pd.DataFrame | None,
    repairs: list[Repair],
) -> None:
    """Report the items and users that are in one table but not in the other."""
    if items is not None:
        with_events = set(frame[ITEM])
        unknown, idle = len(with_events - set(items.index)), len(set(items.index) - with_events)
        if unknown:
            sentence = plural(
                "{n:,} item with interactions is not in the items file: it is shown by its id.",
                "{n:,} items with interactions are not in the items file: they are shown by their id.", unknown,
            )  # fmt: skip
            repairs.append(Repair(kind="unknown_items", message=sentence, count=unknown))
        if idle:
            sentence = plural(
                "{n:,} item of the items file has no event yet: models that read only ids cannot recommend it.",
                "{n:,} items of the items file have no event yet: models that read only ids cannot recommend them.",
                idle,
            )
            repairs.append(Repair(kind="cold_items", message=sentence, count=idle))
    if users is not None:
        user_ids = set(users.index)
        unknown, idle = sum(user not in user_ids for user in log.user_ids[1:]), len(user_ids - set(log.user_ids[1:]))
        if unknown:
            sentence = plural(
                "{n:,} user with interactions is not in the users file: the user's features are unknown.",
                "{n:,} users with interactions are not in the users file: their features are unknown.", unknown,
            )  # fmt: skip
            repairs.append(Repair(kind="unknown_users", message=sentence, count=unknown))
        if idle:
            sentence = plural(
                "{n:,} user of the users file has no event and was left out.",
                "{n:,} users of the users file have no event and were left out.", idle,
            )  # fmt: skip
            repairs.append(Repair(kind="idle_users", message=sentence, count=idle))
