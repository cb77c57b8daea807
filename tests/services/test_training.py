"""Training as a service: what a run writes down while it trains, and what it goes on with."""

import pytest

from recsys.data.load import ImportRequest
from recsys.services import training
from recsys.services.datasets import import_dataset
from recsys.services.jobs import progress
from recsys.services.training import TrainRequest
from recsys.services.workspace import open_workspace
from recsys.training.config import TrainingOptions
from recsys.training.trainer import EpochDone

SMALL = {"epochs": 4, "embedding_dim": 8, "hidden_dim": 8, "max_length": 8}


class Died(Exception):
    """Stands for a process that is killed."""


@pytest.fixture
def workspace(tmp_path):
    rows = [f"u{u},i{(u + step) % 9}" for u in range(30) for step in range(6)]
    (tmp_path / "log.csv").write_text("\n".join(["user_id,item_id", *rows]))
    workspace = open_workspace(tmp_path / "home")
    import_dataset(workspace, ImportRequest(tmp_path / "log.csv"))
    return workspace


def request(workspace, **options):
    (dataset,) = workspace.datasets.list()
    return TrainRequest(dataset.dataset_id, "gru4rec", settings=SMALL, options=TrainingOptions(**options), run_id="r")


def die_at(epoch):
    def on_event(event):
        if isinstance(event, EpochDone) and event.epoch == epoch:
            raise Died

    return on_event


def test_a_run_goes_on_with_the_threads_that_it_began_with(workspace):
    with pytest.raises(Died):
        training.train(workspace, request(workspace, threads=1), on_event=die_at(2))
    assert training.train(workspace, request(workspace)).threads == 1


def test_a_run_that_died_tells_each_epoch_once_after_it_went_on(workspace):
    with pytest.raises(Died):
        training.train(workspace, request(workspace), on_event=die_at(2))
    training.train(workspace, request(workspace))
    assert [line["epoch"] for line in progress(workspace, "r").epochs_done] == [1, 2, 3, 4]


def test_an_epoch_that_was_told_but_not_kept_is_told_again(workspace):
    with pytest.raises(Died):
        training.train(workspace, request(workspace), on_event=die_at(2))
    workspace.runs.open("r").append("epoch", epoch=3, loss=99.0, ndcg=0.0, accuracy=None, seconds=1.0)
    assert progress(workspace, "r").epoch == 3
    training.train(workspace, request(workspace))
    told = progress(workspace, "r").epochs_done
    assert [line["epoch"] for line in told] == [1, 2, 3, 4]
    assert told[2]["loss"] < 99
