from types import SimpleNamespace

import pandas as pd
import pytest

from recsys.data.dataset import Dataset
from recsys.services.workspace.slices import Slice, categories, facets, item_filter, slice_users, split_categories
from tests.worlds.logs import log_of


@pytest.fixture
def dataset() -> SimpleNamespace:
    """Items 1 to 4, of which one has no category."""
    return SimpleNamespace(
        items=pd.DataFrame({"title": list(" abcd"), "category": ["", "Crime|Drama", "Drama", "", "War"]})
    )


def test_a_category_of_several_parts_is_several_categories(dataset: SimpleNamespace) -> None:
    assert split_categories("Crime| Drama||") == ["Crime", "Drama"]
    assert categories(dataset) == ["Crime", "Drama", "War"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chosen", "disliked", "allowed"),
    [(["Drama"], (), [1, 2]), (["Crime", "War"], (), [1, 4]), (["Drama"], (2,), [1]), ([], (3,), [0, 1, 2, 4])],
)
def test_an_item_stays_that_has_one_of_the_categories_and_is_not_disliked(
    dataset: SimpleNamespace, chosen: list[str], disliked: tuple[int, ...], allowed: list[int]
) -> None:
    mask = item_filter(dataset, chosen, disliked)  # type: ignore[arg-type]
    assert mask is not None
    assert mask.nonzero()[0].tolist() == allowed


def test_without_a_filter_there_is_no_mask(dataset: SimpleNamespace) -> None:
    assert item_filter(dataset, []) is None  # type: ignore[arg-type]


@pytest.fixture
def people() -> Dataset:
    """u1 to u4 with 1, 1, 12 and 12 events; women of 20 and 40, men of 20 and unknown age."""
    users = pd.DataFrame({"gender": ["", "f", "m", "f", "m"], "age": [float("nan"), 20.0, 20.0, 40.0, float("nan")]})
    items = pd.DataFrame({"title": ["", *(f"item {i}" for i in range(1, 13))]})
    return Dataset("d", "People", log_of([1], [2], list(range(1, 13)), list(range(1, 13))), items, users)


@pytest.mark.parametrize(
    ("chosen", "users"),
    [
        (Slice(), [1, 2, 3, 4]),
        (Slice(gender="f"), [1, 3]),
        (Slice(age="18-24"), [1, 2]),
        (Slice(activity="medium"), [3, 4]),
        (Slice(gender="f", activity="medium"), [3]),
        (Slice(gender="x"), []),
    ],
)
def test_a_slice_holds_the_users_that_fit_all_of_it(people: Dataset, chosen: Slice, users: list[int]) -> None:
    assert slice_users(people, chosen).nonzero()[0].tolist() == users


def test_only_what_tells_users_apart_can_be_chosen(people: Dataset) -> None:
    assert facets(people) == {"gender": ("f", "m"), "age": ("18-24", "35-44"), "activity": ("low", "medium")}


def test_a_slice_is_the_same_after_a_link() -> None:
    chosen = Slice(gender="f & m", age="65+")
    assert Slice.read(chosen.text()) == chosen
    assert Slice.read("gender=f&unknown=1") == Slice(gender="f")
    assert Slice().text() == ""
