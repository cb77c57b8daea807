"""Named slices and picked sets of users or items, saved in the folder of their dataset and deleted with it.

`slices.json` maps a name to the short form of a slice. `picked/HASH.json` holds the ids of a set that was picked on a
chart or a map; links name it by its hash. Neither is part of the dataset's content or id.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

import orjson

from recsys.data.files import read_json, write_json
from recsys.errors import SettingError
from recsys.messages import message
from recsys.services.workspace import Workspace
from recsys.services.workspace.slices import ITEM_IDS, USER_IDS, Slice

FILE, FOLDER = "slices.json", "picked"
MAX_NAMED, MAX_NAME = 50, 60  # named slices of a dataset, characters of a name
MAX_IDS, MAX_SETS = 100_000, 200  # ids of a picked set, picked sets of a dataset
SET_NAME = re.compile(r"[0-9a-f]{12}")


def named_slices(workspace: Workspace, dataset_id: str) -> dict[str, Slice]:
    """Saved slices by name, in the order of their names; unreadable ones are left out."""
    try:
        stored = read_json(workspace.datasets.folder(dataset_id) / FILE)
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    entries = stored.items() if isinstance(stored, dict) else ()
    return {name: Slice.read(text) for name, text in sorted(entries) if isinstance(text, str)}


def save_slice(workspace: Workspace, dataset_id: str, name: str, chosen: Slice) -> str:
    """Save a slice under a name, replacing one of the same name; returns the name. Raises SettingError."""
    name = " ".join(name.split())
    saved = named_slices(workspace, dataset_id)
    if not name or len(name) > MAX_NAME:
        text = message("The name of a slice has 1 to {limit} characters; this one has {count}. Choose another name.")
        raise SettingError(text.format(limit=MAX_NAME, count=len(name)))
    if not chosen:
        raise SettingError(message("The slice holds everything, so there is nothing to save. Choose a filter first."))
    if name not in saved and len(saved) >= MAX_NAMED:
        text = message("This dataset has {limit} saved slices, the most it can have. Delete one first.")
        raise SettingError(text.format(limit=MAX_NAMED))
    _write(workspace, dataset_id, {**saved, name: chosen})
    return name


def delete_slice(workspace: Workspace, dataset_id: str, name: str) -> None:
    """Delete a saved slice; nothing happens if there is none of this name."""
    saved = named_slices(workspace, dataset_id)
    _write(workspace, dataset_id, {other: chosen for other, chosen in saved.items() if other != name})


def _write(workspace: Workspace, dataset_id: str, saved: dict[str, Slice]) -> None:
    write_json(workspace.datasets.folder(dataset_id) / FILE, {name: chosen.text() for name, chosen in saved.items()})


def save_picked(workspace: Workspace, dataset_id: str, ids: Iterable[str]) -> str:
    """Save a set of user or item ids; returns its name, a hash of its content. Raises SettingError.

    Beyond MAX_SETS sets, the one that was saved first is deleted, unless a named slice uses it.
    """
    distinct = sorted(set(ids))
    if not distinct or len(distinct) > MAX_IDS:
        text = message("A slice takes 1 to {limit:,} picked users or items; {count:,} were picked. Pick fewer.")
        raise SettingError(text.format(limit=MAX_IDS, count=len(distinct)))
    content = orjson.dumps(distinct)
    name = hashlib.sha256(content).hexdigest()[:12]
    folder = workspace.datasets.folder(dataset_id) / FOLDER
    folder.mkdir(exist_ok=True)
    if not _path(folder, name).exists():
        _make_room(workspace, dataset_id, folder)
        write_json(_path(folder, name), distinct)
    return name


def picked_sets(workspace: Workspace, dataset_id: str, chosen: Slice) -> dict[str, tuple[str, ...]]:
    """The picked sets that a slice names, as far as they are here."""
    folder = workspace.datasets.folder(dataset_id) / FOLDER
    sets = {}
    for name in (*chosen.values(USER_IDS), *chosen.values(ITEM_IDS)):
        if SET_NAME.fullmatch(name):
            try:
                sets[name] = tuple(map(str, read_json(_path(folder, name))))
            except (FileNotFoundError, orjson.JSONDecodeError):
                continue
    return sets


def copy_slices(workspace: Workspace, source: str, target: str, user_id: str, item_ids: Collection[str]) -> None:
    """Copy saved slices and picked sets to the dataset `target`, without a user and without these items.

    A slice that picked nothing else is dropped, and so is a set without a slice that holds one of these ids: whether it is
    of users or of items is not stored.
    """
    folder, gone = workspace.datasets.folder(source) / FOLDER, {USER_IDS: {user_id}, ITEM_IDS: set(item_ids)}
    saved, used = named_slices(workspace, source), set()
    for name, chosen in saved.items():
        sets = picked_sets(workspace, source, chosen)
        used |= set(sets)
        for facet, ids in gone.items():
            kept = [
                _without(workspace, target, sets.get(value, (value,)), ids, value) for value in chosen.values(facet)
            ]
            is_empty = bool(kept) and not any(kept)
            chosen = Slice() if is_empty else chosen.with_values(facet, filter(None, kept))
        saved[name] = chosen
    for path in sorted(folder.glob("*.json")) if folder.exists() else ():
        with suppress(orjson.JSONDecodeError):  # such a set is of no use to a link either
            if path.stem not in used and not {user_id, *item_ids} & set(read_json(path)):
                save_picked(workspace, target, read_json(path))
    kept_slices = {name: chosen for name, chosen in saved.items() if chosen}
    if kept_slices:
        _write(workspace, target, kept_slices | named_slices(workspace, target))


def _without(workspace: Workspace, target: str, picked: tuple[str, ...], gone: set[str], value: str) -> str:
    """What stands in a slice for a picked set, or a single id, without the ids that are gone; "" where nothing is left."""
    left = [one for one in picked if one not in gone]
    if picked == (value,):
        return value if left else ""
    return save_picked(workspace, target, left) if left else ""


def _make_room(workspace: Workspace, dataset_id: str, folder: Path) -> None:
    saved = named_slices(workspace, dataset_id).values()
    used = {name for chosen in saved for name in (*chosen.values(USER_IDS), *chosen.values(ITEM_IDS))}
    oldest = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    unused = [path for path in oldest if path.stem not in used]
    for path in unused[: max(0, len(oldest) - MAX_SETS + 1)]:
        path.unlink(missing_ok=True)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
