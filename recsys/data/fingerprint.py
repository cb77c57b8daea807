"""The tables of a dataset as they are hashed and stored, and the id that follows from them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from recsys.data.importing.load import Loaded
from recsys.data.interactions import ITEM, RATING, TIME, USER
from recsys.data.threads import in_threads

FORMAT = 1
TREATMENTS = ("duplicates", "later_rating")  # repairs that dropped rows: part of the id


def id_and_files(loaded: Loaded) -> tuple[str, dict[str, bytes]]:
    """The id of a dataset, and the content of the files of its tables; what takes longest is computed first, in threads."""
    tables = canonical_tables(loaded)
    events, *others = tables.values()
    works: list[Callable[[], Any]] = [partial(_parquet, events), partial(fingerprint, tables, loaded)]
    works += [partial(_parquet, table) for table in others]
    events_file, dataset_id, *files = in_threads(lambda work: work(), works)
    return dataset_id, {f"{kind}.parquet": file for kind, file in zip(tables, (events_file, *files), strict=True)}


def _parquet(table: pd.DataFrame) -> bytes:
    """A table as a Parquet file. Differences of whole numbers take less time and space than a dictionary of them."""
    numbers = [name for name in table.columns if pd.api.types.is_integer_dtype(table[name])]
    buffer = io.BytesIO()
    table.to_parquet(
        buffer, index=False,
        use_dictionary=[name for name in table.columns if name not in numbers],
        column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
    )  # fmt: skip
    return buffer.getvalue()


def canonical_tables(loaded: Loaded) -> dict[str, pd.DataFrame]:
    """Tables to store and hash: events by index, items and users with their ids, impressions if any."""
    log = loaded.interactions
    events = {USER: log.users, ITEM: log.items}
    if log.ratings is not None:
        events[RATING] = log.ratings
    if log.times is not None:
        events[TIME] = log.times
    items, users = loaded.items.copy(), loaded.users.copy()
    items.insert(0, ITEM, pd.Series(log.item_ids, dtype="str"), allow_duplicates=False)
    users.insert(0, USER, pd.Series(log.user_ids, dtype="str"), allow_duplicates=False)
    tables = {"interactions": pd.DataFrame(events, copy=False), "items": items, "users": users}
    return tables if loaded.impressions is None else {**tables, "impressions": loaded.impressions}


def fingerprint(tables: dict[str, pd.DataFrame], loaded: Loaded) -> str:
    """16 hex digits of a SHA-256 over content, roles and treatments.

    The file format does not count, nor do repairs of the separator or encoding.
    """
    digest = hashlib.sha256(f"recscope data set {FORMAT}".encode())
    for name, table in tables.items():
        for column in table.columns:
            values = table[column]
            digest.update(f"\0{name}.{column}\0".encode())
            if pd.api.types.is_numeric_dtype(values):
                digest.update(np.ascontiguousarray(values.to_numpy()).data)
            else:
                digest.update("\0".join(values.astype("str").to_numpy(dtype=object).tolist()).encode())
    for index, picture in sorted(loaded.pictures.items()):
        digest.update(f"\0{index}\0".encode() + picture.read_bytes())
    digest.update(repr(sorted(loaded.report.roles.items())).encode())
    digest.update(repr([r.kind for r in loaded.report.repairs if r.kind in TREATMENTS]).encode())
    return digest.hexdigest()[:16]
