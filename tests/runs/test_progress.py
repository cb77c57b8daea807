"""The progress of a run: what was appended comes back, and is parsed once."""

import orjson
import pytest

from recsys.runs import progress
from tests.worlds.stored_runs import config


@pytest.fixture
def parsed(monkeypatch):
    """The lines that were parsed so far."""
    lines, loads = [], orjson.loads
    monkeypatch.setattr(progress.orjson, "loads", lambda line: lines.append(line) or loads(line))
    return lines


@pytest.fixture
def folder(runs):
    return runs.create(config())


def write(folder, content, mode="ab"):
    with (folder.path / "progress.jsonl").open(mode) as file:
        file.write(content)


def test_progress_comes_back_line_by_line(folder):
    assert list(folder.progress()) == []
    folder.append("epoch", epoch=1, loss=0.5)
    folder.append("end", state="finished")
    assert list(folder.progress()) == [
        {"kind": "epoch", "epoch": 1, "loss": 0.5},
        {"kind": "end", "state": "finished"},
    ]


@pytest.mark.parametrize("torn", [b'{"kind":"ep', b'{"kind":"epoch","epoch":2}'], ids=["cut", "no line end"])
def test_a_torn_last_line_is_passed_over(folder, torn):
    folder.append("epoch", epoch=1)
    write(folder, torn)
    assert list(folder.progress()) == [{"kind": "epoch", "epoch": 1}]


def test_progress_can_be_read_when_a_run_goes_on_after_a_torn_line(folder):
    folder.append("epoch", epoch=1)
    write(folder, b'{"kind":"ep')
    folder.append("start", from_epoch=1)
    folder.append("epoch", epoch=2)
    assert [line["kind"] for line in folder.progress()][-2:] == ["start", "epoch"]


def test_a_second_read_parses_only_the_new_lines(folder, parsed):
    reader = folder.progress_reader()
    folder.append("epoch", epoch=1)
    folder.append("epoch", epoch=2)
    assert reader.read() == [{"kind": "epoch", "epoch": 1}, {"kind": "epoch", "epoch": 2}]
    parsed.clear()
    assert len(reader.read()) == 2
    assert parsed == []
    folder.append("epoch", epoch=3)
    assert [line["epoch"] for line in reader.read()] == [1, 2, 3]
    assert parsed == [b'{"kind":"epoch","epoch":3}']


def test_a_half_written_line_is_read_once_it_is_whole(folder):
    reader = folder.progress_reader()
    folder.append("epoch", epoch=1)
    write(folder, b'{"kind":"epoch",')
    assert [line["epoch"] for line in reader.read()] == [1]
    write(folder, b'"epoch":2}\n')
    assert [line["epoch"] for line in reader.read()] == [1, 2]


@pytest.mark.parametrize("size", [1, 2, 3], ids=["shorter", "as long", "longer"])
def test_a_file_that_was_truncated_and_rewritten_is_read_from_its_start(folder, size):
    reader = folder.progress_reader()
    write(folder, b'{"old":1}\n{"old":2}\n')
    reader.read()
    write(folder, b'{"new":1}\n' * size, "r+b" if size > 1 else "wb")
    assert reader.read() == [{"new": 1}] * size


def test_a_file_that_was_replaced_is_read_from_its_start(folder):
    reader, path = folder.progress_reader(), folder.path / "progress.jsonl"
    write(folder, b'{"old":1}\n{"both":2}\n')
    reader.read()
    path.with_name("other").write_bytes(b'{"new":1}\n{"both":2}\n')
    path.with_name("other").replace(path)
    assert reader.read() == [{"new": 1}, {"both": 2}]


def test_after_a_deletion_nothing_is_left_of_what_was_read(folder):
    reader = folder.progress_reader()
    folder.append("epoch", epoch=1)
    reader.read()
    (folder.path / "progress.jsonl").unlink()
    assert reader.read() == []
