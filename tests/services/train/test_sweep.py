"""Sweeps: which settings are drawn, which runs are trained, and who wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import NotFoundError, RunError, SettingError
from recsys.models import MODELS
from recsys.services.data.datasets import delete_dataset
from recsys.services.train import sweep, sweep_runs
from recsys.services.train.planning import TrainRequest, config_of
from recsys.services.train.sweep import SweepRequest, draw, plan, ranges, start, train_sweep
from recsys.services.train.sweep_runs import resume, stop, sweep_progress
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions
from tests.worlds.small_shop import import_small_shop
from tests.worlds.stored_runs import record

FIXED = {"epochs": 1, "embedding_dim": 16}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose queue starts nothing."""
    monkeypatch.setattr(sweep_runs, "start_due_jobs", lambda workspace: None)
    monkeypatch.setenv("RECSCOPE_ESTIMATE", "off")
    return open_workspace(tmp_path)


def request(home: Workspace, model: str = "gru4rec", seed: int = 1, num_runs: int = 4, **more: Any) -> SweepRequest:
    options = TrainingOptions(seed=seed, threads=1)
    first = TrainRequest(import_small_shop(home), model, "quick", more.pop("settings", FIXED), options)
    return SweepRequest(first, num_runs, **more)


def finish(
    home: Workspace, run_id: str, ndcg: float, test: float = 0.5, state: str = "finished", **changes: Any
) -> None:
    """End a run as far as its folder can tell."""
    home.queue.cancel(run_id)
    folder, metrics = home.runs.open(run_id), {"ndcg@10": test}
    folder.append("start", time=0.0, epochs=1, from_epoch=0)
    folder.finish(record(run_id, state, best_validation_ndcg=ndcg, metrics=metrics, **changes))


def states(home: Workspace, sweep_id: str) -> list[str]:
    return [run.state for run in sweep_progress(home, sweep_id).runs]


@pytest.mark.parametrize("model", [name for name in MODELS if ranges(name)])
@given(seed=st.integers(0, 2**31 - 1), number=st.integers(1, 200))
def test_all_drawn_settings_are_valid_for_every_model(model: str, seed: int, number: int) -> None:
    base = config_of(TrainRequest("any", model)).settings
    drawn = draw(model, base, tuple(ranges(model)), seed, number)
    assert MODELS[model].Config(**drawn).model_dump() == drawn
    for name, searched in ranges(model).items():
        assert number == 1 or searched.low <= drawn[name] <= searched.high


def test_a_seed_gives_the_same_settings_and_another_seed_others(home: Workspace) -> None:
    first, again, other = (plan(request(home, seed=seed)).settings for seed in (1, 1, 2))
    assert first == again
    assert first[0] == other[0]
    assert all(one != another for one, another in zip(first[1:], other[1:], strict=True))


def test_a_longer_sweep_begins_with_the_runs_of_a_shorter_one(home: Workspace) -> None:
    assert plan(request(home, num_runs=9)).settings[:4] == plan(request(home, num_runs=4)).settings


def test_the_first_run_has_the_settings_of_the_preset(home: Workspace) -> None:
    assert plan(request(home)).settings[0] == MODELS["gru4rec"].Config.from_settings("quick", FIXED).model_dump()


def test_fixed_settings_stay_and_leave_the_others_as_they_are(home: Workspace) -> None:
    fixed, free = plan(request(home)), plan(request(home, settings={"epochs": 1}))
    assert "embedding_dim" in free.searched and "embedding_dim" not in fixed.searched
    assert {run["embedding_dim"] for run in fixed.settings} == {16}
    for name in fixed.searched:
        assert [run[name] for run in fixed.settings] == [run[name] for run in free.settings]


def test_only_the_chosen_settings_are_searched(home: Workspace) -> None:
    planned = plan(request(home, searched=("dropout",)))
    assert planned.searched == ("dropout",)
    varied = {name for name in planned.settings[0] if len({repr(run[name]) for run in planned.settings}) > 1}
    assert varied == {"dropout"}


def test_settings_that_do_not_fit_together_are_drawn_again(home: Workspace) -> None:
    planned = plan(request(home, "sasrec", num_runs=30, settings={"embedding_dim": 12}))
    assert {run["num_heads"] for run in planned.settings} == {1, 2, 4}  # 8 does not divide 12


@pytest.mark.parametrize(
    ("model", "changes", "said"),
    [
        ("gru4rec", {"num_runs": 1}, "2 to 200 runs"),
        ("gru4rec", {"searched": ("epochs",)}, "no search range for 'epochs'"),
        ("popularity", {"settings": {}}, "no setting left to search"),
        ("ease", {"settings": {"l2": 5}}, "no setting left to search"),
        ("gru4rec", {"settings": {"dropout": 7}}, "dropout"),
        ("nothing", {"settings": {}}, "no model 'nothing'"),
    ],
)
def test_what_cannot_be_searched_is_refused_and_writes_nothing(
    home: Workspace, model: str, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingError, match=said):
        start(home, request(home, model, **changes))
    assert not home.sweeps.root.exists() and home.runs.list() == []


def test_all_runs_are_queued_in_order(home: Workspace) -> None:
    sweep_id = start(home, request(home, sweep_id="s"))
    assert home.queue.waiting() == ["s-01", "s-02", "s-03", "s-04"]
    assert states(home, sweep_id) == ["waiting"] * 4


def test_a_stopped_sweep_goes_on_with_what_is_missing_and_is_as_if_never_stopped(home: Workspace) -> None:
    start(home, request(home, sweep_id="s"))
    settings = {run_id: home.runs.open(run_id).config.settings for run_id in home.queue.waiting()}
    finish(home, "s-01", 0.3)
    finish(home, "s-02", 0.2, state="stopped")
    stop(home, "s")
    assert home.queue.waiting() == []
    assert states(home, "s") == ["finished", "stopped", "missing", "missing"]
    assert not sweep_progress(home, "s").is_over
    resume(home, "s")
    assert home.queue.waiting() == ["s-02", "s-03", "s-04"]
    assert {folder.run_id: folder.config.settings for folder in home.runs.list()} == settings


def test_a_sweep_that_was_killed_loses_and_doubles_no_run(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    create = home.runs.create

    def die(self: object, config: Any) -> Any:
        if config.run_id == "s-03":
            raise KeyboardInterrupt
        return create(config)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("recsys.runs.store.RunStore.create", die)
        start(home, request(home, sweep_id="s"))
    assert states(home, "s") == ["waiting", "waiting", "missing", "missing"]
    resume(home, "s")
    resume(home, "s")
    assert home.queue.waiting() == ["s-01", "s-02", "s-03", "s-04"]
    assert [run["learning_rate"] for run in home.sweeps.open("s").settings] == [
        home.runs.open(f"s-0{number}").config.settings["learning_rate"] for number in (1, 2, 3, 4)
    ]


def test_the_winner_is_chosen_by_validation_though_the_test_figure_disagrees(home: Workspace) -> None:
    start(home, request(home, sweep_id="s"))
    for run_id, ndcg, test in (("s-01", 0.30, 0.9), ("s-02", 0.40, 0.1), ("s-03", 0.35, 0.8)):
        finish(home, run_id, ndcg, test)
    before = sweep_progress(home, "s")
    assert before.best is not None and before.best.run_id == "s-02"
    assert before.test_metrics is None  # read once, at the end
    finish(home, "s-04", 0.40, 0.7)  # equal: the earlier run wins
    done = sweep_progress(home, "s")
    assert done.best is not None and done.best.run_id == "s-02"
    assert done.test_metrics == {"ndcg@10": 0.1}


def test_a_stopped_run_cannot_win(home: Workspace) -> None:
    start(home, request(home, sweep_id="s"))
    finish(home, "s-01", 0.9, state="stopped")
    finish(home, "s-02", 0.1)
    best = sweep_progress(home, "s").best
    assert best is not None and best.run_id == "s-02"


def test_the_time_left_is_the_mean_of_the_finished_runs_for_each_other(home: Workspace) -> None:
    start(home, request(home, sweep_id="s"))
    assert sweep_progress(home, "s").eta is None
    home.runs.open("s-01").save_estimate({"seconds": 50.0})
    assert sweep_progress(home, "s").eta == 200
    finish(home, "s-01", 0.3, seconds=10.0)
    finish(home, "s-02", 0.3, seconds=20.0)
    assert sweep_progress(home, "s").eta == 30  # two runs of 15 s


def test_a_sweep_in_this_process_is_the_sweep_of_the_queue_and_a_stop_ends_it(home: Workspace) -> None:
    said: list[str] = []
    done = train_sweep(home, request(home, "ease", settings={}, sweep_id="e"), said.append)
    assert [run.state for run in done.runs] == ["finished"] * 4
    assert said[0] == "4 runs of EASE to train." and said[1].startswith("Run 1 of 4: l2 100")
    assert all(run.ndcg is not None for run in done.runs)  # of a model without epochs, too
    trained = {folder.run_id: folder.record for folder in home.runs.list()}
    again = train_sweep(home, request(home, "ease", settings={}, sweep_id="e"), said.append)
    assert again.runs == done.runs and said[-1] == "0 runs of EASE to train."
    assert {folder.run_id: folder.record for folder in home.runs.list()} == trained
    stopped = train_sweep(home, request(home, "ease", settings={}, sweep_id="f"), should_stop=lambda: True)
    assert [run.state for run in stopped.runs] == ["missing"] * 4
    start(home, request(home, "ease", settings={}, sweep_id="f"))
    assert [run.settings for run in sweep_progress(home, "f").runs] == [run.settings for run in done.runs]


def test_a_run_that_fails_does_not_end_the_sweep(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    train_run, said = sweep.train_run, []

    def fail_once(workspace: Workspace, run_id: str, **more: Any) -> Any:
        if run_id == "e-02":
            raise RunError("memory ran out")  # type: ignore[arg-type]
        return train_run(workspace, run_id, **more)

    monkeypatch.setattr(sweep, "train_run", fail_once)
    done = train_sweep(home, request(home, "ease", settings={}, sweep_id="e"), said.append)
    assert [run.state for run in done.runs] == ["finished", "failed", "finished", "finished"]
    assert "Run 2 failed. memory ran out" in said
    assert done.is_over and done.test_metrics is not None


def test_a_sweep_goes_with_its_dataset(home: Workspace) -> None:
    wanted = request(home, "ease", settings={}, sweep_id="e")
    start(home, wanted)
    delete_dataset(home, wanted.first.dataset_id)
    with pytest.raises(NotFoundError, match="no sweep e"):
        resume(home, "e")
