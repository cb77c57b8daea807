"""Recent popularity among people alike, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recsys.data.dataset import AGE, GENDER, Dataset
from recsys.models.base import Shape
from recsys.models.fitted.recent_popularity import RecentPopularity, RecentPopularityConfig
from recsys.recommend.popular import Person, age_bands, genders, group_of, person_of, popular_lately
from tests.worlds.logs import dataset_of, log_of

LOG = log_of([1, 2], [2, 1], [3, 1], [3, 3], num_items=4)


def people(ages: list[float], gender: list[str], log=LOG) -> Dataset:
    users = pd.DataFrame({AGE: [np.nan, *ages], GENDER: ["", *gender]})
    return replace(dataset_of(log), users=users)


FOUR = people([30, 31, 29, 70], ["female", "female", "male", "male"])


def words(data: Dataset, person: Person, min_users: int) -> tuple[str, list[int]]:
    found = group_of(data, person, min_users)
    return found.words, np.flatnonzero(found.members).tolist()


def test_the_narrowest_group_that_is_large_enough_is_taken() -> None:
    woman = Person("female", "25-34")
    assert words(FOUR, woman, 2) == ("women of 25–34", [1, 2])
    assert words(FOUR, woman, 3) == ("people of 25–34", [1, 2, 3])
    assert words(FOUR, Person("male", "65+"), 2) == ("men", [3, 4])
    assert words(FOUR, Person("male", "65+"), 1) == ("men of 65 and over", [4])
    assert words(FOUR, woman, 4) == ("everybody", [1, 2, 3, 4])


def test_what_is_not_known_narrows_nothing() -> None:
    assert words(FOUR, Person(), 1) == ("everybody", [1, 2, 3, 4])
    assert words(FOUR, Person(gender="female"), 1) == ("women", [1, 2])
    assert words(FOUR, Person("robot", "25-34"), 1)[0] == "people of 25–34"
    assert words(FOUR, Person("robot", "0-17"), 1)[0] == "everybody"
    assert words(people([9, 9, 9, 40], ["male"] * 4), Person("male", "0-17"), 1)[0] == "men under 18"
    assert words(dataset_of(LOG), Person("female", "25-34"), 1)[0] == "everybody"


def test_a_gender_of_another_word_is_named_by_it() -> None:
    data = people([30, 31, 29, np.nan], ["divers", "F", "", "f"])
    assert words(data, Person("divers"), 1) == ("people (divers)", [1])
    assert words(data, Person("F"), 1) == ("women", [2])
    assert [person_of(data, user) for user in (0, 1, 3, 4)] == [
        Person(), Person("divers", "25-34"), Person("", "25-34"), Person("f", ""),
    ]  # fmt: skip
    assert (genders(data), age_bands(FOUR)) == (("F", "divers", "f"), ("25-34", "65+"))


def test_only_the_groups_events_count_and_newer_ones_count_more() -> None:
    log = replace(LOG, times=np.array([10, 20, 10, 30, 0, 40, 50, 60]))
    # sorted times 0 10 10 20 30 40 50 60: the share of events after 10 is 5/8, after 20 4/8, after 30 3/8
    at_10, at_20, at_30 = (0.5 ** (share / 8 / 0.1) for share in (5, 4, 3))
    total = 2 * at_10 + at_20 + at_30
    scores = popular_lately(log, group_of(people([30, 31, 9, 9], ["f", "f", "m", "m"], log), Person("f"), 1))
    assert scores.tolist() == pytest.approx([0, (at_10 + at_30) / total, (at_10 + at_20) / total, 0, 0])


def test_everybody_lately_is_the_model_of_recent_popularity() -> None:
    model = RecentPopularity(Shape(4, 4), RecentPopularityConfig())
    model.fit(LOG)
    np.testing.assert_allclose(popular_lately(LOG, group_of(FOUR, Person())), model.counts, rtol=1e-6)
