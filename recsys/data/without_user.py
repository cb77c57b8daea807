"""A dataset without one person: what an import of the same files without that person's rows would have given.

Indices are assigned anew, so an item that only this person touched leaves the catalogue, unless the items file lists it.
Columns of the files are not read again: where the person's cells decided how a column was read (its date format, say), it
stays as it was read, and so does a title that a file without items repeats in each row.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.data.dataset import TITLE, Dataset, Repair, Report
from recsys.data.importing.catalogue import in_index_order, with_titles
from recsys.data.importing.load import Loaded
from recsys.data.importing.repeats import warnings_of
from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions
from recsys.messages import message

ITEMS_FILE = "items.item"  # a role in the report of a dataset with an items file
FORGOTTEN = Repair(
    kind="forgotten",
    message=message("A person was forgotten after the import. Counts of these notes are those of the imported files."),
)


def without_user(dataset: Dataset, user: int) -> Loaded:
    """The dataset without the events, features and impressions of a user index; pictures are those of the old files.

    Raises DataError if too little is left to be a dataset.
    """
    log = dataset.interactions
    kept = log.users != user
    columns = {USER: log.user_ids[log.users[kept]], ITEM: log.item_ids[log.items[kept]]}
    columns |= {} if log.ratings is None else {RATING: log.ratings[kept]}
    columns |= {} if log.times is None else {TIME: log.times[kept]}
    part = Interactions.from_frame(pd.DataFrame(columns), _ids_of_file(dataset))
    new_item = _new_indices(log.item_ids, part.item_index)
    new_user = _new_indices(log.user_ids, part.user_index)
    impressions, roles = _impressions(dataset.impressions, new_user, new_item), dataset.report.roles
    if impressions is None:
        roles = {role: column for role, column in roles.items() if not role.startswith("impressions.")}
    return Loaded(
        interactions=part,
        items=with_titles(_rows(dataset.items, log.item_ids, part.item_ids), part.item_ids),
        users=_rows(dataset.users, log.user_ids, part.user_ids),
        pictures={int(new_item[item]): path for item, path in dataset.images.items() if new_item[item]},
        report=Report(roles=roles, repairs=_repairs(dataset, user), warnings=tuple(warnings_of(part))),
        impressions=impressions,
    )


def _ids_of_file(dataset: Dataset) -> list[str] | None:
    """Ids of the items file, which stay without an event; None without such a file.

    An item that the file lacked has nothing but its id. One with an empty row cannot be told from it, where the report says
    that the file lacked some.
    """
    log, items = dataset.interactions, dataset.items
    if ITEMS_FILE not in dataset.report.roles:
        return None
    is_blank = items[TITLE].astype("str").to_numpy() == log.item_ids.astype("str")
    for name in items.columns.drop(TITLE):
        is_blank &= items[name].isna().to_numpy() | (items[name].astype("str") == "").to_numpy()
    lacks_some = any(repair.kind == "unknown_items" for repair in dataset.report.repairs)
    in_file = ~is_blank | (log.item_counts == 0) if lacks_some else np.ones(len(items), dtype=bool)
    in_file[0] = False
    return [str(item_id) for item_id in log.item_ids[in_file]]


def _new_indices(old_ids: np.ndarray, new_index: dict[str, int]) -> np.ndarray:
    """[len(old_ids)] new index of each old one, 0 for what is gone."""
    return np.array([new_index.get(old_id, 0) for old_id in old_ids], dtype=np.int64)


def _rows(table: pd.DataFrame, old_ids: np.ndarray, new_ids: np.ndarray) -> pd.DataFrame:
    return in_index_order(table.iloc[1:].set_axis(pd.Index(old_ids[1:]), axis=0), new_ids)


def _impressions(shown: pd.DataFrame | None, new_user: np.ndarray, new_item: np.ndarray) -> pd.DataFrame | None:
    """The other users' impressions of the items that are left, in their order; None if there are none."""
    if shown is None:
        return None
    part = shown.assign(**{USER: new_user[shown[USER]], ITEM: new_item[shown[ITEM]]})
    part = part[(part[USER] > 0) & (part[ITEM] > 0)]
    order = np.lexsort([part[name] for name in (TIME, USER) if name in part])
    return None if part.empty else part.iloc[order].reset_index(drop=True)


def _repairs(dataset: Dataset, user: int) -> tuple[Repair, ...]:
    """The notes of the import without line numbers, and without treatments of nobody's rows but this person's."""
    user_id = str(dataset.interactions.user_ids[user])
    kept = [
        repair.model_copy(update={"lines": (), "users": tuple(other for other in repair.users if other != user_id)})
        for repair in dataset.report.repairs
        if repair.users != (user_id,) and repair.kind != FORGOTTEN.kind
    ]
    return (*kept, FORGOTTEN)
