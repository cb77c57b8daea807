"""Export archives: a zip of files with a manifest, unpacked completely and unchanged or not at all.

`manifest.json` holds the format and the SHA-256 of every other file. The same files give the same bytes. Refused before
anything is written: unexpected names, links, duplicates, too many or too large files, and compression beyond
`MAX_RATIO`. Refused while unpacking: files that do not match the manifest, and files missing on either side.
"""

from __future__ import annotations

import hashlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import orjson

from recsys.errors import RunError
from recsys.messages import message, short

MANIFEST = "manifest.json"
FORMAT = 1
MAX_FILES, MAX_UNPACKED, MAX_RATIO = 20_100, 2_000_000_000, 200
MAX_TEXT = {".json": 5_000_000, ".jsonl": 100_000_000}  # bytes of a file that is read at once
MAX_DIRECTORY = 10_000_000  # bytes of the zip's central directory, which is read before files can be counted
CHUNK = 1 << 20
DAY = (1980, 1, 1, 0, 0, 0)  # the same date for every file: the bytes then depend on the content only
AGAIN = message("Export the run again.")


def pack(files: dict[str, Path], out: Path) -> str:
    """Write the files to a zip under their names and return its SHA-256. `out` is complete or absent.

    Raises RunError for more than `unpack` accepts, or if the disk refuses.
    """
    size = sum(path.stat().st_size for path in files.values())
    if size > MAX_UNPACKED or len(files) > MAX_FILES:
        raise RunError(
            message(
                "There are {files:,} files of {size:,.0f} MB to export; the limits are {limit:,} files and "
                "{size_limit:,.0f} MB. Leave the dataset or the pictures out.",
                files=len(files),
                size=size / 1e6,
                limit=MAX_FILES,
                size_limit=MAX_UNPACKED / 1e6,
            )
        )
    temporary, hashes = out.with_name(f".{out.name}.tmp"), {}
    try:
        with zipfile.ZipFile(temporary, "w") as archive:
            for name, path in files.items():
                hashes[name] = _add(archive, name, path)
            manifest = orjson.dumps({"format": FORMAT, "sha256": hashes}, option=orjson.OPT_INDENT_2)
            archive.writestr(_entry(MANIFEST, len(manifest)), manifest)
        with temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        temporary.replace(out)
    except OSError as error:
        raise RunError(
            message(
                "Could not write {name}: {reason}. Free some space or choose another place.",
                name=out.name,
                reason=error.strerror,
            )
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return digest


def _entry(name: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED if Path(name).suffix in MAX_TEXT else zipfile.ZIP_STORED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.file_size = size
    return entry


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(_entry(name, path.stat().st_size), "w") as target:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def unpack(archive: Path, folder: Path, is_expected: Callable[[str], bool]) -> list[str]:
    """Extract a zip below `folder`, which should be temporary, and return the names.

    `is_expected` decides which names may occur. Raises RunError for anything that `pack` would not have written.
    """
    try:
        _check_directory(archive)
        with zipfile.ZipFile(archive) as opened:
            entries = _checked(opened.infolist(), archive.stat().st_size, is_expected)
            expected = _manifest(opened, entries)
            for name, entry in entries.items():
                if _extract(opened, entry, folder / name) != expected[name]:
                    raise RunError(
                        message(
                            "The file was changed or damaged: {name} does not match its hash. {again}",
                            name=name,
                            again=AGAIN,
                        )
                    )
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, struct.error) as error:
        raise RunError(
            message("This is not an exported run: no readable zip file of that format, or a damaged one.")
        ) from error
    except OSError as error:
        raise RunError(
            message(
                "Could not unpack the file: {reason}. Free some space or choose another workspace.",
                reason=error.strerror,
            )
        ) from error
    return list(entries)


def _check_directory(archive: Path) -> None:
    """Refuse an oversized central directory before it is read, and zip64, which no export needs."""
    with archive.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 66_000))
        tail = file.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or tail[max(0, end - 20) : end].startswith(b"PK\6\7"):
        raise zipfile.BadZipFile
    (directory_size,) = struct.unpack_from("<I", tail, end + 12)
    if directory_size > MAX_DIRECTORY:
        raise RunError(message("The file holds too many files: the limit is {limit:,} files.", limit=MAX_FILES))


def _checked(
    entries: list[zipfile.ZipInfo], packed: int, is_expected: Callable[[str], bool]
) -> dict[str, zipfile.ZipInfo]:
    if len(entries) > MAX_FILES:
        raise RunError(
            message(
                "The file holds {files:,} files, too many: the limit is {limit:,} files.",
                files=len(entries),
                limit=MAX_FILES,
            )
        )
    size = sum(entry.file_size for entry in entries)
    if size > MAX_UNPACKED or size > MAX_RATIO * packed:
        raise RunError(
            message(
                "The file would expand to {size:,.0f} MB from {packed:,.1f} MB, too large: the limits are "
                "{size_limit:,.0f} MB and {ratio} times its size.",
                size=size / 1e6,
                packed=packed / 1e6,
                size_limit=MAX_UNPACKED / 1e6,
                ratio=MAX_RATIO,
            )
        )
    by_name: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = short(entry.orig_filename)
        if entry.filename != entry.orig_filename or (entry.filename != MANIFEST and not is_expected(entry.filename)):
            raise RunError(
                message(
                    "This is an invalid export: it holds {name!r}, which is unexpected and not allowed beside a "
                    "model's weights, settings and data. {again}",
                    name=name,
                    again=AGAIN,
                )
            )
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise RunError(
                message(
                    "The file holds a link or another special file ({name!r}), which is unsafe. {again}",
                    name=name,
                    again=AGAIN,
                )
            )
        if entry.filename in by_name:
            raise RunError(message("The file holds {name!r} twice. {again}", name=name, again=AGAIN))
        limit = MAX_TEXT.get(Path(entry.filename).suffix, MAX_UNPACKED)
        if entry.file_size > limit:
            raise RunError(
                message(
                    "{name} is too large: {size:,} bytes, the limit is {limit:,}.",
                    name=name,
                    size=entry.file_size,
                    limit=limit,
                )
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 1:
            raise RunError(message("{name} is packed in an unusual way or encrypted. {again}", name=name, again=AGAIN))
        by_name[entry.filename] = entry
    return by_name


def _manifest(opened: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Hashes by name; removes the manifest from `entries`, which then match the names exactly."""
    entry = entries.pop(MANIFEST, None)
    if entry is None:
        raise RunError(
            message("This is not an exported run: it has no {manifest}. {again}", manifest=MANIFEST, again=AGAIN)
        )
    try:
        manifest = orjson.loads(opened.read(entry))
        version, hashes = manifest["format"], dict(manifest["sha256"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise RunError(
            message(
                "The {manifest} of this file is no manifest of an exported run. {again}", manifest=MANIFEST, again=AGAIN
            )
        ) from error
    if version != FORMAT:
        raise RunError(
            message(
                "The file has the unknown format {format!r}; known here is {known}. Export it with this version.",
                format=short(str(version)),
                known=FORMAT,
            )
        )
    for name in hashes.keys() - entries.keys():
        raise RunError(message("The file is incomplete: {name} is missing. {again}", name=short(name), again=AGAIN))
    for name in entries.keys() - hashes.keys():
        raise RunError(
            message("The file was changed: its manifest does not know {name}. {again}", name=short(name), again=AGAIN)
        )
    return hashes


def _extract(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with opened.open(entry) as source, path.open("wb") as target:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()
