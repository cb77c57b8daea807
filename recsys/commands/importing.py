"""The command `import`: its arguments, and the choices that they make."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys.commands.parsing import parse_pairs, workspace_of
from recsys.commands.protecting import add_protection, protection_of

if TYPE_CHECKING:
    from recsys.data.importing.import_choices import Choices


def add_import(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("file", type=Path)
    for name in ("users", "items", "images", "impressions"):
        sub.add_argument(f"--{name}", type=Path)
    sub.add_argument("--name")
    sub.add_argument("--map", nargs="+", default=[], metavar="role=column")
    sub.add_argument("--scale", nargs=2, type=float, metavar=("LO", "HI"))
    sub.add_argument(
        "--treat", nargs="+", default=[], metavar="fault=treatment", help="what to do about faults of the data"
    )
    add_protection(sub)
    sub.add_argument("--max-rows", type=int)
    sub.add_argument("--max-items", type=int)


def do_import(options: argparse.Namespace) -> dict[str, Any]:
    from recsys.data.importing.load import ImportRequest
    from recsys.services.data.datasets import import_dataset

    workspace = workspace_of(options)
    request = ImportRequest(
        ratings=options.file, items=options.items, users=options.users, images=options.images,
        impressions=options.impressions, name=options.name, choices=choices_of(options),
        max_rows=options.max_rows, max_items=options.max_items, key=options.key,
    )  # fmt: skip
    dataset = import_dataset(workspace, request)
    summary = workspace.datasets.summary(dataset.dataset_id)
    return {
        **summary.model_dump(
            include={"dataset_id", "name", "rows", "users", "items", "catalogue_items", "rating_sum", "impressions"}
        ),
        "repairs": [repair.model_dump() for repair in dataset.report.repairs],
        "warnings": list(dataset.report.warnings),
    }


def choices_of(options: argparse.Namespace) -> Choices:
    from recsys.data.importing.import_choices import Choices

    return Choices(
        mapping=parse_pairs(options.map, "role=column"),
        scale=tuple(options.scale) if options.scale else None,
        treatments=parse_pairs(options.treat, "fault=treatment"),
        protection=protection_of(options),
    )
