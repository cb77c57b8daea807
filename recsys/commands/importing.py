"""The commands `import`, `append` and `recipe`: their arguments, and the choices that they make."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys.commands.parsing import parse_pairs, workspace_of
from recsys.commands.protecting import add_protection, protection_of
from recsys.errors import SettingError, fault_text
from recsys.messages import message

if TYPE_CHECKING:
    from recsys.data.dataset import Dataset
    from recsys.data.importing.import_choices import Choices
    from recsys.data.importing.import_recipe import Recipe
    from recsys.services.workspace import Workspace

FILTERS = {
    "from": ("since",), "until": ("until",), "rating": ("least_rating",), "sample": ("sample",), "seed": ("seed",),
    "least-events": ("least_events",), "k-core": ("user_core", "item_core"), "user-core": ("user_core",),
    "item-core": ("item_core",),
}  # fmt: skip


def add_import(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("file", type=Path)
    _add_files(sub)
    sub.add_argument("--name")
    sub.add_argument(
        "--recipe", type=Path, metavar="FILE", help="choices of an earlier import; those given here count more"
    )
    sub.add_argument("--map", nargs="+", default=[], metavar="role=column")
    sub.add_argument("--scale", nargs=2, type=float, metavar=("LO", "HI"))
    sub.add_argument("--events", nargs="+", default=[], metavar="type=weight",
                     help="which types of events count; weights that differ become the ratings")  # fmt: skip
    sub.add_argument("--keep", nargs="+", default=[], metavar="filter=value", help=f"filters: {', '.join(FILTERS)}")
    sub.add_argument("--fill", nargs="+", default=[], metavar="column",
                     help="fill missing values, such as those of users.age, with the median or the most frequent value")  # fmt: skip
    sub.add_argument("--whole-categories", action="store_true", help="never split a category into several")
    sub.add_argument("--most-dropped", type=float, metavar="SHARE", help="of the rows that faults may leave out")
    add_protection(sub)


def add_append(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("dataset")
    sub.add_argument("file", type=Path)
    _add_files(sub)


def add_recipe(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("dataset")


def _add_files(sub: argparse.ArgumentParser) -> None:
    """Arguments of both commands that read files."""
    for name in ("users", "items", "images", "impressions"):
        sub.add_argument(f"--{name}", type=Path)
    sub.add_argument(
        "--treat", nargs="+", default=[], metavar="fault=treatment", help="what to do about faults of the data"
    )
    sub.add_argument("--accept", action="store_true", help="take the proposed treatments of small faults")
    sub.add_argument("--max-rows", type=int)
    sub.add_argument("--max-items", type=int)


def do_import(options: argparse.Namespace) -> dict[str, Any]:
    from recsys.data.importing.import_recipe import Recipe, read_recipe
    from recsys.data.importing.load import ImportRequest
    from recsys.services.data.datasets import import_dataset

    workspace = workspace_of(options)
    recipe = Recipe() if options.recipe is None else read_recipe(options.recipe)
    choices = choices_of(options, recipe)
    request = ImportRequest(
        ratings=options.file, items=options.items, users=options.users, images=options.images,
        impressions=options.impressions, name=options.name, choices=choices, max_rows=options.max_rows,
        max_items=options.max_items, columns=recipe.columns, accept=options.accept, key=options.key,
    )  # fmt: skip
    return _answer(workspace, import_dataset(workspace, request), choices.treatments)


def do_append(options: argparse.Namespace) -> dict[str, Any]:
    from recsys.data.provenance import recipe_in
    from recsys.services.data.append import AppendRequest, append

    workspace, treatments = workspace_of(options), parse_pairs(options.treat, "fault=treatment")
    request = AppendRequest(
        dataset_id=options.dataset, ratings=options.file, items=options.items, users=options.users, images=options.images,
        impressions=options.impressions, treatments=treatments, accept=options.accept, max_rows=options.max_rows,
        max_items=options.max_items,
    )  # fmt: skip
    dataset = append(workspace, request)
    given = recipe_in(workspace.datasets.folder(options.dataset)).choices.treatments | treatments
    return {"appended_to": options.dataset, **_answer(workspace, dataset, given)}


def do_recipe(options: argparse.Namespace) -> dict[str, Any]:
    from recsys.data.provenance import recipe_in

    workspace = workspace_of(options)
    workspace.datasets.summary(options.dataset)  # refuses an unknown id
    return recipe_in(workspace.datasets.folder(options.dataset)).model_dump(mode="json")


def _answer(workspace: Workspace, dataset: Dataset, given: dict[str, str]) -> dict[str, Any]:
    """The dataset and its report; `accepted` are the treatments that were not `given`."""
    from recsys.data.provenance import recipe_in

    summary = workspace.datasets.summary(dataset.dataset_id)
    treatments = recipe_in(workspace.datasets.folder(dataset.dataset_id)).choices.treatments
    return {
        **summary.model_dump(
            include={"dataset_id", "name", "rows", "users", "items", "catalogue_items", "rating_sum", "impressions"}
        ),
        "accepted": {key: name for key, name in treatments.items() if key not in given},
        "balance": str(dataset.report.balance.in_words()) if dataset.report.balance else None,
        "repairs": [repair.model_dump() for repair in dataset.report.repairs],
        "warnings": list(dataset.report.warnings),
    }


def choices_of(options: argparse.Namespace, recipe: Recipe) -> Choices:
    """The choices of the recipe, with those of the options in their place."""
    from pydantic import ValidationError

    from recsys.data.importing.import_choices import Choices

    chosen = recipe.choices.model_dump()
    chosen["mapping"] |= parse_pairs(options.map, "role=column")
    chosen["treatments"] |= parse_pairs(options.treat, "fault=treatment")
    chosen["filters"] |= _filters(parse_pairs(options.keep, "filter=value"))
    chosen["protection"] |= protection_of(options).model_dump(exclude_defaults=True)
    if options.events:
        chosen["events"] = (chosen["events"] or {}) | parse_pairs(options.events, "type=weight")
    if options.scale:
        chosen["scale"] = tuple(options.scale)
    if options.fill:
        chosen["fill"] = tuple(options.fill)
    if options.whole_categories:
        chosen["split_categories"] = False
    if options.most_dropped is not None:
        chosen["most_dropped"] = options.most_dropped
    try:
        return Choices(**chosen)
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(str(part) for part in fault["loc"])
        raise SettingError(
            message("Option {option}: {fault}.", option=name, fault=fault_text(fault)), column=name
        ) from None


def _filters(pairs: dict[str, str]) -> dict[str, str]:
    """Fields of the filters, from their names on the command line."""
    if unknown := next((name for name in pairs if name not in FILTERS), None):
        text = message("There is no filter {name!r}. Filters are: {names}.")
        raise SettingError(text.format(name=unknown, names=", ".join(FILTERS)), column="keep")
    return {field: value for name, value in pairs.items() for field in FILTERS[name]}
