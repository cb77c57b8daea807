"""Item pictures from a zip, re-encoded as small PNG files.

Each picture is named after its item's id. Every entry is decoded and written again under a generated name, so only
pixels are kept. Refused: entries whose path leads out of the folder, links, nested zips, other formats, and anything
over the limits. Every message names the limit.
"""

from __future__ import annotations

import io
import shutil
import stat
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from PIL import Image, ImageOps, UnidentifiedImageError

from recsys.data.dataset import Repair
from recsys.errors import DataError
from recsys.messages import message, plural, short

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_FILES, MAX_UNPACKED, MAX_RATIO, MAX_PIXELS = 20_000, 500_000_000, 200, 25_000_000
SIDE = 256  # pixels; larger pictures are scaled down
COMPRESSION = 3  # of 9: posters take 2 % more than at 6, in 0.6 of the time


def read_images(
    archive: Path,
    item_index: dict[str, int],
    folder: Path,
    *,
    max_files: int = MAX_FILES,
    max_unpacked: int = MAX_UNPACKED,
) -> tuple[dict[int, Path], list[Repair]]:
    """Write `folder`/000123.png for each item with a picture.

    Returns the files by item index, and the repairs: pictures that match no item are skipped.
    """
    files: dict[int, Path] = {}
    unmatched: list[str] = []
    folder.mkdir(parents=True, exist_ok=True)
    with _readable():
        opened = zipfile.ZipFile(archive)
    with opened:
        for entry in _checked(opened, max_files, max_unpacked):
            with _readable():
                content = opened.read(entry)
            picture = clean_picture(content, entry.filename)
            stem = unicodedata.normalize("NFC", PurePosixPath(entry.filename).stem).strip()  # same form as ids
            index = item_index.get(stem)
            if index is None:
                unmatched.append(short(stem))
                continue
            if index in files:
                raise DataError(
                    message("Item {item!r} has two pictures of the same name in the zip. Keep one.", item=short(stem))
                )
            files[index] = folder / f"{index:06d}.png"
            files[index].write_bytes(picture)
    repairs = []
    if unmatched:
        names = ", ".join(unmatched[:5])
        sentence = plural(
            "{n:,} picture is named after no item ({names}…) and was left out.",
            "{n:,} pictures are named after no item ({names}…) and were left out.", len(unmatched), names=names,
        )  # fmt: skip
        repairs.append(Repair(kind="unknown_pictures", message=sentence, count=len(unmatched)))
    return files, repairs


def kept_pictures(
    earlier: dict[str, Path], item_index: dict[str, int], replaced: dict[int, Path], folder: Path
) -> dict[int, Path]:
    """Copy the pictures of an earlier dataset, by item id, for items that no new picture replaced; files by item index."""
    files: dict[int, Path] = {}
    for item_id, path in earlier.items():
        index = item_index.get(item_id)
        if index is not None and index not in replaced:
            folder.mkdir(parents=True, exist_ok=True)
            files[index] = Path(shutil.copyfile(path, folder / f"{index:06d}.png"))
    return files


@contextmanager
def _readable() -> Iterator[None]:
    """Turn the errors zipfile raises for a damaged file into a DataError."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise DataError(
            message("The pictures are no readable zip file: damaged, encrypted or of another format.")
        ) from error


def clean_picture(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> bytes:
    """Re-encode a picture as a PNG of at most SIDE pixels a side. Raises DataError if it is no picture."""
    shown = short(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > max_pixels:
            raise DataError(
                message(
                    "Picture {shown} is too large: {width} x {height} pixels, the limit is {limit:,}.",
                    shown=shown,
                    width=picture.width,
                    height=picture.height,
                    limit=max_pixels,
                )
            )
        picture.thumbnail((SIDE, SIDE))
        picture = ImageOps.exif_transpose(picture)  # apply the camera's orientation
        if picture.has_transparency_data:  # on white, as on a page
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
        buffer = io.BytesIO()
        picture.convert("RGB").save(buffer, "PNG", compress_level=COMPRESSION)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DataError(
            message(
                "Picture {shown} has another format than PNG, JPEG or WebP, or a size beyond the limits.", shown=shown
            )
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(
            message("Picture {shown} cannot be read: the image is damaged or truncated.", shown=shown)
        ) from error
    return buffer.getvalue()


def _checked(opened: zipfile.ZipFile, max_files: int, max_unpacked: int) -> list[zipfile.ZipInfo]:
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    if len(entries) > max_files:
        raise DataError(
            message(
                "The zip holds {files:,} files, too many: the limit is {limit:,} files.",
                files=len(entries),
                limit=max_files,
            )
        )
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > max_unpacked or unpacked > MAX_RATIO * max(1, packed):
        raise DataError(
            message(
                "The zip would expand to {unpacked:,.0f} MB from {packed:,.1f} MB, too large: the limits are "
                "{limit:,.0f} MB and {ratio} times its size.",
                unpacked=unpacked / 1e6,
                packed=packed / 1e6,
                limit=max_unpacked / 1e6,
                ratio=MAX_RATIO,
            )
        )
    names: set[str] = set()
    pictures = []
    for entry in entries:
        name = entry.filename
        parts = PurePosixPath(name).parts
        if not parts or "\\" in name or name.startswith("/") or ".." in parts or ":" in name.split("/")[0]:
            raise DataError(
                message("The zip holds an unsafe name: the path {name!r} leads out of the folder.", name=short(name))
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise DataError(
                message(
                    "The zip holds a link ({name!r}), which is unsafe. Pack the pictures themselves.", name=short(name)
                )
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError(
                message(
                    "The zip packs {name!r} in an unusual format. Pack it with the usual (deflate).", name=short(name)
                )
            )
        if name in names:
            raise DataError(message("The zip holds {name!r} twice (duplicate, same name). Keep one.", name=short(name)))
        names.add(name)
        if name.lower().endswith(".zip"):
            raise DataError(
                message(
                    "The zip holds a zip ({name!r}): nested zips are no image format. Pack pictures only.",
                    name=short(name),
                )
            )
        if parts[0] != "__MACOSX" and not parts[-1].startswith("."):
            pictures.append(entry)
    return pictures
