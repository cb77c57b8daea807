import numpy as np
import pandas as pd
import pytest

from recsys.data.importing.column import Column
from recsys.data.importing.faults import Decisions
from recsys.data.importing.id_values import parse_ids
from recsys.data.importing.number_values import parse_numbers
from recsys.data.importing.time_values import parse_times
from recsys.errors import DataError

NOON = 1_622_462_400  # 2021-05-31 12:00 UTC


def column(*cells, role="rating"):
    return Column(pd.Series(cells, dtype="str"), np.arange(2, len(cells) + 2), role, role, Decisions())


def times(*cells):
    made = column(*cells, role="timestamp")
    return parse_times(made).tolist(), [repair.kind for repair in made.repairs]


def refusal(parse, *cells, role="rating", **options):
    made = column(*cells, role=role)
    with pytest.raises(DataError) as caught:
        parse(made, **options)
        made.decisions.check()
    return caught.value


def test_ids_keep_their_leading_zeros():
    assert parse_ids(column("1", "001")).tolist() == ["1", "001"]


@pytest.mark.parametrize("word", ["NA", "null", "None", "nan", "N/A", "NULL", "-"])
def test_a_word_for_missing_is_an_id_like_any_other(word):
    assert parse_ids(column(word, "anna")).tolist() == [word, "anna"]


def test_ids_beyond_the_precision_of_floats_stay_apart():
    assert len(set(parse_ids(column("9007199254740992", "9007199254740993")))) == 2


def test_blanks_around_ids_are_trimmed_and_said():
    made = column("anna ", "bert")
    assert parse_ids(made).tolist() == ["anna", "bert"]
    assert [(repair.kind, repair.lines) for repair in made.repairs] == [("trimmed", (2,))]


def test_two_unicode_forms_of_an_id_are_one():
    made = column("caf\u00e9", "cafe\u0301")
    assert set(parse_ids(made)) == {"caf\u00e9"}
    assert made.repairs[0].kind == "unicode"


@pytest.mark.parametrize("bad", ["", "  ", "x" * 513, "i\x07"])
def test_an_empty_long_or_control_id_is_refused_with_its_line(bad):
    assert refusal(parse_ids, "anna", bad, role="user_id").line == 3


def test_numbers_are_read_as_they_are():
    assert parse_numbers(column("4", "3.5", "-1", "2e1", " 1 ")).tolist() == [4, 3.5, -1, 20, 1]


@pytest.mark.parametrize("bad", ["good", "", "inf", "nan", "4/5", "80%", "1_000", "0x10", "1e400", "5²", "$4", "½"])
def test_what_is_no_finite_number_is_refused_with_line_and_column(bad):
    error = refusal(parse_numbers, "4", bad, "3")
    assert (error.line, error.column) == (3, "rating")
    assert "rating" in error.message


def test_the_count_of_bad_lines_is_said():
    assert "2 lines" in refusal(parse_numbers, "good", "4", "good").message


def test_decimal_commas_are_read_where_all_numbers_agree():
    made = column("3,5", "4")
    assert parse_numbers(made).tolist() == [3.5, 4]
    assert made.repairs[0].kind == "decimal_comma"


def test_a_decimal_comma_among_points_is_refused():
    assert "decimal comma" in refusal(parse_numbers, "3,5", "4.5").message


def test_a_comma_that_may_part_thousands_is_refused():
    assert "thousands" in refusal(parse_numbers, "12", "1,250").message


def test_digits_of_other_scripts_are_read_and_said():
    made = column("٤", "3")
    assert parse_numbers(made).tolist() == [4, 3]
    assert made.repairs[0].kind == "digits"


def test_a_rating_outside_the_scale_is_refused_with_its_line():
    error = refusal(parse_numbers, "5", "1", "50", scale=(1, 5))
    assert error.line == 4
    assert "1 to 5" in error.message


def test_ratings_that_are_all_the_same_are_said_to_be():
    made = column("5", "5")
    assert parse_numbers(made).tolist() == [5, 5]
    assert made.repairs[0].kind == "constant"


def test_whole_seconds_are_times():
    assert times("1622462400", "0")[0] == [NOON, 0]


@pytest.mark.parametrize("digits", ["000", "000000"])
def test_milli_and_microseconds_are_told_by_their_size(digits):
    values, found = times(f"{NOON}{digits}", f"{NOON + 1}{digits}")
    assert values == [NOON, NOON + 1]
    assert found == ["time_unit"]


def test_mixed_units_are_refused_on_their_first_line():
    error = refusal(parse_times, f"{NOON}", f"{NOON}000", role="timestamp")
    assert (error.line, error.column) == (3, "timestamp")
    assert "milliseconds" in error.message


@pytest.mark.parametrize(
    "text", ["2021-05-31T12:00:00Z", "2021-05-31 12:00", "2021-05-31T14:00:00+02:00", "2021-05-31 12:00:00.9"]
)
def test_iso_dates_are_times(text):
    assert times(text, "1970-01-01")[0] == [NOON, 0]


def test_a_day_over_twelve_tells_the_order_of_day_and_month():
    values, found = times("31/05/2021 12:00", "01/02/1970")
    assert values == [NOON, 31 * 86_400]
    assert "date_order" in found


def test_a_month_that_stands_first_is_read_too():
    assert times("05/31/2021 12:00", "02/01/1970")[0] == [NOON, 31 * 86_400]


@pytest.mark.parametrize("dates", [("03/04/2021", "05/06/2021"), ("31/05/2021", "05/31/2021")])
def test_dates_without_one_order_are_refused(dates):
    assert "ambiguous" in refusal(parse_times, *dates, role="timestamp").message


@pytest.mark.parametrize("bad", ["yesterday", "now", "", "1" + "0" * 25, "1e300", "1622462400000000000", "5²"])
def test_what_is_no_time_is_refused_with_line_and_column(bad):
    error = refusal(parse_times, str(NOON), bad, str(NOON + 1), role="timestamp")
    assert (error.line, error.column) == (3, "timestamp")


@pytest.mark.parametrize("bad", ["now", "today", "2021-13-01", "2021-02-30", "12:30"])
def test_among_dates_too(bad):
    assert refusal(parse_times, "2021-05-31", bad, role="timestamp").line == 3


def test_times_before_1970_in_the_future_and_all_alike_are_said():
    assert times("-86400", "0") == ([-86_400, 0], ["before_1970"])
    assert times("32503680000", "0")[1] == ["future"]
    assert times("7", "7")[1] == ["constant_time"]


def test_messages_show_long_values_short():
    assert len(refusal(parse_numbers, "4", "x" * 5000).message) < 300
