import csv
import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.data.importing.read import read_table
from recsys.errors import DataError

NAMES = frozenset({"userid", "itemid", "rating"})


def table_of(folder, content, name="log.csv", **options):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, **options)


def kinds(table):
    return [repair.kind for repair in table.repairs]


def refusal(folder, content, name="log.csv", **options):
    with pytest.raises(DataError) as caught:
        table_of(folder, content, name, **options)
    return caught.value


@pytest.mark.parametrize("separator", [",", "\t", ";", "::", "|", " "])
def test_each_separator_is_found(tmp_path, separator):
    lines = [separator.join(cells) for cells in (["user_id", "item_id"], ["anna", "tea"], ["bert", "cup"])]
    table = table_of(tmp_path, "\n".join(lines) + "\n")
    assert table.separator == separator
    assert table.frame.to_numpy().tolist() == [["anna", "tea"], ["bert", "cup"]]


def test_a_separator_in_quotes_does_not_count(tmp_path):
    table = table_of(tmp_path, 'user_id,title\nanna,"a;b;c"\nbert,"d;e;f"\n')
    assert table.separator == ","
    assert list(table.frame["title"]) == ["a;b;c", "d;e;f"]


def test_without_a_header_columns_are_numbered(tmp_path):
    table = table_of(tmp_path, "1,7,5\n2,7,3\n")
    assert not table.has_header
    assert list(table.frame.columns) == ["0", "1", "2"]
    assert list(table.lines) == [1, 2]
    assert kinds(table) == ["no_header"]


def test_numbers_below_known_names_make_a_header(tmp_path):
    assert table_of(tmp_path, "user_id,2020\nanna,1\n", aliases=NAMES).has_header


def test_a_gz_file_is_unpacked(tmp_path):
    table = table_of(tmp_path, gzip.compress(b"user_id,item_id\nanna,tea\n"), name="log.csv.gz")
    assert table.frame.to_numpy().tolist() == [["anna", "tea"]]


def test_a_damaged_gz_file_is_refused(tmp_path):
    error = refusal(tmp_path, gzip.compress(b"user_id,item_id\nanna,tea\n")[:20], name="log.csv.gz")
    assert "cannot be unpacked" in error.message


def test_a_gzip_file_under_another_name_is_refused(tmp_path):
    assert "gzip" in refusal(tmp_path, gzip.compress(b"user_id,item_id\n")).message


def test_a_byte_order_mark_is_passed_over(tmp_path):
    table = table_of(tmp_path, b"\xef\xbb\xbfuser_id,item_id\nanna,tea\n")
    assert list(table.frame.columns) == ["user_id", "item_id"]
    assert kinds(table) == ["bom"]


def test_utf_16_with_a_mark_is_read(tmp_path):
    table = table_of(tmp_path, b"\xff\xfe" + "user_id,item_id\nanna,绿茶\n".encode("utf-16-le"))
    assert list(table.frame["item_id"]) == ["绿茶"]


def test_windows_1252_is_read_and_said(tmp_path):
    table = table_of(tmp_path, "user_id,title\nanna,Café\n".encode("cp1252"))
    assert list(table.frame["title"]) == ["Café"]
    assert kinds(table) == ["encoding"]
    assert "cp1252" in table.repairs[0].message


def test_one_line_in_another_encoding_is_refused_with_its_line(tmp_path):
    content = "user_id,title\nanna,Žižkov\nbert,Žižkov\n".encode() + "carl,café\n".encode("latin-1")
    assert refusal(tmp_path, content).line == 4


def test_a_zero_byte_is_refused_with_its_line(tmp_path):
    assert refusal(tmp_path, b"user_id,item_id\nanna,tea\nbert,c\0p\n").line == 3


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"<html><body>Sign in</body></html>", "HTML"),
        (b'{"user_id": 1}\n{"user_id": 2}\n', "JSON"),
        (b"PK\x03\x04rest", "zip"),
        (b"user_id,item_id\n", "no rows"),
        (b"sep=;\n", "no rows"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(tmp_path, content, word):
    assert word in refusal(tmp_path, content).message


def test_blank_lines_are_passed_over_and_lines_still_count(tmp_path):
    table = table_of(tmp_path, "user_id,item_id\n\nanna,tea\n , \nbert,cup\n")
    assert list(table.lines) == [3, 5]
    (repair,) = table.repairs
    assert (repair.kind, repair.lines) == ("blank_lines", (2, 4))


def test_comments_before_the_header_are_skipped(tmp_path):
    table = table_of(tmp_path, "# made by a shop\n# 2021\nuser_id,item_id\nanna,tea\n")
    assert list(table.lines) == [4]
    assert kinds(table) == ["preamble"]


def test_a_header_that_comes_again_is_passed_over(tmp_path):
    table = table_of(tmp_path, "user_id,item_id\nanna,tea\nuser_id,item_id\nbert,cup\n")
    assert list(table.frame["user_id"]) == ["anna", "bert"]
    assert list(table.lines) == [2, 4]
    assert table.repairs[0].lines == (3,)


def test_line_numbers_count_line_breaks_in_quotes(tmp_path):
    table = table_of(tmp_path, 'user_id,title\nanna,"two\nlines"\nbert,one\n')
    assert list(table.lines) == [2, 4]
    assert table.frame["title"][0] == "two\nlines"


def test_a_row_with_too_many_fields_is_refused_with_its_line(tmp_path):
    error = refusal(tmp_path, "user_id,item_id\nanna,tea\nbert,cup,more\n")
    assert error.line == 3
    assert "3 fields where 2" in error.message


def test_a_row_with_too_few_fields_is_refused_with_its_line(tmp_path):
    error = refusal(tmp_path, "user_id,item_id,rating\nanna,tea\nbert,cup,5\n")
    assert error.line == 2


def test_a_last_line_that_breaks_off_is_called_truncated(tmp_path):
    error = refusal(tmp_path, "user_id,item_id,rating\nanna,tea,5\nbert,c")
    assert error.line == 3
    assert "truncated" in error.message


def test_an_open_quote_is_refused_on_the_line_where_it_opens(tmp_path):
    error = refusal(tmp_path, 'user_id,title\nanna,one\nbert,"two\ncarl,three\n')
    assert error.line == 3
    assert "quote" in error.message


def test_a_quote_inside_a_value_is_a_part_of_it(tmp_path):
    assert list(table_of(tmp_path, 'user_id,item_id\nanna,5" pizza\n').frame["item_id"]) == ['5" pizza']


@pytest.mark.parametrize("header", ["user_id,item_id,", "user_id,item_id"])
def test_an_empty_last_column_is_dropped(tmp_path, header):
    table = table_of(tmp_path, f"{header}\nanna,tea,\nbert,cup,\n")
    assert list(table.frame.columns) == ["user_id", "item_id"]
    assert kinds(table) == ["empty_column"]


def test_a_named_column_stays_though_it_is_empty(tmp_path):
    assert "note" in table_of(tmp_path, "user_id,item_id,note\nanna,tea,\nbert,cup,\n").frame


def test_a_column_without_a_name_stays_where_it_holds_something(tmp_path):
    table = table_of(tmp_path, ",user_id,item_id\n0,anna,tea\n1,bert,cup\n")
    assert list(table.frame.columns) == ["column 0", "user_id", "item_id"]


@pytest.mark.parametrize("header", ["user_id,rating,rating", "user_id,rating,Rating"])
def test_two_columns_of_one_name_are_refused(tmp_path, header):
    error = refusal(tmp_path, f"{header}\nanna,1,2\n")
    assert error.column == "rating"


def test_bare_carriage_returns_are_line_ends(tmp_path):
    table = table_of(tmp_path, "user_id,item_id\ranna,tea\r")
    assert table.frame.to_numpy().tolist() == [["anna", "tea"]]
    assert kinds(table) == ["line_ends"]


def test_more_rows_than_allowed_are_refused_with_the_limit(tmp_path):
    error = refusal(tmp_path, "user_id,item_id\nanna,tea\nbert,cup\ncarl,tea\n", max_rows=2)
    assert "3 rows" in error.message and "limit is 2" in error.message


def test_one_quote_in_the_file_changes_nothing_but_its_cell(tmp_path):
    """A file without quotes is cut in one go, one with quotes row by row: both give the same table."""
    rows = [f"u{i % 7},i{i % 5},{i}" for i in range(50)]
    plain = table_of(tmp_path, "\n".join(["user,item,time", *rows]) + "\n")
    rows[20] = '"u6",i0,20'
    quoted = table_of(tmp_path, "\n".join(["user,item,time", *rows]) + "\n")
    assert plain.frame.equals(quoted.frame)
    assert np.array_equal(plain.lines, quoted.lines)


TEXT_IDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(TEXT_IDS, TEXT_IDS), min_size=2, max_size=8), separator=st.sampled_from(",;\t|"))
def test_a_table_of_any_ids_written_by_csv_is_read_back_equal(tmp_path_factory, rows, separator):
    rows = [(f"u{user}", f"i{item}") for user, item in rows]
    path = tmp_path_factory.mktemp("table") / "log.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)
        writer.writerows([("user_id", "item_id"), *rows])
    table = read_table(path, aliases=NAMES)
    assert list(table.frame.itertuples(index=False, name=None)) == rows
