import pytest

from recsys.data.importing.decision_report import decision_notes
from recsys.data.importing.faults import Decisions, UndecidedError
from recsys.data.importing.import_choices import FileChoices
from recsys.data.importing.read import read_table
from recsys.errors import DataError

HEADER = "user_id,item_id,rating\n"
GOOD = [f"u{i},i{i},3\n" for i in range(60)]


def read(folder, text, **options):
    path = folder / "log.csv"
    path.write_text(text)
    return read_table(path, aliases=frozenset({"userid", "itemid"}), **options)


def faults(folder, text):
    with pytest.raises(UndecidedError) as caught:
        read(folder, text)
    return caught.value.faults


def test_a_few_rows_of_another_width_are_asked_about(tmp_path):
    text = HEADER + GOOD[0] + "u1,i1\n" + "u2,i2,3,4\n" + "".join(GOOD)
    (fault,) = faults(tmp_path, text)
    assert (fault.kind, fault.count, fault.lines) == ("bad_rows", 2, (3, 4))
    assert fault.values == ("u1,i1", "u2,i2,3,4")
    decisions = Decisions({"bad_rows": "drop"})
    assert list(read(tmp_path, text, decisions=decisions).lines[:3]) == [2, 5, 6]
    (note,) = decision_notes(decisions)
    assert (note.message, note.lines) == ("2 rows do not fit the columns: left out.", (3, 4))


def test_an_undecided_fault_leaves_its_rows_out_and_stays_open(tmp_path):
    decisions = Decisions()
    table = read(tmp_path, HEADER + "u1,i1\n" + "".join(GOOD), decisions=decisions)
    assert (len(table.frame), [fault.kind for fault in decisions.open]) == (60, ["bad_rows"])


def test_more_than_five_per_cent_of_bad_rows_are_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        read(tmp_path, HEADER + "u1,i1\n" * 4 + "".join(GOOD))
    assert not isinstance(caught.value, UndecidedError)
    assert caught.value.line == 2
    assert "4 lines" in caught.value.message


def test_a_short_last_line_without_a_line_end_is_still_truncated(tmp_path):
    with pytest.raises(DataError, match="truncated"):
        read(tmp_path, HEADER + "".join(GOOD) + "u9,i")


def test_reading_goes_on_in_the_line_after_an_open_quote(tmp_path):
    text = HEADER + 'u0,"i0,3\n' + "".join(GOOD)
    (fault,) = faults(tmp_path, text)
    assert (fault.kind, fault.lines) == ("open_quotes", (2,))
    assert list(read(tmp_path, text, decisions=Decisions({"open_quotes": "drop"})).lines[:2]) == [3, 4]


def test_blank_lines_within_a_long_file_do_not_move_the_lines(tmp_path):
    text = HEADER + GOOD[0] + "\n" + "".join(GOOD) + "u1,i1\n\n"
    decisions = Decisions()
    table = read(tmp_path, text, decisions=decisions)
    assert list(table.lines[:3]) == [2, 4, 5]
    assert decisions.open[0].lines == (64,)


def test_a_title_before_the_header_is_asked_about(tmp_path):
    text = "Ratings of the shop\n\n" + HEADER + "".join(GOOD)
    (fault,) = faults(tmp_path, text)
    assert (fault.kind, fault.lines, fault.values) == ("title_lines", (1,), ("Ratings of the shop",))
    table = read(tmp_path, text, decisions=Decisions({"title_lines": "drop"}))
    assert list(table.frame) == ["user_id", "item_id", "rating"]
    assert table.lines[0] == 4


def test_a_header_shorter_than_the_rows_is_no_title(tmp_path):
    with pytest.raises(DataError) as caught:
        read(tmp_path, "user_id\n" + "".join(GOOD))
    assert not isinstance(caught.value, UndecidedError)


@pytest.mark.parametrize("footer", ["Total,,180", "合计,,180"])
def test_a_footer_of_totals_is_asked_about(tmp_path, footer):
    text = HEADER + "".join(GOOD) + footer + "\n"
    (fault,) = faults(tmp_path, text)
    assert (fault.kind, fault.lines) == ("footer", (62,))
    assert len(read(tmp_path, text, decisions=Decisions({"footer": "drop"})).frame) == 60
    assert len(read(tmp_path, text, decisions=Decisions({"footer": "keep"})).frame) == 61


def test_a_last_user_called_total_with_all_cells_is_data(tmp_path):
    assert len(read(tmp_path, HEADER + "".join(GOOD) + "total,i1,3\n").frame) == 61


def test_separator_and_header_can_be_chosen(tmp_path):
    table = read(tmp_path, "a~b,1\nc~d,2\n", choices=FileChoices(separator="~", has_header=True))
    assert list(table.frame) == ["a", "b,1"]
    assert read(tmp_path, HEADER + GOOD[0], choices=FileChoices(has_header=False)).frame.iloc[0, 0] == "user_id"


@pytest.mark.parametrize("separator", ["x", "ab", "", '"', "\n"])
def test_what_cannot_separate_fields_is_refused(tmp_path, separator):
    with pytest.raises(DataError, match="cannot separate"):
        read(tmp_path, HEADER + GOOD[0], choices=FileChoices(separator=separator))
