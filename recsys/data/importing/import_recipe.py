"""The recipe of a dataset: all choices of its import, what was guessed made explicit, and the columns they were made on.

Replayed on another file it treats it in the same way. A column that is missing or new is named, and so is each fault that the
recipe does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.data.importing.faults import Decisions, Fault, Kind, Treatment
from recsys.data.importing.import_choices import Choices, FileChoices
from recsys.data.importing.read import Table
from recsys.data.importing.roles import ROLES
from recsys.errors import DataError
from recsys.messages import message, short

ONCE = ("new_columns", "missing_columns", "new_event_types", "event_types")  # the choices say what came of these
IGNORE = Treatment(name="ignore", label=message("leave them out"))
KEEP = Treatment(name="keep", label=message("keep them"))
WITHOUT = Treatment(name="without", label=message("go on without them"))


class Recipe(BaseModel):
    """`columns` of each file, in its order: what the choices were made on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    choices: Choices = Choices()
    columns: dict[Kind, tuple[str, ...]] = {}

    def after(self, earlier: Recipe) -> Recipe:
        """The recipe with that of an earlier import for the files that were not given again."""
        choices = self.choices.model_copy(
            update={
                "mapping": earlier.choices.mapping | self.choices.mapping,
                "files": earlier.choices.files | self.choices.files,
            }
        )
        return Recipe(choices=choices, columns=earlier.columns | self.columns)


def read_recipe(path: Path) -> Recipe:
    """Read a recipe from a file. Raises DataError."""
    try:
        return Recipe.model_validate_json(path.read_bytes())
    except OSError as error:
        text = message("Could not read the recipe {name}: {reason}.")
        raise DataError(text.format(name=path.name, reason=error.strerror)) from error
    except (ValidationError, orjson.JSONDecodeError) as error:
        text = message("{name} is no recipe of an import. Write one with: recipe DATASET.")
        raise DataError(text.format(name=path.name)) from error


def completed(
    choices: Choices,
    tables: Mapping[Kind, Table],
    roles: Mapping[str, str],
    decisions: Decisions,
    events: dict[str, float] | None,
) -> Choices:
    """The choices with what was guessed made explicit: how files were read, each role's column or "", weights of event types.

    `roles` as in the report, `items.title` for another file than the interactions.
    """
    mapping: dict[str, str] = {}
    for kind in tables:
        prefix = "" if kind == "interactions" else f"{kind}."
        embedded = ROLES["items"][1:] if kind == "interactions" and "items" not in tables else ()
        mapping |= {f"{prefix}{role}": roles.get(f"{prefix}{role}", "") for role in (*ROLES[kind], *embedded)}
        mapping |= {role: column for role, column in roles.items() if prefix and role.startswith(prefix)}
    treatments = {**choices.treatments, **{fault.key: treatment.name for fault, treatment in decisions.made}}
    return choices.model_copy(
        update={
            "mapping": mapping,
            "files": {kind: _as_read(table, choices.files.get(kind, FileChoices())) for kind, table in tables.items()},
            "treatments": {key: name for key, name in treatments.items() if key.rsplit(".")[-1] not in ONCE},
            "events": choices.events if events is None else events,
        }
    )


def _as_read(table: Table, chosen: FileChoices) -> FileChoices:
    """How a file was read, where the user did not choose it."""
    is_histories = any(repair.kind == "histories" for repair in table.repairs)
    as_read = {"encoding": table.encoding, "has_header": table.has_header}
    as_read |= {} if is_histories else {"separator": table.separator}
    return chosen.model_copy(update={name: value for name, value in as_read.items() if getattr(chosen, name) is None})


def columns_in_recipe(
    table: Table, kind: Kind, expected: tuple[str, ...], mapped: frozenset[str], decisions: Decisions
) -> Table:
    """The table with the columns that the recipe knows, and new ones if that was decided.

    Raises DataError where a column with a role (`mapped`) is missing.
    """
    columns = tuple(str(name) for name in table.frame.columns)
    missing = [name for name in expected if name not in columns]
    new = [name for name in columns if name not in expected]
    if lost := [name for name in missing if name in mapped]:
        text = message(
            "The recipe needs the columns {missing}, and the file has {columns}. Choose others with a mapping."
        )
        shown = {"missing": short(", ".join(lost), 80), "columns": short(", ".join(columns), 100)}
        raise DataError(text.format(**shown), column=lost[0])
    if missing:
        sentence = message(
            "Columns of the recipe that the file lacks: {columns}.", columns=short(", ".join(missing), 120)
        )
        decisions.treatment(_fault("missing_columns", kind, sentence, missing, len(table.frame), (WITHOUT,)))
    if new:
        sentence = message(
            "Columns of the file that the recipe does not know: {columns}.", columns=short(", ".join(new), 120)
        )
        treatments = (IGNORE, KEEP) if kind in ("items", "users") else (IGNORE,)
        if decisions.treatment(_fault("new_columns", kind, sentence, new, len(table.frame), treatments)) != KEEP.name:
            table.frame = table.frame.drop(columns=new)
    return table


def _fault(
    name: str, kind: Kind, sentence: str, columns: list[str], num_rows: int, treatments: tuple[Treatment, ...]
) -> Fault:
    values = tuple(short(column) for column in columns)
    return Fault(
        kind=name, file=kind, message=sentence, count=num_rows, rows=num_rows, values=values, treatments=treatments
    )
