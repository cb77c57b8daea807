import numpy as np
import pandas as pd
import pytest

from recsys.data.dataset import AGE, GENDER, TITLE, Dataset
from recsys.errors import SettingError
from recsys.models import MODELS
from recsys.models.inputs.traits import (
    MAX_NUMBERS,
    NUM_BANDS,
    banded_feature,
    column_feature,
    parse_names,
    user_columns,
    user_features_of,
)
from tests.worlds.logs import log_of

NUM_USERS = 80


def dataset(**users):
    """80 users; each column has a value for all of them, and the row of no one."""
    log = log_of(*([1, 2, 3] for _ in range(NUM_USERS)))
    frame = pd.DataFrame({name: ["", *map(str, values)] for name, values in users.items()}, index=range(NUM_USERS + 1))
    if AGE in frame:
        frame[AGE] = pd.to_numeric(frame[AGE], errors="coerce")
    return Dataset("d", "Shop", log, pd.DataFrame({TITLE: ["", "a", "b", "c"]}), frame)


EVERYBODY = range(NUM_USERS)
TRADES = [("baker", "smith", "")[u % 3] for u in EVERYBODY]


def test_names_are_parted_by_commas_and_each_counts_once():
    assert parse_names(" occupation, age,,age ,home town") == ("occupation", "age", "home town")
    assert parse_names("") == parse_names(" , ") == ()


def test_a_setting_is_kept_in_one_spelling_and_only_the_dense_network_has_some_by_itself():
    config = MODELS["sasrec"].Config.from_settings(settings={"user_features": "age ,trade,,age"})
    assert (config.user_features, config.user_columns) == ("age, trade", ("age", "trade"))
    assert {MODELS[name].Config().user_features for name in ("sasrec", "gru4rec", "caser")} == {""}
    assert MODELS["mlp"].Config().user_columns == (AGE, GENDER)
    assert MODELS["ease"].Config().user_columns == ()


def test_columns_that_tell_nothing_but_who_a_user_is_are_not_offered():
    found = dataset(trade=TRADES, passport=[f"p{u}" for u in EVERYBODY], blank=[""] * NUM_USERS, age=EVERYBODY)
    assert user_columns(found) == (AGE, "trade")


def test_a_name_that_a_setting_cannot_hold_is_not_offered():
    assert user_columns(dataset(**{"trade, main": TRADES, "home town": TRADES})) == ("home town",)


def test_features_are_those_named_in_that_order():
    found = user_features_of(dataset(trade=TRADES, age=[30] * NUM_USERS), ("trade", AGE))
    assert [feature.name for feature in found] == ["trade", AGE]
    assert found[0].values == ("unknown", "baker", "smith")
    assert found[0].codes[:4].tolist() == [0, 1, 2, 0]


def test_age_and_gender_are_left_out_where_they_are_missing():
    assert [feature.name for feature in user_features_of(dataset(trade=TRADES), (AGE, GENDER, "trade"))] == ["trade"]


def test_another_column_that_is_missing_is_refused_with_those_there_are():
    with pytest.raises(SettingError, match=r"no column 'income' of users in dataset 'Shop'\. Available: trade\.") as e:
        user_features_of(dataset(trade=TRADES), ("income",))
    assert e.value.column == "user_features"


def test_a_column_of_ids_is_refused():
    with pytest.raises(SettingError, match="No two users share a value of column 'passport'"):
        user_features_of(dataset(passport=[f"p{u}" for u in EVERYBODY]), ("passport",))


def test_many_numbers_become_bands_of_about_as_many_users():
    (year,) = user_features_of(dataset(born=[1940 + u // 2 for u in EVERYBODY]), ("born",))
    assert year.values[:3] == ("unknown", "below 1945", "1945 to below 1950")
    assert year.values[-1] == "1975 or more"
    assert np.bincount(year.codes[1:]).tolist() == [0] + [NUM_USERS // NUM_BANDS] * NUM_BANDS
    assert year.codes[0] == 0


def test_a_number_that_is_missing_is_unknown_and_one_that_many_share_makes_fewer_bands():
    feature = banded_feature("income", pd.Series(["", "1,5", "", "1,5", "1,5", "9"]))
    assert feature.codes[[0, 2]].tolist() == [0, 0]
    assert len(set(feature.codes[[1, 3, 4]])) == 1
    assert feature.codes[5] > feature.codes[1]


def test_thousands_separators_are_read_as_at_the_import():
    incomes = pd.Series([f"{number // 1000},{number % 1000:03}" for number in range(40_000, 80_000, 1_000)])
    feature = column_feature("income", incomes)
    assert feature.values[1] == "below 45000"
    assert feature.codes.tolist() == [1 + place // 5 for place in range(40)]


def test_few_numbers_are_values_of_their_own():
    (code,) = user_features_of(dataset(code=[u % MAX_NUMBERS for u in EVERYBODY]), ("code",))
    assert len(code.values) == 1 + MAX_NUMBERS
    assert code.values[code.codes[4]] == "3"
