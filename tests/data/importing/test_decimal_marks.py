"""What a comma and a point mean in a column of numbers."""

import pytest

from recsys.data.importing.decimal_marks import plain_numbers


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1,299", "1,299.00"], ["1299", "1299.00"]),
        (["1,299", "1,000,000"], ["1299", "1000000"]),
        (["1,299", "19.99"], ["1299", "19.99"]),
        (["1,299", "3,5"], ["1.299", "3.5"]),
        (["1,299", "0,299"], ["1.299", "0.299"]),
        (["1,299", "1.299,00"], ["1.299", "1299.00"]),
        (["1.299", "3,5"], ["1299", "3.5"]),
        (["1.299", "-12,5"], ["1299", "-12.5"]),
        (["1.299", "2"], ["1.299", "2"]),
    ],
)
def test_the_other_numbers_of_the_column_decide(texts, numbers):
    column = plain_numbers(texts)
    assert (column.texts, column.is_ambiguous) == (numbers, False)


@pytest.mark.parametrize("others", [[], ["12"], ["12,499"], ["3,5", "4.5"]])
def test_without_evidence_or_with_both_a_comma_before_three_digits_separates_thousands(others):
    column = plain_numbers(["1,299", *others])
    assert (column.texts[0], column.is_ambiguous) == ("1299", True)


def test_commas_are_counted_by_what_they_were_read_as():
    column = plain_numbers(["3,5", "1,000.5", "7", "0,25"])
    assert (column.thousands, column.decimals) == ([1], [0, 3])


@pytest.mark.parametrize("text", ["1,2,3", "1,29,000", "1.2.3", "€ 5", "", "12,499,0", ",", "1e5", "n/a"])
def test_what_is_no_number_with_marks_is_left_as_it_is(text):
    assert plain_numbers([text, "3,5"]).texts[0] == text
