import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, GENDER, TITLE, Dataset
from recsys.models.inputs.features import shape_of
from recsys.models.inputs.traits import MAX_VALUES
from tests.worlds.logs import log_of


def shape(users=None, items=None):
    log = log_of([1, 2, 3], [3, 2, 1])
    return shape_of(
        Dataset(
            dataset_id="d",
            name="D",
            interactions=log,
            items=pd.DataFrame({TITLE: ["", "a", "b", "c"], **(items or {})}),
            users=pd.DataFrame(users or {}, index=range(3)),
        ),
        users=(AGE, GENDER),
    )


def named(feature):
    return [feature.values[code] for code in feature.codes]


def test_without_traits_a_shape_is_two_numbers():
    found = shape()
    assert (found.num_users, found.num_items, found.user_features, found.item_features) == (2, 3, (), ())


def test_an_age_falls_into_its_band_and_its_first_year_belongs_to_it():
    (age,) = shape(users={AGE: [np.nan, 17.0, 18.0]}).user_features
    assert named(age) == ["unknown", "0-17", "18-24"]


def test_the_last_band_is_open():
    (age,) = shape(users={AGE: [np.nan, 64.0, 119.0]}).user_features
    assert named(age) == ["unknown", "55-64", "65+"]


def test_a_missing_trait_has_code_0():
    age, gender = shape(users={AGE: [np.nan, np.nan, 30.0], GENDER: ["", "", "f"]}).user_features
    assert age.codes[1] == gender.codes[1] == 0


def test_texts_stand_as_they_are():
    (category,) = shape(items={CATEGORY: ["", "film", " book ", "film"]}).item_features
    assert category.values == ("unknown", "book", "film")
    assert named(category) == ["unknown", "film", "book", "film"]


def test_values_beyond_the_most_frequent_count_as_unknown():
    num = MAX_VALUES + 5
    names = [f"c{i:03}" for i in range(num)]
    log = log_of(list(range(1, num + 2)), [1, 2])  # the last item repeats the last name
    items = pd.DataFrame({TITLE: [""] * (num + 2), CATEGORY: ["", *names, names[-1]]})
    users = pd.DataFrame(index=range(3))
    (category,) = shape_of(Dataset("d", "D", log, items, users)).item_features
    assert len(category.values) == MAX_VALUES + 1
    assert category.values[-1] == "c204"  # twice, so it is kept
    assert named(category)[MAX_VALUES + 1] == "unknown"
