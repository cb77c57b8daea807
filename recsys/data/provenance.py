"""Where a dataset comes from and where it went: files in its folder that are not part of its id.

`recipe.json` holds the choices of the import, `originals` what it read and the dataset does not keep. Datasets of earlier
versions, and those that came with a run from elsewhere, have neither. `successor.json` names the dataset in which a later log was
appended.
"""

from __future__ import annotations

from pathlib import Path

from recsys.data.files import read_json, write_json
from recsys.data.importing.import_recipe import Recipe, read_recipe
from recsys.data.importing.load import Loaded
from recsys.data.importing.originals import Originals
from recsys.errors import DataError
from recsys.messages import message

RECIPE, ORIGINALS, SUCCESSOR = "recipe.json", "originals", "successor.json"


def write_provenance(folder: Path, loaded: Loaded) -> None:
    """Write what there is of it, unless it is there; the recipe last, so that with it the originals are whole."""
    if loaded.recipe is not None and not (folder / RECIPE).exists():
        loaded.originals.write(folder / ORIGINALS)
        write_json(folder / RECIPE, loaded.recipe.model_dump(mode="json"))


def recipe_in(folder: Path) -> Recipe:
    """The recipe of the dataset in a folder. Raises DataError if it has none."""
    if not (folder / RECIPE).exists():
        text = message(
            "This dataset has no recipe: an earlier version or another machine imported it. Import its files again."
        )
        raise DataError(text)
    return read_recipe(folder / RECIPE)


def originals_in(folder: Path) -> Originals:
    return Originals.read(folder / ORIGINALS)


def forget_in_originals(folder: Path, user_id: str) -> None:
    """Delete a person's rows and features from what is kept beside the dataset."""
    originals_in(folder).without(user_id).write(folder / ORIGINALS)


def move_successors(folder: Path, replacement: str) -> None:
    """Another dataset takes the place of that in `folder`, in the chain of its older and newer ones."""
    for path in folder.parent.glob(f"*/{SUCCESSOR}"):
        if read_json(path)["successor"] == folder.name:
            mark_successor(path.parent, replacement)
    if (folder / SUCCESSOR).exists() and folder.with_name(replacement).exists():
        mark_successor(folder.with_name(replacement), read_json(folder / SUCCESSOR)["successor"])


def mark_successor(folder: Path, successor: str) -> None:
    write_json(folder / SUCCESSOR, {"successor": successor})


def newest_after(folder: Path) -> str | None:
    """Id of the newest dataset that logs were appended in, from the folder of an older one; None if there is none.

    A deleted dataset ends the chain.
    """
    newest, seen = None, {folder.name}
    while (folder / SUCCESSOR).exists():
        folder = folder.with_name(read_json(folder / SUCCESSOR)["successor"])
        if folder.name in seen or not (folder / "dataset.json").exists():
            break
        newest = folder.name
        seen.add(folder.name)
    return newest
