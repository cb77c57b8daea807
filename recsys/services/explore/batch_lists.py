"""Export the recommendations of all users to one CSV file, or Parquet if the name ends in .parquet.

Users are scored and written in batches, so memory stays bounded. The file is written atomically.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.data.files import sync_folder
from recsys.errors import DataError
from recsys.messages import message
from recsys.recommend.topk import check_k, recommend_all
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.safe_csv import safe_csv

USERS = 500  # per batch
SCHEMA = pa.schema(
    [("user_id", pa.string()), ("rank", pa.int32()), ("item_id", pa.string()), ("title", pa.string()),
     ("score", pa.float32())]
)  # fmt: skip

Tick = Callable[[int, int], None]  # users done, users in total


def export_all(run: OpenRun, out: Path, k: int = 10, tick: Tick | None = None) -> int:
    """Write the top `k` of every user, with the columns of SCHEMA. Returns the number of users.

    Raises SettingError for a bad `k`, DataError if writing fails.
    """
    check_k(k)
    temporary = out.with_name(f".{out.name}.tmp")
    write = _write_parquet if out.suffix.lower() == ".parquet" else _write_csv
    try:
        write(temporary, _frames(run, k, tick))
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(out)
        sync_folder(out.parent)
    except OSError as error:
        raise DataError(
            message(
                "Could not write {name}: {reason}. Choose another folder or free some space.",
                name=out.name,
                reason=error.strerror,
            )
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return run.dataset.interactions.num_users


def prepared(workspace: Workspace, run: OpenRun, k: int = 10, tick: Tick | None = None) -> tuple[str, bytes]:
    """(file name with run id and content hash, CSV bytes) for a download."""
    with tempfile.TemporaryDirectory(dir=workspace.path, prefix=".export-") as folder:
        path = Path(folder) / "all.csv"
        export_all(run, path, k, tick)
        content = path.read_bytes()
    return named("recommendations", run, content, "csv"), content


def named(what: str, run: OpenRun, content: bytes, suffix: str) -> str:
    """File name with the run id and a content hash: files with the same name are identical."""
    return f"{what}-{run.config.run_id}-{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"


def _frames(run: OpenRun, k: int, tick: Tick | None) -> Iterator[pd.DataFrame]:
    log = run.dataset.interactions
    lists = recommend_all(run.model, log, run.candidates, k)
    done = 0
    while batch := list(itertools.islice(lists, USERS)):
        rows = [
            (log.user_ids[user], item.rank, log.item_ids[item.item], run.dataset.title(item.item), item.score)
            for user, recommendations in batch
            for item in recommendations
        ]
        yield pd.DataFrame(rows, columns=SCHEMA.names)
        done += len(batch)
        if tick is not None:
            tick(done, log.num_users)


def _write_csv(path: Path, frames: Iterator[pd.DataFrame]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, frame in enumerate(frames):
            text = safe_csv(frame)
            file.write(text if number == 0 else text.partition("\n")[2])


def _write_parquet(path: Path, frames: Iterator[pd.DataFrame]) -> None:
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for frame in frames:
            writer.write_table(pa.Table.from_pandas(frame, SCHEMA, preserve_index=False))
