import os
from pathlib import Path

import pytest

from recsys.data.files import check_id, read_json, write_atomic, write_json
from recsys.errors import DataError, NotFoundError


def test_what_is_written_is_there(tmp_path):
    write_atomic(tmp_path / "a.txt", b"new")
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = tmp_path / "a.txt"
    write_atomic(path, b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), full)
    with pytest.raises(DataError, match=r"Could not write a\.txt: No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_write_that_dies_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_atomic(path, b"old")

    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"


def test_the_temporary_file_is_hidden_and_beside_the_file(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(Path, "replace", lambda self, target: seen.append((self.name, self.parent)))
    write_atomic(tmp_path / "a.txt", b"new")
    assert seen == [(".a.txt.tmp", tmp_path)]


def test_json_comes_back_as_it_was(tmp_path):
    write_json(tmp_path / "a.json", {"title": "绿茶", "counts": [1, 2]})
    assert read_json(tmp_path / "a.json") == {"title": "绿茶", "counts": [1, 2]}


@pytest.mark.parametrize("text", ["a", "A-b_9", "0" * 64])
def test_our_ids_pass(text):
    assert check_id(text, "run") == text


@pytest.mark.parametrize("text", ["", "..", "a/b", "a\\b", "-a", ".a", "a\n", "é", "0" * 65])
def test_an_id_that_could_lead_elsewhere_is_refused(text):
    with pytest.raises(NotFoundError, match="is no id of a run"):
        check_id(text, "run")
