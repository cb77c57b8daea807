from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys.data.dataset import Dataset
from recsys.data.profile import profile
from recsys.errors import DataError
from recsys.services.data.sliced_dataset import sliced_dataset
from recsys.services.data.tables import items_table, users_table
from recsys.services.workspace import open_workspace
from tests.worlds.shops import import_shop


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("sliced")
    workspace = open_workspace(folder / "home")
    return workspace.datasets.load(import_shop(workspace, folder))


def test_a_part_has_the_events_between_its_users_and_items(dataset: Dataset) -> None:
    log = dataset.interactions
    users, items = np.arange(41) > 30, np.arange(26) > 5
    part = sliced_dataset(dataset, users, items)
    expected = [
        (str(log.user_ids[user]), str(log.item_ids[item]))
        for user, item in zip(log.users, log.items, strict=True)
        if user > 30 and item > 5
    ]
    events = part.interactions
    assert [*zip(events.user_ids[events.users], events.item_ids[events.items], strict=True)] == expected
    assert list(part.users["gender"])[1:] == list(dataset.users["gender"])[31:]
    assert items_table(part).total == 20
    assert users_table(part).total == events.num_users == profile(part).users


def test_pictures_and_impressions_follow_their_items(dataset: Dataset) -> None:
    log = dataset.interactions
    part = sliced_dataset(dataset, np.arange(41) > 0, np.arange(26) > 2)
    for item, path in part.images.items():
        assert dataset.images[log.item_index[str(part.interactions.item_ids[item])]] == path
    assert part.impressions is not None and dataset.impressions is not None
    assert len(part.impressions) == (dataset.impressions["item_id"] > 2).sum()
    assert part.impressions["item_id"].min() == 1


def test_too_few_events_are_refused(dataset: Dataset) -> None:
    with pytest.raises(DataError, match="too few to describe"):
        sliced_dataset(dataset, np.arange(41) == 1, np.arange(26) > 0)


def test_the_files_of_the_dataset_stay(dataset: Dataset) -> None:
    sliced_dataset(dataset, np.arange(41) > 30, np.arange(26) > 5)
    assert all(isinstance(path, Path) and path.exists() for path in dataset.images.values())
    assert dataset.interactions.num_users == 40
