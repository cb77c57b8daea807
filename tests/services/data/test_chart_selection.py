"""What a click on a chart of the Data page lists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.data.dataset import Dataset
from recsys.data.interactions import Interactions
from recsys.data.profile import history_bins, profile, rating_bins
from recsys.services.data.chart_selection import as_slice, behind
from recsys.services.workspace.facets import Members

DAY = 86_400


@pytest.fixture
def dataset() -> Dataset:
    """u1 rates i1 to i3 on days 0 to 2, u2 rates i2 and i3 on day 1, u3 rates i2 on day 40."""
    users, items = np.array([1, 1, 1, 2, 2, 3]), np.array([1, 2, 3, 2, 3, 2])
    log = Interactions(
        np.array(["", "u1", "u2", "u3"]),
        np.array(["", "i1", "i2", "i3"]),
        users,
        items,
        ratings=np.array([5.0, 4, 4, 3, 5, 4]),
        times=np.array([0, 1, 2, 1, 1, 40]) * DAY,
    )
    catalogue = pd.DataFrame({"title": ["", "Alien", "Brazil", "Casablanca"], "category": ["", "a|b", "b", "c"]})
    return Dataset("d", "Films", log, catalogue, pd.DataFrame(index=range(4)))


@pytest.mark.parametrize(
    ("chart", "value", "kind", "ids"),
    [
        ("categories", "b", "items", ["i2", "i1"]),
        ("tail", "2", "items", ["i2", "i3"]),
        ("histories", "2", "users", ["u2"]),
        ("ratings", "4", "interactions", ["i2", "i2", "i3"]),
        ("time", "1970-02-10", "interactions", ["i2"]),
    ],
)
def test_a_point_lists_what_it_counts(dataset: Dataset, chart: str, value: str, kind: str, ids: list[str]) -> None:
    shown, table = behind(dataset, chart, value)
    column = "user" if kind == "users" else "item"
    listed = table.rows[column].tolist()
    assert (shown, sorted(listed), table.total) == (kind, sorted(ids), len(ids))


def test_every_point_of_the_charts_lists_as_many_as_it_shows(dataset: Dataset) -> None:
    seen = profile(dataset)
    charts = {
        "histories": zip(seen.history_bins, seen.history_counts, strict=True),
        "ratings": zip(seen.rating_values, seen.rating_counts, strict=True),
        "time": zip(seen.time_labels, seen.time_counts, strict=True),
        "categories": seen.category_counts.items(),
        "tail": ((str(rank), rank) for rank in seen.tail_rank),
    }
    for chart, points in charts.items():
        for value, number in points:
            assert behind(dataset, chart, value)[1].total == number, (chart, value)


def test_bins_hold_every_value_once() -> None:
    ratings = np.array([-1.0, 0.5, *np.linspace(0, 9, 40)])
    bins = rating_bins(ratings).values()
    assert sum(((ratings >= low) & (ratings <= high)).sum() for low, high in bins) == len(ratings)
    lengths = np.arange(1, 1500)
    assert sum(((lengths >= low) & (lengths < high)).sum() for low, high in history_bins(1499).values()) == len(lengths)


@pytest.mark.parametrize(("chart", "value"), [("categories", "b"), ("tail", "2"), ("histories", "2")])
def test_what_is_listed_is_what_the_slice_of_it_holds(dataset: Dataset, chart: str, value: str) -> None:
    kind, table = behind(dataset, chart, value)
    condition = as_slice(dataset, chart, value)
    assert condition is not None
    facet, values = condition
    picked = {"set": values} if facet == "item_ids" else {}
    members = Members(dataset, picked)
    mask = members.rows(facet, ["set"] if picked else values)
    ids = dataset.interactions.item_ids if kind == "items" else dataset.interactions.user_ids
    assert sorted(ids[mask]) == sorted(table.rows["item" if kind == "items" else "user"])
