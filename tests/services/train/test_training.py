"""Training as a service: what a run writes down while it trains, and what it goes on with."""

import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from recsys.__main__ import make_parser
from recsys.data.files import write_json
from recsys.data.importing.load import ImportRequest
from recsys.errors import NotFoundError, RunError, SettingError
from recsys.evaluation.list_report import measure_lists
from recsys.recommend.topk import recommend
from recsys.runs import jobs
from recsys.services.data.datasets import import_dataset
from recsys.services.models.leaderboard import delete_run, list_runs
from recsys.services.train import planning, training
from recsys.services.train.job_list import progress, stop
from recsys.services.train.planning import TrainRequest
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
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


# Stopped before the first epoch has ended


@pytest.fixture
def untrained(workspace):
    """A workspace whose run was stopped at once."""
    training.train(workspace, request(workspace), should_stop=lambda: True)
    return workspace


def test_a_run_stopped_at_once_is_listed_as_stopped_and_not_offered(untrained):
    (run,) = list_runs(untrained)
    assert (run.state, run.epochs, run.is_untrained, run.is_whole) == ("stopped", 0, True, False)
    assert not (untrained.runs.open("r").path / "weights.safetensors").exists()
    now = progress(untrained, "r")
    assert (now.state, now.is_trained, now.share) == ("stopped", False, 0.0)


def test_a_run_stopped_at_once_is_refused_by_its_id_and_is_never_the_latest(untrained):
    with pytest.raises(RunError, match="stopped before its first epoch ended, so it has learnt nothing"):
        open_run(untrained, "r")
    with pytest.raises(NotFoundError, match="no finished run yet"):
        open_run(untrained, "latest")


def test_a_run_stopped_at_once_is_resumed_to_the_same_weights_as_one_that_was_not(untrained):
    resumed = training.train_run(untrained, "r")
    other = training.train(untrained, replace(request(untrained), run_id="other"))
    assert resumed.state == "finished"
    assert resumed.weights_sha256 == other.weights_sha256


# One process at a time


def test_the_record_is_read_under_the_lock(workspace, monkeypatch):
    """Another process finishes the run between the look at its folder and the lock: it is not trained again."""
    held, first = jobs.held, []

    @contextmanager
    def held_after_another(folder):
        if not first:
            first.append(None)
            first[0] = training.train(workspace, request(workspace))
        with held(folder):
            yield

    monkeypatch.setattr(jobs, "held", held_after_another)
    assert training.train(workspace, request(workspace)) == first[0]
    assert [line["kind"] for line in workspace.runs.open("r").progress()].count("start") == 1


# From a request to a process that trains


@pytest.fixture
def launched(monkeypatch):
    """The arguments of the processes that would be started."""
    arguments = []
    monkeypatch.setattr(jobs, "start", lambda folder, words: arguments.append(words))
    return arguments


def test_a_job_trains_the_config_that_its_request_became(workspace, launched):
    asked = request(workspace, seed=7, cold_share=0.2, threads=1)
    run_id = training.start(workspace, asked)
    config = workspace.runs.open(run_id).config
    assert (config.settings, config.options) == (planning.config_of(asked).settings, asked.options)
    (words,) = launched
    options = make_parser().parse_args(words)
    assert (options.run_name, options.workspace) == ("r", str(workspace.path))
    options.run(options)
    assert workspace.runs.open(run_id).config == config
    assert workspace.runs.open(run_id).record.seed == 7


def test_a_request_is_planned_once_and_by_the_process_that_trains(workspace, launched, monkeypatch):
    made, steps_for = [], planning.steps_for
    for module in ("recsys.services.train.planning", "recsys.training.trainer"):
        monkeypatch.setattr(f"{module}.steps_for", lambda *a: made.append(a) or steps_for(*a))
    training.start(workspace, request(workspace))
    assert made == []
    training.train_run(workspace, "r")
    assert len(made) == 1


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"model": "magic"}, "model"),
        ({"settings": {"epochs": 0}}, "epochs"),
        ({"settings": {"content": "picture"}}, "content"),
        ({"settings": {"user_features": "trade"}}, "user_features"),
        ({"settings": {"ratings": "on"}}, "ratings"),
        ({"options": TrainingOptions(liked_from=4)}, "liked_from"),
    ],
)
def test_bad_settings_are_refused_before_a_process_is_started(workspace, launched, changes, column):
    with pytest.raises(SettingError) as refused:
        training.start(workspace, replace(request(workspace), **changes))
    assert refused.value.column == column
    assert (workspace.runs.list(), workspace.queue.waiting(), launched) == ([], [], [])


def test_what_only_the_training_process_refuses_is_told_in_its_words(workspace, launched, monkeypatch):
    training.start(workspace, request(workspace))
    monkeypatch.setattr("recsys.training.steps.MIN_SEQUENCE_TARGETS", 10**6)
    with pytest.raises(SettingError):
        training.train_run(workspace, "r")
    now = progress(workspace, "r")
    assert now.state == "failed"
    assert "at least 1000000 are needed" in now.message


def test_a_refused_training_in_the_foreground_leaves_nothing_behind(workspace, monkeypatch):
    monkeypatch.setattr("recsys.training.steps.MIN_SEQUENCE_TARGETS", 10**6)
    with pytest.raises(SettingError):
        training.train(workspace, request(workspace))
    assert workspace.runs.list() == []


# Another host, and a long pause


@pytest.fixture
def elsewhere(workspace, launched):
    """A workspace whose run was begun by another host."""
    folder = workspace.runs.create(planning.config_of(request(workspace)))
    folder.append("start", time=time.time(), epochs=4, from_epoch=0)
    write_json(folder.path / jobs.PROCESS, {"host": "elsewhere", "pid": 1, "started": time.time()})
    return workspace


def test_a_run_of_another_host_is_shown_as_such(elsewhere):
    now = progress(elsewhere, "r")
    assert (now.state, now.host, now.is_under_way) == ("unknown", "elsewhere", True)
    assert [run.state for run in list_runs(elsewhere)] == ["unknown"]


@pytest.mark.parametrize("act", [stop, delete_run, training.resume, training.train_run])
def test_a_run_of_another_host_is_not_touched(elsewhere, launched, act):
    with pytest.raises(RunError, match="may still be training on host elsewhere"):
        act(elsewhere, "r")
    assert progress(elsewhere, "r").state == "unknown"
    assert launched == []


def test_a_run_that_goes_on_after_days_is_not_quiet_at_once(workspace):
    folder = workspace.runs.create(planning.config_of(request(workspace)))
    folder.append("start", time=time.time() - 300_000, epochs=4, from_epoch=0)
    with jobs.held(folder):
        now = progress(workspace, "r")
    assert (now.state, now.is_quiet) == ("running", False)


def test_a_run_keeps_its_lists_and_their_metrics(workspace):
    training.train(workspace, request(workspace))
    run = open_run(workspace, "r")
    lists_TK = run.folder.load_lists()
    for row, items in enumerate(lists_TK):
        best = recommend(run.model, run.split.test.history(row), run.candidates, user=int(run.split.test.users[row]))
        assert [item.item for item in best] == [item for item in items if item]
    assert run.record.list_metrics == pytest.approx(measure_lists(lists_TK, run.split, run.dataset))
    assert {"coverage@10", "gini@10", "novelty@10", "serendipity@10"} <= run.record.list_metrics.keys()
