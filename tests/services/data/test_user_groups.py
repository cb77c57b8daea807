"""k-anonymity of user attributes, on groups that can be counted by hand."""

import numpy as np
import pandas as pd

from recsys.services.data.user_groups import Group, headline, shown_value, user_groups

USERS = pd.DataFrame(
    {
        "age": [np.nan, 30, 30, 30, 40, 40, np.nan],
        "gender": ["", "f", "f", "m", "m", "m", ""],
        "job": ["", "cook", "cook", "cook", "cook", "cook", "cook"],
    }
)  # row 0 is nobody


def test_groups_are_users_who_agree_in_all_columns() -> None:
    groups = user_groups(USERS, ["age", "gender"], k=2)
    assert groups.smallest == (Group(("", ""), 1), Group(("30", "m"), 1), Group(("30", "f"), 2), Group(("40", "m"), 2))
    assert (groups.num_users, groups.num_groups, groups.num_exposed, groups.smallest_size) == (6, 4, 2, 1)


def test_fewer_columns_make_larger_groups() -> None:
    assert user_groups(USERS, ["gender"], k=3).num_exposed == 2 + 1  # two f, one unknown
    assert user_groups(USERS, ["job"], k=6).num_exposed == 0
    assert user_groups(USERS, k=2).columns == ("age", "gender", "job")


def test_a_group_of_k_users_is_not_exposed() -> None:
    assert user_groups(USERS, ["age"], k=2).num_exposed == 1
    assert user_groups(USERS, ["age"], k=3).num_exposed == 1 + 2


def test_only_the_smallest_groups_are_listed_and_all_are_counted() -> None:
    users = pd.DataFrame({"zip": ["", *(str(zip_code) for zip_code in range(100))]})
    groups = user_groups(users)
    assert len(groups.smallest) == 10 and groups.num_groups == groups.num_exposed == 100


def test_there_are_no_groups_without_columns() -> None:
    assert user_groups(pd.DataFrame(index=range(4))) is None and user_groups(USERS, []) is None


def test_the_sentence_says_how_many_users_are_exposed() -> None:
    assert headline(user_groups(USERS, ["age"], k=3)) == "By age, 3 of 6 users are in groups smaller than 3."
    assert headline(user_groups(USERS, ["age"], k=2)) == "By age, 1 of 6 users is in a group smaller than 2."
    assert headline(user_groups(USERS, ["job"])) == "By job, every user is in a group of at least 6 users."
    assert shown_value("") == "unknown"
