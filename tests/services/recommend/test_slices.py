from types import SimpleNamespace

import pandas as pd
import pytest

from recsys.services.recommend.slices import categories, item_filter, split_categories


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
