"""The fast reader against the careful one, and limits while streaming."""

import csv
import io
import random

import numpy as np
import pytest

from recsys.data.importing import scan, unpack
from recsys.data.importing.column import Column
from recsys.data.importing.decode import Text, decoded
from recsys.data.importing.faults import Decisions
from recsys.data.importing.lines import split_lines
from recsys.data.importing.read import read_table
from recsys.data.importing.records import split_by_record
from recsys.data.importing.roles import preview
from recsys.data.importing.unpack import Source
from recsys.errors import DataError

AWKWARD = [
    "",
    "a",
    "a b",
    '5" pizza',
    'the ""best""',
    "x,y",
    "x;y",
    "é",
    "茶",
    " padded ",
    "007",
    "-",
    "'",
    "a:b",
    "\\",
    "#",
]


def text_of(content: bytes) -> Text:
    return decoded(Source(io.BytesIO(content), "log.csv", None), None, Decisions(), "interactions")


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n3,4",
        b"a,b\r\n1,2\r\n\r\n3,4\r\n",
        b'a,b\n"1,5",2\n"x ""y""",4\n',
        b'a\tb\n5" pizza\t1\n',
        b"a::b\n1::2\n3:::4\n",
        b"a b\n1 2\n",
    ],
)
def test_the_fast_reader_reads_as_the_careful_one(content):
    separator = "::" if b"::" in content else "\t" if b"\t" in content else "," if b"," in content else " "
    fast, careful = split_lines(text_of(content), 0, separator), split_by_record(text_of(content), 0, separator)
    assert fast.cells.to_pydict() == careful.cells.to_pydict()
    assert fast.lines.tolist() == careful.lines.tolist()


@pytest.mark.parametrize("content", [b'a,b\n"1"x,2\n', b'a,b\n"1\n2",3\n', b'a,b\n""x,2\n', b'a,b\n"1,2\n', b"a\n1\n"])
def test_the_fast_reader_leaves_quotes_with_two_readings_to_the_careful_one(content):
    assert split_lines(text_of(content), 0, ",") is None


def assert_read_back(path, rng):
    """A random table that csv writes is read as it was."""
    separator = rng.choice(",;\t|")
    texts = AWKWARD + (["two\nlines"] if rng.random() < 0.3 else [])
    width = rng.randint(2, 5)
    rows = [[f"k{i}", *(rng.choice(texts) for _ in range(width - 1))] for i in range(rng.randint(1, 12))]
    with path.open("w", newline="", encoding="utf-8") as file:
        quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
        writer = csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=rng.choice(["\n", "\r\n"]))
        writer.writerows([[f"name{i}" for i in range(width)], *rows])
    table = read_table(path, aliases=frozenset({"name0"}))
    assert table.frame.to_numpy().tolist() == rows
    assert list(table.frame) == [f"name{i}" for i in range(width)]


def assert_mutation_is_harmless(path, rng):
    """A file with a few bytes changed is refused, or each cell stands on the line that is named."""
    content = bytearray(
        b"user_id,item_id,rating\n" + b"".join(f"u{i},茶{i},{i % 5}\n".encode() for i in range(rng.randint(3, 40)))
    )
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(content))
        kind = rng.random()
        if kind < 0.6:
            content[place] = rng.choice(b'\0\n\r",;|\t \xff\x80\xe9{[#') if rng.random() < 0.5 else rng.randrange(256)
        elif kind < 0.8:
            del content[place : place + rng.randint(1, 6)]
        else:
            content[place:place] = bytes(rng.choices(b'",\n\0\xe8x', k=rng.randint(1, 3)))
    path.write_bytes(content)
    try:
        table = read_table(path, aliases=frozenset({"userid", "itemid"}), decisions=Decisions())
    except DataError:
        return
    if table.encoding != "UTF-8" or table.format != "text" or b'"' in content:
        return
    lines = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line, row in zip(table.lines, table.frame.to_numpy().tolist(), strict=True):
        assert all(cell in lines[line - 1] for cell in row)


def test_random_tables_written_by_csv_are_read_back_equal(tmp_path):
    rng = random.Random(1)
    for _ in range(150):
        assert_read_back(tmp_path / "log.csv", rng)


def test_changed_bytes_lead_to_a_refusal_or_to_what_the_file_says(tmp_path):
    rng = random.Random(2)
    for _ in range(200):
        assert_mutation_is_harmless(tmp_path / "log.csv", rng)


@pytest.mark.proof
def test_two_thousand_random_tables_are_read_back_equal(tmp_path):
    rng = random.Random(3)
    for _ in range(2000):
        assert_read_back(tmp_path / "log.csv", rng)


@pytest.mark.proof
def test_five_thousand_mutations_lead_to_a_refusal_or_to_what_the_file_says(tmp_path):
    rng = random.Random(4)
    for _ in range(5000):
        assert_mutation_is_harmless(tmp_path / "log.csv", rng)


@pytest.mark.parametrize("block", [7, 64, 1 << 22])
def test_the_size_of_blocks_does_not_matter(tmp_path, monkeypatch, block):
    for module in (unpack, scan):
        monkeypatch.setattr(module, "BLOCK", block)
    monkeypatch.setattr("recsys.data.importing.decode.BLOCK", max(block, 8))
    path = tmp_path / "log.csv"
    path.write_bytes("user_id,item_id\r\nu1,茶\ru2,é\r\n\r\nu3,x".encode())
    table = read_table(path)
    assert table.frame.to_numpy().tolist() == [["u1", "茶"], ["u2", "é"], ["u3", "x"]]
    assert list(table.lines) == [2, 3, 5]


def test_too_many_rows_are_refused_before_the_end_of_the_file(monkeypatch):
    monkeypatch.setattr(scan, "BLOCK", 4096)
    file = io.BytesIO(b"u1,i1\n" * 100_000)
    with pytest.raises(DataError, match="limit of 10"):
        scan.scanned(file, 0, 10, False)
    assert file.tell() < 20_000


def test_line_breaks_in_quotes_and_blank_lines_do_not_count_as_rows(monkeypatch):
    monkeypatch.setattr(scan, "SLACK", 0)
    content = b'u1,"a\nb\nc"\n\n\nu2,"d"\r\n\r\n'
    assert scan.scanned(io.BytesIO(content), 0, 2, False).num_lines == 7
    with pytest.raises(DataError, match="limit"):
        scan.scanned(io.BytesIO(content), 0, 1, False)


def test_a_file_of_too_many_bytes_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MAX_BYTES", 10)
    path = tmp_path / "log.csv"
    path.write_bytes(b"user_id,item_id\nu1,i1\n")
    with pytest.raises(DataError, match="too large"):
        read_table(path)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["7", "12", "7"], [7, 12, 7]),
        (["07", "1"], None),
        (["7", ""], None),
        (["x7", "1"], None),
        (["9" * 20, "1"], None),
    ],
)
def test_whole_numbers_are_read_only_where_they_stand_as_such(tmp_path, cells, numbers):
    path = tmp_path / "log.csv"
    path.write_text("name,x\n" + "".join(f"{cell},y\n" for cell in cells))
    table = read_table(path, aliases=frozenset({"name"}))
    column = Column(table.frame["name"], table.lines, "name", "user_id")
    found = column.whole_numbers
    assert (None if found is None else found.tolist()) == numbers
    assert np.array(column.distinct)[column.codes].tolist() == cells


def test_a_preview_reads_the_beginning_and_estimates_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "HEAD_BYTES", 1000)
    path = tmp_path / "log.csv"
    path.write_text("user_id;item_id\n" + "user1;item1\n" * 5000)
    seen = preview(path)
    assert (seen.is_estimate, seen.sign, seen.has_header, seen.format) == (True, ";", True, "text")
    assert abs(seen.num_rows - 5000) < 100


def test_a_preview_may_end_within_quotes(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "HEAD_BYTES", 100)
    path = tmp_path / "log.csv"
    path.write_text("item_id,text\n" + 'i1,"one\nwith ""quotes"" and\nlines"\n' * 50)
    seen = preview(path, "items")
    assert (len(seen.rows), seen.faults) == (2, ())


def test_a_preview_lists_plausible_encodings_and_open_faults(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes("user_id,item_id\nu1,男\nu2,x\n".encode("gbk"))
    seen = preview(path)
    assert seen.encoding == "GB18030 (GBK)"
    assert "Windows-1251" in seen.encodings
    assert [fault.kind for fault in seen.faults] == ["encoding"]
