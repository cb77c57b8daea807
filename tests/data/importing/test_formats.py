import gzip
import io
import json
import zipfile

import pandas as pd
import pytest

from recsys.data.importing.faults import Decisions
from recsys.data.importing.import_choices import FileChoices
from recsys.data.importing.read import read_table
from recsys.errors import DataError

ROWS = [["u1", "007"], ["u2", "9007199254740993"]]
CSV = b"user_id,item_id\nu1,007\nu2,9007199254740993\n"


def read(folder, name, content, **options):
    path = folder / name
    path.write_bytes(content)
    return read_table(path, **options)


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def parquet(frame):
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def refusal(folder, name, content, **options):
    with pytest.raises(DataError) as caught:
        read(folder, name, content, **options)
    return caught.value


def test_json_lines_keep_numbers_as_written(tmp_path):
    content = b'{"user_id": "u1", "rating": 4.50}\n\n{"user_id": "u2", "rating": 9007199254740993, "ok": true}\n{"user_id": null}\n'
    table = read(tmp_path, "log.jsonl", content)
    assert table.frame.to_numpy().tolist() == [["u1", "4.50", ""], ["u2", "9007199254740993", "true"], ["", "", ""]]
    assert list(table.frame) == ["user_id", "rating", "ok"]
    assert list(table.lines) == [1, 3, 4]


def test_a_json_array_is_read_with_the_line_of_each_object(tmp_path):
    table = read(tmp_path, "log.json", json.dumps([{"user_id": "a"}, {"user_id": "b"}], indent=1).encode())
    assert list(table.frame["user_id"]) == ["a", "b"]
    assert list(table.lines) == [2, 5]


def test_json_under_another_name_is_asked_about(tmp_path):
    content = b'{"user_id": "u1"}\n'
    assert "JSON" in refusal(tmp_path, "log.csv", content).message
    assert len(read(tmp_path, "log.csv", content, decisions=Decisions({"json": "read"})).frame) == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'{"user_id": 1}\n{"user_id": {"a": 1}}', 2),
        (b'{"user_id": 1}\n{"user_id"', 2),
        (b"[1, 2]", 1),
        (b'[{"a": 1}', 1),
    ],
)
def test_what_is_no_flat_object_is_refused_with_its_line(tmp_path, content, line):
    assert refusal(tmp_path, "log.json", content).line == line


def test_a_list_in_json_is_joined_and_reported(tmp_path):
    table = read(tmp_path, "items.json", b'{"item_id": 1, "genres": ["Action", "Comedy"]}')
    assert table.frame["genres"][0] == "Action|Comedy"
    assert [repair.kind for repair in table.repairs] == ["lists"]


def test_parquet_is_read_as_text(tmp_path):
    times = pd.to_datetime(["2024-01-01 00:00:00", None])
    frame = pd.DataFrame({"user_id": [1.0, None], "item_id": ["007", "8"], "time": times, "ok": [True, False]})
    table = read(tmp_path, "log.parquet", parquet(frame))
    assert table.frame["user_id"].tolist() == ["1", ""]
    assert table.frame["item_id"].tolist() == ["007", "8"]
    assert table.frame["time"][0].startswith("2024-01-01T00:00:00")
    assert table.frame["ok"].tolist() == ["true", "false"]


def test_parquet_over_the_limit_or_damaged_is_refused(tmp_path):
    content = parquet(pd.DataFrame({"user_id": ["a", "b", "c"]}))
    assert "limit" in refusal(tmp_path, "log.parquet", content, max_rows=2).message
    assert "damaged" in refusal(tmp_path, "log.parquet", content[:100]).message


def test_excel_is_read_from_the_first_sheet_with_a_table(tmp_path):
    pytest.importorskip("python_calamine")
    table = read(tmp_path, "log.xlsx", workbook())
    assert table.sheets == ("Notes", "Data")
    assert table.frame.to_numpy().tolist() == [["u1", "7", "4.5"]]
    assert refusal(tmp_path, "log.xlsx", workbook(), choices=FileChoices(sheet="None")).message.startswith(
        "There is no sheet"
    )


def test_without_the_reader_of_excel_files_a_workbook_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    assert "python-calamine" in refusal(tmp_path, "log.xlsx", workbook()).message


def workbook():
    """A workbook with the sheets Notes, a single cell, and Data, a header and a row."""
    row = '<c t="inlineStr"><is><t>{}</t></is></c>'
    sheet = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
    header = "".join(row.format(name) for name in ("user_id", "item_id", "rating"))
    data = f"<row>{header}</row><row>{row.format('u1')}<c><v>7</v></c><c><v>4.5</v></c></row>"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r" Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{office}">'
            '<sheets><sheet name="Notes" sheetId="1" r:id="r1"/><sheet name="Data" sheetId="2" r:id="r2"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}">'
            f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{office}/worksheet" Target="worksheets/sheet2.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": sheet.format(f"<row>{row.format('Hello')}</row>"),
            "xl/worksheets/sheet2.xml": sheet.format(data),
        }
    )


def test_a_zip_of_one_file_is_unpacked(tmp_path):
    table = read(tmp_path, "log.zip", zipped({"log.csv": CSV}))
    assert table.frame.to_numpy().tolist() == ROWS
    assert [repair.kind for repair in table.repairs] == ["unzipped"]


def test_a_zip_of_several_files_names_them(tmp_path):
    error = refusal(tmp_path, "log.zip", zipped({"log.csv": CSV, "users.csv": CSV}))
    assert "2 files" in error.message and "users.csv" in error.message


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", zipped({"log.csv": CSV})[:-30], zipped({})])
def test_a_damaged_or_empty_zip_is_refused(tmp_path, content):
    assert "zip" in refusal(tmp_path, "log.zip", content).message


def test_a_file_packed_twice_is_refused(tmp_path):
    assert "twice" in refusal(tmp_path, "log.zip", zipped({"log.csv.gz": gzip.compress(CSV)})).message


@pytest.mark.parametrize(
    ("start", "word"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Save it as .xlsx"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x93NUMPY\x01", "NumPy"),
        (b"\x80\x04\x95\0\0", "pickle"),
        (b"ARROW1\0\0", "Feather"),
        (b"ORC\x08\x03", "ORC"),
        (b"Obj\x01\x04", "Avro"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"BZh91AY&SY", "bzip2"),
    ],
)
def test_a_format_that_is_not_read_is_named_with_what_to_do(tmp_path, start, word):
    message = refusal(tmp_path, "log.csv", start + b"\0rest").message
    assert word in message and len(message.split(". ")) == 2
