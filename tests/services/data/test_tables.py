"""Tables of the Data page: searched, sorted, and with pictures only where there are some."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from recsys.data.dataset import Dataset
from recsys.services.data.tables import PAGE, interactions_table, items_table, users_table
from tests.worlds.logs import log_of


@pytest.fixture
def dataset() -> Dataset:
    """Users u1 to u3; items i1 to i3, of which i2 is the most popular."""
    items = pd.DataFrame({"title": ["", "Alien, The", "Brazil", "Casablanca"], "category": ["", "a|b", "b", "c"]})
    return Dataset("d", "Films", log_of([1, 2, 3], [2, 3], [2]), items, pd.DataFrame({"age": [0.0, 20, 30, 40]}))


def test_items_are_searched_by_id_title_and_category_and_the_most_popular_come_first(dataset: Dataset) -> None:
    assert items_table(dataset).rows["item"].tolist() == ["i2", "i3", "i1"]
    assert items_table(dataset, "b").rows["title"].tolist() == ["Brazil", "Casablanca", "The Alien"]
    assert items_table(dataset, "casa").rows["events"].tolist() == [2]
    assert items_table(dataset, "nothing").total == 0
    assert "picture" not in items_table(dataset).rows


def test_the_most_active_users_come_first_with_what_is_known_of_them(dataset: Dataset) -> None:
    table = users_table(dataset).rows
    assert table[["user", "events", "age"]].values.tolist() == [["u1", 3, 20.0], ["u2", 2, 30.0], ["u3", 1, 40.0]]
    assert users_table(dataset, "2").rows["user"].tolist() == ["u2"]


def test_interactions_are_found_by_user_item_or_title(dataset: Dataset) -> None:
    assert interactions_table(dataset).total == 6
    assert interactions_table(dataset, "u3").rows.values.tolist() == [["u3", "i2", "Brazil"]]
    assert interactions_table(dataset, "casa").rows["user"].tolist() == ["u1", "u2"]
    assert len(interactions_table(dataset).rows) <= PAGE


def test_columns_of_the_file_stand_beside_those_made_here_under_names_of_their_own(dataset: Dataset) -> None:
    taken = {
        "events": ["", "a", "b", "c"],
        "item": ["", "x", "y", "z"],
        "picture": ["", "//evil.example/1.png", "", ""],
    }
    users = {"events": [0.0, 7, 8, 9], "first": ["", "p", "q", "r"], "user": ["", "s", "t", "u"]}
    clashing = replace(dataset, items=dataset.items.assign(**taken), users=dataset.users.assign(**users))
    items = items_table(clashing).rows
    assert items["item"].tolist() == ["i2", "i3", "i1"]
    assert items["events"].tolist() == items_table(dataset).rows["events"].tolist()
    assert items["events (file)"].tolist() == ["b", "c", "a"]
    assert "picture" not in items and items["picture (file)"].tolist()[-1] == "//evil.example/1.png"
    table = users_table(clashing).rows
    assert table["user"].tolist() == ["u1", "u2", "u3"]
    assert (table["events"].tolist(), table["events (file)"].tolist()) == ([3, 2, 1], [7, 8, 9])
