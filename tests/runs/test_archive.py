"""A zip with a manifest: what comes back is what went in, and everything else is refused before or without harm."""

import hashlib
import json
import random
import stat
import struct
import zipfile

import pytest

from recsys.errors import RunError
from recsys.runs import archive
from recsys.runs.archive import MANIFEST, pack, unpack

NAMES = ("a.json", "sub/b.bin", "c.jsonl")
CONTENTS = {"a.json": b'{"x": 1}', "sub/b.bin": bytes(range(256)) * 9, "c.jsonl": b'{"kind":"start"}\n' * 20}


def wanted(name):
    return name in NAMES


@pytest.fixture
def packed(tmp_path):
    files = {}
    for place, (name, content) in enumerate(CONTENTS.items()):
        files[name] = tmp_path / f"source-{place}"
        files[name].write_bytes(content)
    pack(files, tmp_path / "packed.zip")
    return tmp_path / "packed.zip"


def written(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def zip_of(path, contents, manifest=None, **of_entry):
    """A zip with a manifest that fits, unless another is given; `of_entry` changes every entry."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = json.dumps({"format": 1, "sha256": hashes}).encode() if manifest is None else manifest
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in {**contents, MANIFEST: manifest}.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for key, value in of_entry.items():
                setattr(entry, key, value)
            made.writestr(entry, content)
    return path


def refused(path, tmp_path, match):
    """Refused in these words, before a single file is written."""
    with pytest.raises(RunError, match=match) as error:
        unpack(path, tmp_path / "out", wanted)
    assert len(error.value.message) <= 300
    assert not (tmp_path / "out").exists()


def test_what_goes_in_comes_out(packed, tmp_path):
    assert set(unpack(packed, tmp_path / "out", wanted)) == set(NAMES)
    assert written(tmp_path / "out") == CONTENTS


def test_the_same_files_make_the_same_bytes(packed, tmp_path):
    files = {name: tmp_path / f"source-{place}" for place, name in enumerate(CONTENTS)}
    digest = pack(files, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()
    assert digest == hashlib.sha256(packed.read_bytes()).hexdigest()


def test_the_manifest_has_the_hash_of_every_other_file(packed):
    with zipfile.ZipFile(packed) as opened:
        told = json.loads(opened.read(MANIFEST))
    assert told == {
        "format": 1,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()},
    }


def test_a_zip_that_cannot_be_finished_is_not_there(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"1")

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "_add", full_disk)
    with pytest.raises(RunError, match="No space left"):
        pack({"a.json": tmp_path / "a"}, tmp_path / "out.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_more_than_could_be_taken_in_is_not_exported(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"123456")
    monkeypatch.setattr(archive, "MAX_UNPACKED", 5)
    with pytest.raises(RunError, match="Leave the dataset or the pictures out"):
        pack({"a.json": tmp_path / "a"}, tmp_path / "out.zip")


def test_one_changed_byte_anywhere_is_found_or_changes_nothing(packed, tmp_path):
    whole, chance, caught = packed.read_bytes(), random.Random(0), 0
    for place in chance.sample(range(len(whole)), 400):
        content = bytearray(whole)
        content[place] ^= 1 << chance.randrange(8)
        packed.write_bytes(content)
        out = tmp_path / f"out-{place}"
        try:
            unpack(packed, out, wanted)
        except RunError:
            caught += 1
        else:
            assert written(out) == CONTENTS  # a date or another field that no one reads
    assert caught > 300


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(packed, tmp_path, share):
    packed.write_bytes(packed.read_bytes()[: int(packed.stat().st_size * share)])
    refused(packed, tmp_path, "no readable zip file")


def test_content_under_an_old_hash_is_found(packed, tmp_path):
    with zipfile.ZipFile(packed) as opened:
        manifest = opened.read(MANIFEST)
    zip_of(packed, CONTENTS | {"a.json": b'{"x": 2}'}, manifest)
    with pytest.raises(RunError, match="changed or damaged: a\\.json"):
        unpack(packed, tmp_path / "out", wanted)


def test_a_missing_file_is_named(packed, tmp_path):
    with zipfile.ZipFile(packed) as opened:
        manifest = opened.read(MANIFEST)
    zip_of(packed, {"a.json": CONTENTS["a.json"], "c.jsonl": CONTENTS["c.jsonl"]}, manifest)
    refused(packed, tmp_path, "sub/b.bin is missing")


def test_a_file_that_the_manifest_does_not_know_is_named(packed, tmp_path):
    zip_of(packed, CONTENTS, json.dumps({"format": 1, "sha256": {}}).encode())
    refused(packed, tmp_path, "does not know")


@pytest.mark.parametrize(
    "name",
    ["../a.json", "/a.json", "..\\a.json", "C:a.json", "a.json/", "model.pkl", "sub/../a.json", "", "A.json"],
)
def test_a_name_that_nobody_asked_for_is_refused(tmp_path, name):
    refused(zip_of(tmp_path / "x.zip", CONTENTS | {name: b"x"}), tmp_path, "unexpected and not allowed")
    assert not (tmp_path.parent / "a.json").exists()


def test_a_name_that_is_cut_at_a_zero_is_refused(tmp_path):
    path = zip_of(tmp_path / "x.zip", CONTENTS | {"a.json_.pkl": b"x"})
    path.write_bytes(path.read_bytes().replace(b"a.json_.pkl", b"a.json\0.pkl"))
    refused(path, tmp_path, "unexpected and not allowed")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_links_and_devices_are_refused(tmp_path, kind):
    refused(
        zip_of(tmp_path / "x.zip", CONTENTS, external_attr=(kind | 0o777) << 16), tmp_path, "a link or another special"
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(tmp_path):
    path = zip_of(tmp_path / "x.zip", CONTENTS)
    with zipfile.ZipFile(path, "a") as made:
        made.writestr("a.json", b"other")
    refused(path, tmp_path, "twice")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_way_of_packing_is_refused(tmp_path, method):
    refused(zip_of(tmp_path / "x.zip", CONTENTS, compress_type=method), tmp_path, "unusual way")


@pytest.mark.parametrize(
    "manifest",
    [b"", b"{", b"[]", b"{}", b'{"format": 1}', b'{"format": 1, "sha256": 3}', b'{"sha256": {}}', b"[" * 100_000],
)
def test_a_manifest_that_is_none_is_refused(tmp_path, manifest):
    refused(zip_of(tmp_path / "x.zip", CONTENTS, manifest), tmp_path, "no manifest")


def test_a_zip_without_manifest_is_no_export(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as made:
        made.writestr("a.json", b"{}")
    refused(tmp_path / "x.zip", tmp_path, "it has no manifest.json")


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_an_unknown_format_is_refused(tmp_path, version):
    manifest = json.dumps({"format": version, "sha256": {}}).encode()
    refused(zip_of(tmp_path / "x.zip", CONTENTS, manifest), tmp_path, "unknown format")


def test_a_bomb_is_refused_by_its_ratio(tmp_path):
    refused(zip_of(tmp_path / "x.zip", {"sub/b.bin": bytes(50_000_000)}), tmp_path, "too large")


def test_a_zip_that_would_unpack_to_too_much_is_refused(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    refused(packed, tmp_path, "too large")


def test_too_many_files_are_refused(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    refused(packed, tmp_path, "too many")


def test_a_huge_list_of_files_is_refused_before_it_is_read(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_DIRECTORY", 100)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    refused(packed, tmp_path, "too many")


def test_a_json_too_large_to_be_read_whole_is_refused(tmp_path):
    refused(zip_of(tmp_path / "x.zip", {"a.json": random.Random(0).randbytes(5_000_001)}), tmp_path, "too large")


def test_a_size_that_lies_does_not_unpack_to_more(tmp_path):
    path = zip_of(tmp_path / "x.zip", {"sub/b.bin": b"x" * 100_000})
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\1\2") + 24  # the list of files says 10 bytes
    struct.pack_into("<I", content, place, 10)
    path.write_bytes(content)
    with pytest.raises(RunError):
        unpack(path, tmp_path / "out", wanted)
    assert sum(len(content) for content in written(tmp_path / "out").values()) <= 10


def test_what_is_no_zip_is_refused(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"no zip at all" * 99)
    refused(tmp_path / "x.zip", tmp_path, "not an exported run")
