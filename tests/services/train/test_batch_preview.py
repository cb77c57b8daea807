import numpy as np
import pytest

from recsys.services.train.batch_preview import PADDING, first_batch
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace
from tests.worlds.small_shop import import_small_shop


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return open_workspace(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def shop(home: Workspace) -> str:
    return import_small_shop(home, ages=True)


@pytest.mark.parametrize("model", ["sasrec", "gru4rec", "caser"])
def test_a_row_of_a_sequence_batch_reads_from_old_to_new_to_its_target(home: Workspace, shop: str, model: str) -> None:
    found = first_batch(home, TrainRequest(shop, model))
    assert found is not None
    # everybody walks the cycle, 2 of 4 to 7 events are held out: 1 to 4 inputs a row, padded to 4 positions
    assert list(found.table) == ["padding", "3 before", "2 before", "1 before", "newest event", "→ target"]
    assert len(found.table) == 30
    for row in found.table.itertuples(index=False):
        cells = list(row[1:])
        assert cells.count(PADDING) == row[0]
        assert all(cell == PADDING for cell in cells[: row[0]])
        steps = [int(cell.removeprefix("Thing ")) for cell in cells[row[0] :]]
        assert len(steps) >= 2
        assert set(np.diff(steps) % 9) == {1}
    assert "30 rows of 4 positions, 39% of them padding" in found.words


def test_events_older_than_the_columns_are_counted(home: Workspace, shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.services.train.batch_preview.NEWEST", 2)
    found = first_batch(home, TrainRequest(shop, "gru4rec"))
    assert found is not None
    assert list(found.table) == ["padding", "older events", "1 before", "newest event", "→ target"]
    assert sorted(set(found.table["older events"])) == [0, 1, 2]


def test_the_pairs_of_the_dense_network_stand_with_their_label_and_traits(home: Workspace, shop: str) -> None:
    found = first_batch(home, TrainRequest(shop, "mlp", settings={"negatives": 3}))
    assert found is not None
    assert list(found.table)[:5] == ["label", "user", "age", "item", "category"]
    assert (found.table["label"] == "touched").sum() == 13  # one in four of the 50 that are shown
    assert found.table["label"][:4].tolist() == ["touched", "not touched", "not touched", "not touched"]
    assert found.table["user"][:4].nunique() == 1
    for row in found.table.itertuples():
        start, item = int(row.user[1:]), int(row.item.removeprefix("Thing "))
        assert row.category == "ab"[item % 2]
        assert row.label != "touched" or (item - start) % 9 < 7
    assert "each with 3 sampled items" in found.words


def test_a_seed_has_a_first_batch_of_its_own(home: Workspace, shop: str) -> None:
    from recsys.training.config import TrainingOptions

    tables = [
        first_batch(home, TrainRequest(shop, "mlp", options=TrainingOptions(seed=seed))).table for seed in (1, 1, 2)
    ]
    assert tables[0].equals(tables[1])
    assert not tables[0].equals(tables[2])


def test_a_closed_form_has_no_batches(home: Workspace, shop: str) -> None:
    assert first_batch(home, TrainRequest(shop, "ease")) is None
