"""Progress of a run, `progress.jsonl`: one JSON object per line, appended during training."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import orjson

Record = dict[str, Any]


class ProgressReader:
    """Incremental reader of a progress file: each `read` parses only the lines added since the last.

    A truncated or replaced file is read again from the start. An incomplete last line is left for the next read, a
    damaged line is skipped. Thread-safe.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._reset()

    def read(self) -> list[Record]:
        """All records so far, oldest first; empty without a file."""
        with self._lock:
            try:
                with self.path.open("rb") as file:
                    self._read_added(file)
            except FileNotFoundError:
                self._reset()
            return list(self._records)

    def _reset(self, file_id: tuple[int, int] | None = None) -> None:
        self._file_id = file_id
        self._offset = 0  # bytes parsed: always the start of a line
        self._last_line = b""  # the last line parsed; it changes if the file is rewritten
        self._records: list[Record] = []

    def _read_added(self, file: BinaryIO) -> None:
        stat = os.fstat(file.fileno())
        if (stat.st_dev, stat.st_ino) != self._file_id:
            self._reset((stat.st_dev, stat.st_ino))
        file.seek(self._offset - len(self._last_line))
        content = file.read()
        if not content.startswith(self._last_line):
            self._reset(self._file_id)
            file.seek(0)
            content = file.read()
        self._parse(content[len(self._last_line) :])

    def _parse(self, added: bytes) -> None:
        *lines, _ = added.split(b"\n")
        for line in lines:
            with contextlib.suppress(orjson.JSONDecodeError):
                self._records.append(orjson.loads(line))
        if lines:
            self._offset += sum(map(len, lines)) + len(lines)
            self._last_line = lines[-1] + b"\n"


def add_traffic(epochs: Iterable[dict[str, int]]) -> dict[str, int]:
    """Sum the traffic of epochs; the number of clients is the same in each."""
    totals: dict[str, int] = {}
    for traffic in epochs:
        totals = {name: totals.get(name, 0) + count for name, count in traffic.items()} | (
            {"clients": traffic["clients"]} if traffic else {}
        )
    return totals
