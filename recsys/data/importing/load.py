"""Import of uploaded files into one validated dataset, with its import report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.balance import Balance
from recsys.data.dataset import CATEGORY, PRICE, TEXT, TITLE, Repair, Report
from recsys.data.images import kept_pictures, read_images
from recsys.data.importing.catalogue import cleaned, in_index_order, read_side_table, with_titles
from recsys.data.importing.count_rows import Steps, balance_of, check_adds_events
from recsys.data.importing.decision_report import check_losses, decision_notes
from recsys.data.importing.event_types import with_event_types
from recsys.data.importing.faults import IN_FILE, Decisions, Kind
from recsys.data.importing.filters import filtered
from recsys.data.importing.guess_roles import role_notes
from recsys.data.importing.import_choices import Choices
from recsys.data.importing.import_recipe import Recipe, columns_in_recipe, completed
from recsys.data.importing.impressions import in_order, read_impressions
from recsys.data.importing.missing_values import check_fill, with_filled
from recsys.data.importing.number_values import ZERO
from recsys.data.importing.originals import OF_ONE_FILE, Earlier, Originals, appended, merged
from recsys.data.importing.protection import Protector
from recsys.data.importing.rating_treatments import with_decided_ratings
from recsys.data.importing.read import Table, read_table
from recsys.data.importing.repeats import DROP_CONFLICTS, in_exact_order, warnings_of, without_repeats
from recsys.data.importing.roles import ALL_NAMES, assign_roles, by_number, split_mapping
from recsys.data.importing.rows import read_rows
from recsys.data.importing.several_values import with_bars
from recsys.data.importing.similar_ids import same_form
from recsys.data.importing.unmatched import report_unmatched
from recsys.data.interactions import ITEM, USER, Interactions
from recsys.errors import DataError
from recsys.messages import message

MAX_ROWS = 20_000_000
MAX_ITEMS = 500_000
PICTURES = message("reading pictures and impressions")
OnStep = Callable[[str, float], None]  # what an import does now, and the share of the work that is done


@dataclass(frozen=True)
class ImportRequest:
    """Files of an import, and what the user decided about them. `max_rows`: limit of each file.

    `columns` are those that a recipe of the choices was made on. `accept`: treatments proposed for small faults are taken.
    `asks`: the user is there to answer, so that faults with a default are open, too.
    `earlier` is the dataset that the files are appended to.
    `key`: file of the key of pseudonyms, such as that of another dataset; None for a new one.
    """

    ratings: Path
    items: Path | None = None
    users: Path | None = None
    images: Path | None = None
    impressions: Path | None = None
    name: str | None = None
    choices: Choices = field(default_factory=Choices)
    max_rows: int | None = None
    max_items: int | None = None
    columns: dict[Kind, tuple[str, ...]] = field(default_factory=dict)
    accept: bool = False
    asks: bool = False
    earlier: Earlier = field(default_factory=Earlier)
    key: Path | None = None


@dataclass(frozen=True, eq=False)
class Loaded:
    """An imported dataset without an id, not yet stored. `pictures` are files in the caller's folder, `key` that of pseudonyms."""

    interactions: Interactions
    items: pd.DataFrame
    users: pd.DataFrame
    pictures: dict[int, Path]
    report: Report
    impressions: pd.DataFrame | None = None
    recipe: Recipe | None = None
    originals: Originals = field(default_factory=Originals)
    key: bytes | None = field(default=None, repr=False)


def load_dataset(request: ImportRequest, pictures_to: Path, on_step: OnStep | None = None) -> Loaded:
    """Read and validate all files of an import; `on_step` is called before each step.

    Raises DataError with line and column, and UndecidedError with the faults that the user has to decide about.
    """
    return _Import(request, on_step).load(pictures_to)


class _Import:
    """An import under way: what was decided about it, and what was found and repaired so far."""

    def __init__(self, request: ImportRequest, on_step: OnStep | None = None) -> None:
        self.request, self.choices, self.earlier = request, request.choices, request.earlier
        self.on_step = on_step or (lambda name, share: None)
        self.decisions = Decisions(request.choices.treatments, accept=request.accept, asks=request.asks)
        sides: dict[Kind, Path | None] = {
            "items": request.items, "users": request.users, "impressions": request.impressions,
        }  # fmt: skip
        self.files: dict[Kind, Path] = {"interactions": request.ratings}
        self.files |= {kind: path for kind, path in sides.items() if path is not None}
        self.mapping = split_mapping(
            request.choices.mapping, tuple(kind for kind in self.files if kind != "interactions")
        )
        check_fill(request.choices.fill)
        self.tables: dict[Kind, Table] = {}
        self.protector = Protector(request.choices.protection, request.key, is_append=request.earlier.rows is not None)
        self.repairs: list[Repair] = []
        self.roles: dict[str, str] = {}

    def load(self, pictures_to: Path) -> Loaded:
        self.on_step(message("reading the interactions"), 0.0)
        table = self._read("interactions")
        self.roles = assign_roles(table, "interactions", self.mapping["interactions"])
        self.repairs += [*table.repairs, *role_notes(table, "interactions", self.roles)]
        same_ids = {role: self.roles[role] for role in ("user", "item")} if table.has_header else {}
        self.on_step(message("checking the columns"), 0.15)
        new_rows = read_rows(table, self.roles, self.choices, self.decisions, self.repairs)
        before = {
            "rows": self.decisions.rows["interactions"],
            "users": len(new_rows[USER].cat.categories),
            "items": len(new_rows[ITEM].cat.categories),
        }
        self.on_step(message("reading items and users"), 0.7)
        new_items = self._items(table, new_rows, same_ids)
        new_users = self._side("users", same_ids) if "users" in self.files else None
        if new_items is not None and "items" in self.files:
            new_items.index = same_form(new_items.index, new_rows[ITEM].unique(), "items", "item_id", self.decisions)
        if new_users is not None:
            new_users.index = same_form(new_users.index, new_rows[USER].unique(), "users", "user_id", self.decisions)
        new_rows, new_items, new_users = self.protector.protect(new_rows, new_items, new_users)
        rows = appended(self.earlier.rows, new_rows)
        frame, event_weights, balance = self._events(rows)
        items, users = self._merged_items(new_items), merged(self.earlier.users, new_users)
        self.decisions.check()
        check_losses(self.decisions, self.choices.most_dropped)
        check_adds_events(balance)
        originals = self.protector.originals_of(rows, frame, items, users)
        items, frame = self._catalogue(items, frame), self.protector.coarse_times(frame)
        self.on_step(message("sorting the events"), 0.8)
        log = Interactions.from_frame(frame, None if items is None else list(items.index))
        self._check_size(log)
        report_unmatched(log, frame, items, users, self.repairs)
        by_file = self.protector.with_original_ids(log)  # pictures and impressions write ids as the log does
        self.on_step(PICTURES, 0.9)
        pictures, skipped = dict[int, Path](), list[Repair]()
        if self.request.images is not None:
            pictures, skipped = read_images(self.request.images, by_file.item_index, pictures_to)
        pictures |= kept_pictures(self.earlier.pictures, log.item_index, pictures, pictures_to)
        self.repairs += skipped
        impressions = self._impressions(by_file, log, same_ids)
        self.decisions.check()
        items = with_titles(in_index_order(items, log.item_ids), log.item_ids)
        users = in_index_order(users, log.user_ids)
        self.on_step(message("storing"), 0.95)
        return Loaded(
            interactions=log,
            items=with_filled(items, "items", self.choices, self.repairs),
            users=with_filled(users, "users", self.choices, self.repairs),
            pictures=pictures,
            report=self._report(by_file, before, balance),
            impressions=impressions,
            recipe=self._recipe(event_weights),
            originals=originals,
            key=self.protector.key,
        )

    def _read(self, kind: Kind) -> Table:
        """The table of a file, in which columns have their names or, where the mapping names them by number, numbers."""
        numbered = by_number(self.mapping[kind])
        table = read_table(
            self.files[kind], self.request.max_rows or MAX_ROWS, ALL_NAMES, numbered,
            choices=self.choices.files.get(kind), decisions=self.decisions, file=kind,
        )  # fmt: skip
        if kind in self.request.columns:
            mapped = frozenset(self.mapping[kind].values())
            table = columns_in_recipe(table, kind, self.request.columns[kind], mapped, self.decisions)
        self.tables[kind] = table
        return table

    def _events(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float] | None, Balance]:
        """The events that count, in their exact order, the weights of their types, and where all rows went."""
        typed, weights = with_event_types(rows, self.choices.events, self.decisions, self.repairs)
        rated = with_decided_ratings(typed, self.choices, self.repairs)
        merged = in_exact_order(without_repeats(rated, self.decisions, self.repairs, self.roles.get("rating")))
        kept = filtered(merged, self.choices.filters, self.repairs)
        is_conflict_free = self.decisions.has_made(DROP_CONFLICTS, kind="conflict")
        steps = Steps(rows, weights, typed, rated, merged, kept, is_conflict_free)
        num_rows = self.decisions.rows["interactions"]
        return kept, weights, balance_of(num_rows, steps, is_later=self.earlier.rows is not None)

    def _check_size(self, log: Interactions) -> None:
        limit = self.request.max_items or MAX_ITEMS
        if log.num_items > limit:
            text = message(
                "The catalogue has {items:,} items; the limit is {limit:,}. Upload a part of it or raise the limit."
            )
            raise DataError(text.format(items=log.num_items, limit=limit))

    def _items(self, table: Table, rows: pd.DataFrame, same_ids: dict[str, str]) -> pd.DataFrame | None:
        """The table of items by id: that of its file, or texts of the interactions file, from each item's first row."""
        if "items" in self.files:
            return self._side("items", same_ids)
        item_roles = [role for role in (TITLE, CATEGORY, PRICE, TEXT) if role in self.roles]
        if not item_roles or self._has_items_file:
            return None
        first = rows.drop_duplicates(ITEM)
        cells = table.frame.iloc[first.index]  # the index is the row number in the table
        columns = {role: cells[self.roles[role]].astype("str").to_numpy() for role in item_roles}
        return pd.DataFrame(columns, index=pd.Index(first[ITEM].to_numpy()))

    def _merged_items(self, new: pd.DataFrame | None) -> pd.DataFrame | None:
        """The items with those of the dataset that is appended to: a newer file counts more, texts of a log less."""
        if "items" in self.files:
            return merged(self.earlier.items, new)
        return merged(new, self.earlier.items)

    @property
    def _has_items_file(self) -> bool:
        return "items" in self.files or "items.item" in self.earlier.roles

    def _catalogue(self, items: pd.DataFrame | None, frame: pd.DataFrame) -> pd.DataFrame | None:
        """The items of the dataset: those with events and, of a file unless a core of items was chosen, all."""
        if items is None:
            return None
        if self._has_items_file and not self.choices.filters.item_core > 1:
            return items
        items = items[items.index.isin(frame[ITEM].unique())]
        if self._has_items_file:
            return items
        if CATEGORY in items and self.choices.split_categories:
            items = items.assign(**{CATEGORY: with_bars(items[CATEGORY], CATEGORY, self.repairs)})
        return cleaned(items.copy(), self.repairs, self.choices.filled_of("items"))

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
            frame, side_roles = read_side_table(table, kind, mapping, self.decisions, self.choices, notes)
        self.roles |= {f"{kind}.{name}": column for name, column in side_roles.items()}
        return frame

    def _impressions(self, by_file: Interactions, log: Interactions, same_ids: dict[str, str]) -> pd.DataFrame | None:
        shown = self.earlier.impressions
        if shown is not None:
            shown = shown.assign(
                **{USER: shown[USER].map(log.user_index), ITEM: shown[ITEM].map(log.item_index)}
            ).dropna()
            shown = shown.astype({USER: np.int64, ITEM: np.int64})
        if "impressions" not in self.files:
            return shown
        notes: list[Repair] = []
        with self._naming_file("impressions", notes):
            table, mapping = self._read("impressions"), self.mapping["impressions"]
            if table.has_header:
                mapping = {role: name for role, name in same_ids.items() if name in table.frame.columns} | mapping
            frame, side_roles = read_impressions(table, mapping, by_file, self.decisions, notes)
        self.roles |= {f"impressions.{role}": column for role, column in side_roles.items()}
        frame = self.protector.shown(frame)
        return frame if shown is None else in_order(pd.concat([shown, frame]))

    def _report(self, by_file: Interactions, before: dict[str, int], balance: Balance) -> Report:
        """The report, with what the log held before anything was left out; of an appended dataset with the roles of the tables that no file replaced."""
        roles = {name: column for name, column in self.earlier.roles.items() if "." in name}
        noted = [note for note in self.repairs if self.earlier.rows is None or note.kind not in OF_ONE_FILE]
        repairs = self.protector.notes([*noted, *decision_notes(self.decisions)])
        warnings = warnings_of(by_file, has_merged=balance.repeats > 0, zeros_decided=ZERO in self.choices.treatments)
        return Report(
            roles={**roles, **self.roles}, repairs=tuple(repairs), warnings=tuple(map(self.protector.without_ids, warnings)),
            before=before, balance=balance,
        )  # fmt: skip

    def _recipe(self, event_weights: dict[str, float] | None) -> Recipe:
        choices = completed(self.choices, self.tables, self.roles, self.decisions, event_weights)
        columns = {kind: tuple(str(name) for name in table.frame.columns) for kind, table in self.tables.items()}
        return Recipe(choices=choices, columns=columns).after(self.earlier.recipe)

    @contextmanager
    def _naming_file(self, kind: Kind, notes: list[Repair]) -> Iterator[None]:
        """Prefix errors and notes with the file's name; the notes are added to those of the import."""
        try:
            yield
        except DataError as error:
            text = IN_FILE[kind].format(text=error.message)
            raise DataError(text, line=error.line, column=error.column) from error
        self.repairs += [note.model_copy(update={"message": IN_FILE[kind].format(text=note.message)}) for note in notes]
