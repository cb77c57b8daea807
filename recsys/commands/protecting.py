"""Arguments of `import` that protect people: pseudonyms, columns left out, bands."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.errors import SettingError, fault_text
from recsys.messages import message

if TYPE_CHECKING:
    from recsys.data.importing.import_choices import Protection


def add_protection(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--pseudonyms",
        nargs="*",
        choices=("users", "items"),
        help="replace the ids of users, items or both; users by default",
    )
    sub.add_argument(
        "--key", type=Path, metavar="FILE", help="the key of the pseudonyms, such as another dataset's; else a new one"
    )
    sub.add_argument("--drop", nargs="+", default=[], metavar="COLUMN", help="leave out columns, such as users.zip")
    sub.add_argument("--bands", nargs="+", default=[], metavar="COLUMN=WIDTH",
                     help="coarsen numbers, such as age=10; age alone takes the age bands of the app")  # fmt: skip
    sub.add_argument("--days", action="store_true", help="coarsen times to the day")


def protection_of(options: argparse.Namespace) -> Protection:
    """Raises SettingError for a width that is no number above 0."""
    from pydantic import ValidationError

    from recsys.data.importing.import_choices import Protection

    pairs = [text.partition("=") for text in options.bands]
    try:
        return Protection(
            pseudonyms=tuple(options.pseudonyms or ["users"]) if options.pseudonyms is not None else (),
            drop=tuple(options.drop),
            bands={column: width if sign else None for column, sign, width in pairs},
            days=options.days,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        text = message("--bands {column}: {fault}. Write the width of the bands, such as age=10.")
        raise SettingError(text.format(column=str(fault["loc"][-1]), fault=fault_text(fault)), column="bands") from None
