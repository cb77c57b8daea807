"""Similar items by their texts and categories."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.services.explore.content_neighbours import content_neighbours, content_vectors
from tests.worlds.small_shop import shop

TITLES = ("Red tea", "Green tea", "Red shoes", "Blue lamp", "Camera", "Guitar", "Bicycle", "Pencils", "Globe")


def test_items_that_share_words_and_category_come_first_and_without_either_none(tmp_path: Path) -> None:
    workspace, dataset_id = shop(tmp_path, TITLES)  # even items are of one category, odd ones of the other
    dataset = workspace.datasets.load(dataset_id)
    found = content_neighbours(dataset, content_vectors(dataset), item=1)  # Red tea, even
    assert [item.title for item in found[:2]] == ["Red shoes", "Camera"]
    assert found[-1].title == "Green tea"  # a shared word, another category
    assert len(found) == 5
    assert 1 > found[0].score > found[1].score > 0


def test_an_item_that_shares_nothing_has_no_neighbour(tmp_path: Path) -> None:
    workspace, dataset_id = shop(tmp_path, TITLES)
    dataset = workspace.datasets.load(dataset_id)
    dataset.items["category"] = [""] * 9 + ["alone"]
    assert content_neighbours(dataset, content_vectors(dataset), item=9) == []


def test_the_score_is_the_cosine_of_tf_idf(tmp_path: Path) -> None:
    workspace, dataset_id = shop(tmp_path, ("same", "same", *"abcdefg"))
    dataset = workspace.datasets.load(dataset_id)
    dataset.items["category"] = ""
    (other,) = content_neighbours(dataset, content_vectors(dataset), item=1)
    assert other.score == pytest.approx(1)
