"""Append a later log to a dataset: the result is a new dataset, the one that an import of the whole log would give.

The file is read with the recipe of the dataset. Its rows come after those of the dataset, then all rows are treated together:
repeats, medians, filters. A fault that the recipe does not know is open again. The old dataset stays as it is and says which
one is newer (`newest_after`), so that its runs can say that they are older.

Tables of items and users are kept, and a row of a new file replaces that of the same id. Pictures and impressions are kept;
those that the first import left out, because nobody had touched their item yet, have to be given again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from recsys.data.dataset import Dataset
from recsys.data.importing.faults import Kind
from recsys.data.importing.import_choices import Choices
from recsys.data.importing.import_recipe import Recipe
from recsys.data.importing.load import ImportRequest
from recsys.data.importing.originals import earlier_of
from recsys.data.provenance import mark_successor, originals_in, recipe_in
from recsys.data.store import DatasetStore
from recsys.errors import DataError
from recsys.messages import message
from recsys.services.workspace import Workspace


@dataclass(frozen=True)
class AppendRequest:
    """A later log of a dataset, and newer tables if any. `treatments` of faults that the recipe does not know."""

    dataset_id: str
    ratings: Path
    items: Path | None = None
    users: Path | None = None
    images: Path | None = None
    impressions: Path | None = None
    treatments: dict[str, str] = field(default_factory=dict)
    accept: bool = False
    max_rows: int | None = None
    max_items: int | None = None


def append(workspace: Workspace, request: AppendRequest) -> Dataset:
    """Store and return the dataset with the rows of the log.

    Raises as `recipe_to_append`, DataError for a log that adds no event, UndecidedError for new faults; then nothing is stored.
    """
    choices = recipe_to_append(workspace.datasets, request.dataset_id).choices
    choices = choices.model_copy(update={"treatments": choices.treatments | request.treatments})
    appended = workspace.datasets.add(import_request(workspace.datasets, request, choices))
    mark_successor(workspace.datasets.folder(request.dataset_id), appended.dataset_id)
    return appended


def recipe_to_append(datasets: DatasetStore, dataset_id: str) -> Recipe:
    """The recipe that a later log is read with. Raises DataError for a dataset without one or with coarsened times."""
    recipe = recipe_in(datasets.folder(dataset_id))
    if recipe.choices.protection.days:
        text = message(
            "Times of this dataset were coarsened to the day, so what was repeated within a day is not known any more. Import the "
            "whole log instead."
        )
        raise DataError(text)
    return recipe


def import_request(datasets: DatasetStore, request: AppendRequest, choices: Choices) -> ImportRequest:
    """The import of a later log with these choices; those about files that are not given again do not count."""
    dataset, folder = datasets.load(request.dataset_id), datasets.folder(request.dataset_id)
    recipe = recipe_to_append(datasets, request.dataset_id)
    given: set[Kind] = {"interactions"}
    given |= {kind for kind in ("items", "users", "impressions") if getattr(request, kind) is not None}
    mapping = {role: column for role, column in choices.mapping.items() if _file_of(role) in given}
    return ImportRequest(
        ratings=request.ratings, items=request.items, users=request.users, images=request.images,
        impressions=request.impressions, name=dataset.name, choices=choices.model_copy(update={"mapping": mapping}),
        max_rows=request.max_rows, max_items=request.max_items, columns=recipe.columns, accept=request.accept,
        key=datasets.keys.path(request.dataset_id) if datasets.keys.has(request.dataset_id) else None,
        earlier=earlier_of(dataset, originals_in(folder), recipe),
    )  # fmt: skip


def _file_of(role: str) -> str:
    """The file that an entry of a recipe's mapping is about."""
    file, dot, _ = role.partition(".")
    return file if dot else "interactions"
