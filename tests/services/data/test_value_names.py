"""How values of a dataset are written for people."""

from __future__ import annotations

import pytest

from recsys.messages import translated
from recsys.services.data.value_names import category_names, gender_names, period_starts, range_name


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["Male", "female", "other", ""], {"Male": "male", "female": "female", "other": "other"}),
        (["M", "F", ""], {"M": "male", "F": "female"}),
        (["M", "F", "X"], {"M": "M", "F": "F", "X": "X"}),
        ([], {}),
    ],
)
def test_male_and_female_are_messages_and_letters_are_read_where_there_is_nothing_else(values, names):
    assert gender_names(values) == names


def test_a_range_of_numbers_has_an_en_dash():
    texts = ["20-49", "100+", "1", "2023-01-01", "sci-fi"]
    assert [range_name(text) for text in texts] == ["20–49", "100+", "1", "2023-01-01", "sci-fi"]


def test_several_categories_are_joined_with_the_comma_of_the_language():
    several = category_names("Crime|Drama")
    assert (several, translated(several, "zh"), category_names("Crime")) == ("Crime, Drama", "Crime、Drama", "Crime")


def test_a_period_starts_with_the_first_event_where_it_begins_before_it():
    assert period_starts(["2022-12-26", "2023-01-02"], ("2023-01-01", "2023-01-03")) == ["2023-01-01", "2023-01-02"]
    assert period_starts(["2023-01-01 13:00"], ("2023-01-01", "2023-01-01")) == ["2023-01-01 13:00"]
