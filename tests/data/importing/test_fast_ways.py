"""Imports the fast ways: lines in blocks and whole numbers without their texts. The careful ways are the measure."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from recsys.data.fingerprint import canonical_tables, fingerprint
from recsys.data.importing import column, lines, text_rows
from recsys.data.importing.faults import UndecidedError
from recsys.data.importing.lines import split_lines
from recsys.data.importing.load import load_dataset
from recsys.data.whole_numbers import whole_numbers
from recsys.errors import DataError
from tests.data.importing.test_lines import text_of
from tests.worlds.imports import import_request

IDS = (
    lambda rng: str(rng.randint(1, 9)),
    lambda rng: str(rng.randint(0, 12) * 10**9),  # far apart: hashed, not counted
    lambda rng: f"{rng.randint(1, 9):03}",  # leading zeros
    lambda rng: str(2**53 + rng.randint(0, 3)),
    lambda rng: str(2**63 - 2 + rng.randint(0, 3)),  # beyond int64, some
    lambda rng: rng.choice(["7", "07", "7.0", " 7", "seven", "+7"]),
)
RATINGS = (
    lambda rng: str(rng.randint(1, 5)),
    lambda rng: f"{rng.randint(2, 10) / 2:g}",
    lambda rng: rng.choice(["1", "2", "3", ""]),
    lambda rng: rng.choice(["1", "4", "5", "good"]),
)
TIMES = (
    lambda rng: str(1_600_000_000 + rng.randint(0, 10**7)),
    lambda rng: str(rng.randint(631_152_000, 1_600_000_000)),  # years apart
    lambda rng: str(1_600_000_000_000 + rng.randint(0, 10**9)),  # milliseconds
    lambda rng: rng.choice(["1600000000", "1600000001", "0"]),
    lambda rng: rng.choice(["1600000000", "01600000000", "2020-09-13"]),
    lambda rng: str(1_600_000_000),
)
ROWS_THAT_DO_NOT_FIT = ("", "1,2,3", "1,2,3,1600000000,surplus", "\ufeff1,2,3,1600000000", " ")


def random_log(seed: int) -> str:
    """A log of columns drawn from the classes above, with a few rows that do not fit in half of the logs."""
    rng = random.Random(seed)
    cells = [rng.choice(kinds) for kinds in (IDS, IDS, RATINGS, TIMES)]
    rows = [",".join(cell(rng) for cell in cells) for _ in range(rng.randint(3, 90))]
    for _ in range(rng.choice([0, 0, 1, 3])):
        rows.insert(rng.randint(0, len(rows)), rng.choice(ROWS_THAT_DO_NOT_FIT))
    end = rng.choice(["\n", "\r\n"])
    header = rng.choice([["user_id,item_id,rating,timestamp"], ["user,film,stars,when"], []])
    return end.join([*header, *rows]) + rng.choice([end, ""])


def outcome(path: Path) -> Any:
    """Id and report of an import, or why it is refused."""
    try:
        loaded = load_dataset(import_request(path), path.parent / "pictures")
    except UndecidedError as error:
        return [(fault.key, fault.lines, fault.count, str(fault.message)) for fault in error.faults]
    except DataError as error:
        return str(error), error.line, error.column
    return fingerprint(canonical_tables(loaded), loaded), loaded.report


@pytest.mark.parametrize("seed", range(60))
def test_a_log_is_imported_the_fast_ways_as_the_careful_ones(seed, tmp_path, monkeypatch):
    path = tmp_path / "log.csv"
    path.write_bytes(random_log(seed).encode())
    monkeypatch.setattr(lines, "BLOCK", 64)  # bytes: some three lines
    monkeypatch.setattr(lines, "SAMPLE", 200)
    monkeypatch.setattr(lines, "MANY", 0)
    fast = outcome(path)
    monkeypatch.setattr(text_rows, "split_lines", lambda *_: None)
    monkeypatch.setattr(column, "whole_numbers", lambda _: None)
    assert fast == outcome(path)


def test_blocks_keep_the_numbers_of_lines_and_of_rows_that_do_not_fit(monkeypatch):
    content = b"a,b\n1,2\n3\n\n4,5\n6,7,8\n9,0\n"
    monkeypatch.setattr(lines, "BLOCK", 6)
    rows = split_lines(text_of(content), 0, ",")
    assert rows.cells.to_pydict() == {"0": ["a", "1", "", "4", "9"], "1": ["b", "2", "", "5", "0"]}
    assert rows.lines.tolist() == [1, 2, 4, 5, 7]
    assert [(row.line, row.num_fields) for row in rows.bad] == [(3, 1), (6, 3)]


def test_a_line_longer_than_a_block_is_left_to_the_careful_reader(monkeypatch):
    monkeypatch.setattr(lines, "BLOCK", 4)
    assert split_lines(text_of(b"a,b\n1,2\n3,456\n"), 0, ",") is None
    assert split_lines(text_of(b"a,b\n1,2\n3,4\n"), 0, ",").cells["1"].to_pylist() == ["b", "2", "4"]


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ("a,b\n1,2\n3,40\n5,6\n", {"0": [None, 1, 3, 5], "1": [None, 2, 40, 6]}),
        ("9,8\n1,2\n3,40\n5,6\n", {"0": [9, 1, 3, 5], "1": [8, 2, 40, 6]}),
        ("a,b\n1,2\n3,4.5\n5,6\n", {"0": ["a", "1", "3", "5"], "1": ["b", "2", "4.5", "6"]}),
        ("a,b\n1,2\n3,04\n5,6\n", {"0": ["a", "1", "3", "5"], "1": ["b", "2", "04", "6"]}),
        ("a,b\n1,2\n3,-4\n5,6\n", {"0": ["a", "1", "3", "5"], "1": ["b", "2", "-4", "6"]}),
        ("a,b\n1,x\n3,4\n5,6\n", {"0": [None, 1, 3, 5], "1": ["b", "x", "4", "6"]}),
    ],
)
def test_columns_of_plain_whole_numbers_of_a_large_log_are_numbers(rows, columns, monkeypatch):
    monkeypatch.setattr(lines, "MANY", 0)
    monkeypatch.setattr(lines, "SAMPLE", 9)  # bytes: up to the first row
    monkeypatch.setattr(lines, "BLOCK", 9)
    found = split_lines(text_of(rows.encode()), 0, ",")
    assert found.cells.to_pydict() == columns
    assert found.first == ([] if "2" in columns["1"] else rows[:3].split(","))


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["0", "7", "9223372036854775807"], [0, 7, 2**63 - 1]),
        (["07", "7"], None),
        (["7", "9223372036854775808"], None),
        (["7", ""], None),
        (["7", "-7"], None),
        (["7", "7.0"], None),
    ],
)
def test_whole_numbers_are_those_whose_text_follows_from_the_number(texts, numbers):
    cells = pa.array(["-", *texts], pa.large_string()).slice(1)  # as a part of a column is
    found = whole_numbers(cells)
    assert (None if found is None else found.tolist()) == numbers
