"""Keys of pseudonyms, one file a dataset: `keys/<dataset_id>.key`, 64 hexadecimal digits, readable by its owner only.

Whoever has the key and a list of ids can tell whose pseudonyms they are. So the keys lie apart from the datasets and the runs,
are never exported, and are deleted with their dataset.
"""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

from recsys.data.files import check_id, write_atomic
from recsys.errors import DataError
from recsys.messages import message, short

SIZE = 32  # bytes, of HMAC-SHA-256's output
DIGITS = re.compile(r"[0-9a-fA-F]{64}")


class KeyStore:
    """The keys of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, dataset_id: str) -> Path:
        return self.root / f"{check_id(dataset_id, 'dataset')}.key"

    def has(self, dataset_id: str) -> bool:
        return self.path(dataset_id).exists()

    def write(self, dataset_id: str, key: bytes) -> None:
        """Write the key of a dataset, whole or not at all, with mode 0600."""
        assert len(key) == SIZE
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(self.path(dataset_id), key.hex().encode(), mode=0o600)

    def copy(self, source: str, target: str) -> None:
        """Give a dataset the key of another one, if that has a key."""
        if self.has(source):
            self.write(target, read_key(self.path(source)))

    def delete(self, dataset_id: str) -> None:
        self.path(dataset_id).unlink(missing_ok=True)

    def sweep(self, dataset_ids: set[str], stale: float) -> None:
        """Delete keys older than `stale` seconds without a dataset: of imports that were killed."""
        for path in self.root.glob("*.key"):
            with contextlib.suppress(FileNotFoundError):  # another process sweeps too
                if path.stem not in dataset_ids and time.time() - path.stat().st_mtime > stale:
                    path.unlink()


def read_key(path: Path) -> bytes:
    """The 32 bytes of a key file. Raises DataError if it is missing or no key."""
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        text = message(
            "The key file {name} cannot be read: {reason}. Choose the file of a key, or leave it out for a new key."
        )
        raise DataError(text.format(name=short(path.name), reason=error.strerror or ""), column="key") from error
    if not DIGITS.fullmatch(text):
        fault = message("{name} is no key file: it should hold 64 hexadecimal digits (32 bytes) and nothing else.")
        raise DataError(fault.format(name=short(path.name)), column="key")
    return bytes.fromhex(text)
