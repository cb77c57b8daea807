from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from recsys.data.dataset import Dataset
from recsys.data.interactions import Interactions
from recsys.errors import SettingError
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace import saved_slices as saved
from recsys.services.workspace.facets import Members, facets, number_values, rank_rows
from recsys.services.workspace.slices import Slice, categories, item_filter, read_range, split_categories
from tests.worlds.logs import log_of
from tests.worlds.shops import import_shop


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


def test_an_item_stays_only_within_a_mask(dataset: SimpleNamespace) -> None:
    within = np.array([False, True, False, True, True])
    mask = item_filter(dataset, ["Drama"], (), within)  # type: ignore[arg-type]
    assert mask is not None
    assert mask.nonzero()[0].tolist() == [1]
    assert within.sum() == 3


@pytest.fixture
def people() -> Dataset:
    """u1 to u4 with 1, 1, 12 and 12 events; women of 20 and 40, men of 20 and unknown age."""
    users = pd.DataFrame(
        {
            "gender": ["", "f", "m", "f", "m"],
            "age": [float("nan"), 20.0, 20.0, 40.0, float("nan")],
            "city": ["", "Rome", "Oslo", "Rome", ""],
            "visits": ["", "1", "2", "3", "4"],
        }
    )
    items = pd.DataFrame(
        {
            "title": ["", *(f"item {i}" for i in range(1, 13))],
            "category": ["", *["Crime|Drama", "Drama", "War"] * 4],
            "price": [float("nan"), *np.arange(1.0, 12.0), float("nan")],
        }
    )
    days = pd.to_datetime(["2024-01-31", "2024-02-01", *["2024-01-01"] * 11, "2024-03-09", *["2023-12-01"] * 12])
    log = log_of([1], [2], list(range(1, 13)), list(range(1, 13)))
    times = (days.astype("int64") // 10**9).to_numpy() if days.unit == "ns" else days.as_unit("s").asi8
    log = Interactions(log.user_ids, log.item_ids, log.users, log.items, times=np.asarray(times, dtype=np.int64))
    return Dataset("d", "People", log, items, users)


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("", [1, 2, 3, 4]),
        ("gender=f", [1, 3]),
        ("gender=f&gender=m", [1, 2, 3, 4]),
        ("age=18-24", [1, 2]),
        ("age=30..50", [3]),
        ("activity=medium", [3, 4]),
        ("activity=..5", [1, 2]),
        ("gender=f&activity=medium", [3]),
        ("gender=x", []),
        ("user.city=Rome", [1, 3]),
        ("user.city=Rome&user.city=Oslo&gender=m", [2]),
        ("user.visits=2..3", [2, 3]),
        ("user.visits=4", [4]),
        ("last=2024-02", [2]),
        ("last=2024-02..2024-03", [2, 3]),
        ("last=2023", [4]),
    ],
)
def test_a_slice_holds_the_users_that_meet_all_conditions(people: Dataset, text: str, users: list[int]) -> None:
    assert Members(people).users(Slice.read(text)).nonzero()[0].tolist() == users


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("category=Crime", [1, 4, 7, 10]),
        ("category=Crime&category=War&price=..4", [1, 3, 4]),
        ("price=2..3", [2, 3]),
        ("gender=f", list(range(1, 13))),
        ("popularity=cold", [12]),
        ("popularity=rare&price=1..3", [1, 2, 3]),
    ],
)
def test_a_slice_holds_the_items_that_meet_all_conditions(people: Dataset, text: str, items: list[int]) -> None:
    counts = np.array([0, *[2] * 11, 0])
    assert Members(people, item_counts=counts).items(Slice.read(text)).nonzero()[0].tolist() == items


def test_only_what_tells_users_or_items_apart_can_be_chosen(people: Dataset) -> None:
    assert {facet.name: facet.values for facet in facets(people) if facet.side == "users"} == {
        "gender": ("f", "m"), "age": ("18-24", "35-44"), "activity": ("low", "medium"), "user.city": ("Oslo", "Rome"),
        "user.visits": ("1", "2", "3", "4"), "last": ("2023-12", "2024-01", "2024-02", "2024-03"),
    }  # fmt: skip
    of_items = {facet.name for facet in facets(people) if facet.side == "items"}
    assert of_items == {"category", "price", "popularity"}


def test_many_numbers_are_offered_in_ranges_that_hold_each_once() -> None:
    numbers = np.array([*np.arange(100.0), np.nan])
    ends = [read_range(value) for value in number_values(numbers)]
    assert ends == [(0, 19), (20, 39), (40, 59), (60, 79), (80, 99)]


def test_a_slice_is_the_same_after_a_link() -> None:
    chosen = Slice.of({"gender": ["f & m", "x"], "age": ["65+"], "rank": ["501.."], "item.brand": ["A=B"]})
    assert Slice.read(chosen.text()) == chosen
    assert Slice.read("gender=F&activity=high") == Slice.of({"activity": ["high"], "gender": ["F"]})
    assert Slice.read("gender=f&unknown=1&&=") == Slice.of({"gender": ["f"]})
    assert Slice().text() == ""


def test_a_link_with_more_than_a_slice_takes_is_cut() -> None:
    long = "&".join(f"category=c{i}" for i in range(900))
    assert len(Slice.read(long).values("category")) == 50
    with pytest.raises(SettingError, match="at most 50 values of category; 51 were chosen"):
        Slice.of({"category": [f"c{i}" for i in range(51)]})


def test_conditions_that_the_dataset_does_not_support_are_dropped(people: Dataset) -> None:
    text = "gender=f&gender=x&user.job=cook&category=Opera&rank=1..10&rank=high&user_ids=0123456789ab&activity=5"
    restricted = Members(people).restrict(Slice.read(text))
    assert restricted.text() == "activity=5&gender=f&rank=1..10"


def test_ranks_meet_any_of_the_ranges() -> None:
    ranks = np.array([1, 10, 11, 500, 501, np.iinfo(np.int32).max])
    assert rank_rows(ranks, Slice.read("rank=1..10&rank=501..")).tolist() == [True, True, False, False, True, True]
    assert rank_rows(ranks, Slice()).all()


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Workspace, str]:
    workspace = open_workspace(tmp_path / "home")
    return workspace, import_shop(workspace, tmp_path, pictures=False)


def test_a_saved_slice_is_listed_until_it_is_deleted_and_leaves_the_dataset_as_it_is(
    shop: tuple[Workspace, str],
) -> None:
    workspace, dataset_id = shop
    chosen = Slice.read("gender=f&rank=101..500")
    assert saved.save_slice(workspace, dataset_id, "  hard \n women ", chosen) == "hard women"
    assert saved.named_slices(workspace, dataset_id) == {"hard women": chosen}
    assert workspace.datasets.load(dataset_id).dataset_id == dataset_id
    assert [summary.dataset_id for summary in workspace.datasets.list()] == [dataset_id]
    saved.delete_slice(workspace, dataset_id, "hard women")
    assert saved.named_slices(workspace, dataset_id) == {}
    saved.save_slice(workspace, dataset_id, "x", chosen)
    workspace.datasets.delete(dataset_id)
    assert not workspace.datasets.folder(dataset_id).exists()


@pytest.mark.parametrize(
    ("name", "text", "reason"), [(" ", "gender=f", "1 to 60"), ("a" * 61, "gender=f", "61"), ("a", "", "everything")]
)
def test_a_slice_without_a_name_or_a_filter_is_not_saved(
    shop: tuple[Workspace, str], name: str, text: str, reason: str
) -> None:
    with pytest.raises(SettingError, match=reason):
        saved.save_slice(*shop, name, Slice.read(text))


def test_picked_users_are_a_set_with_a_short_name(shop: tuple[Workspace, str]) -> None:
    workspace, dataset_id = shop
    name = saved.save_picked(workspace, dataset_id, ["u3", "u1", "u3", "gone"])
    assert len(name) == 12
    assert saved.save_picked(workspace, dataset_id, ["gone", "u1", "u3"]) == name
    chosen = Slice.of({"user_ids": [name]})
    picked = saved.picked_sets(workspace, dataset_id, chosen)
    dataset = workspace.datasets.load(dataset_id)
    mask = Members(dataset, picked).users(chosen)
    assert dataset.interactions.user_ids[mask].tolist() == ["u1", "u3"]
    assert saved.picked_sets(workspace, dataset_id, Slice.of({"user_ids": ["../../config"]})) == {}


def test_sets_that_no_saved_slice_uses_make_room(shop: tuple[Workspace, str], monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, dataset_id = shop
    monkeypatch.setattr(saved, "MAX_SETS", 2)
    first, second = (saved.save_picked(workspace, dataset_id, [user]) for user in ("u1", "u2"))
    saved.save_slice(workspace, dataset_id, "first", Slice.of({"user_ids": [first]}))
    third = saved.save_picked(workspace, dataset_id, ["u3"])
    kept = saved.picked_sets(workspace, dataset_id, Slice.of({"user_ids": [first, second, third]}))
    assert kept == {first: ("u1",), third: ("u3",)}


def test_too_many_ids_are_refused(shop: tuple[Workspace, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MAX_IDS", 2)
    with pytest.raises(SettingError, match="1 to 2 picked users or items; 3 were picked"):
        saved.save_picked(*shop, ["a", "b", "c"])
