"""Search of settings on the Train page, driven without a browser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recsys.messages import PSEUDO
from recsys.runs.sweep_record import SweepRecord
from recsys.services.train import sweep, sweep_runs
from recsys.services.train.planning import TrainRequest
from recsys.services.train.sweep import SweepRequest
from recsys.services.train.sweep_runs import SweepProgress
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions
from tests.pages.drive import address, opened, table, texts
from tests.pages.pseudo_language import raw_texts
from tests.pages.test_texts_of_models import AnyRequest
from tests.worlds.small_shop import import_small_shop
from tests.worlds.stored_runs import record
from tests.worlds.trained_runs import import_sample_once

NDCG = {1: 0.30, 2: 0.42, 3: 0.35, 4: 0.10, 5: 0.20, 6: 0.25}  # validation, by run; the test figure is the reverse


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with the shop, whose queue starts nothing."""
    monkeypatch.setattr(sweep_runs, "start_due_jobs", lambda workspace: None)
    monkeypatch.setattr("recsys.ui.shell.job_cards.start_due_jobs", lambda workspace: None)
    workspace = open_workspace(tmp_path)
    import_small_shop(workspace)
    return workspace


def searched(home: Workspace, done: int, num_runs: int = 6) -> str:
    """A search of which the first runs are finished and the others wait."""
    dataset_id = home.datasets.list()[0].dataset_id
    first = TrainRequest(dataset_id, "gru4rec", "quick", {"epochs": 1}, TrainingOptions(threads=1))
    sweep_id = sweep.start(home, SweepRequest(first, num_runs, ("learning_rate", "dropout"), "s"))
    for number in range(1, done + 1):
        finish(home, number)
    return sweep_id


def finish(home: Workspace, number: int) -> None:
    run_id, ndcg = f"s-0{number}", NDCG[number]
    home.queue.cancel(run_id)
    home.runs.open(run_id).append("start", time=0.0, epochs=1, from_epoch=0)
    home.runs.open(run_id).finish(record(run_id, best_validation_ndcg=ndcg, metrics={"ndcg@10": round(1 - ndcg, 2)}))


def charts(app: AppTest) -> list[dict[str, Any]]:
    """The first trace of each chart."""
    return [json.loads(chart.proto.spec)["data"][0] for chart in app.get("plotly_chart")]


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


def test_one_press_queues_all_runs_with_what_the_form_says(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home.path, monkeypatch)
    app.segmented_control(key="train_mode").set_value("search").run()
    app.pills(key="model").set_value("gru4rec").run()
    assert "**Dropout (share)** 0 to 0\\.6" in texts(app).replace("\\(", "(").replace("\\)", ")")
    app.multiselect(key="searched_gru4rec").set_value(["learning_rate", "hidden_dim"]).run()
    app.slider(key="search_runs").set_value(7).run()
    app.slider(key="set_epochs_gru4rec_balanced").set_value(3).run()
    app.number_input(key="seed").set_value(5).run()
    command = app.code[0].value
    assert "sweep" in command and "--runs 7" in command and "epochs=3" in command and "dropout=0.4" in command
    assert app.button(key="search").label == "Search 7 settings of GRU4Rec"
    app.button(key="search").click().run()
    assert not app.exception
    (stored,) = home.sweeps.list()
    assert home.queue.waiting() == [stored.run_id(number) for number in stored.numbers]
    assert (stored.num_runs, stored.searched, stored.options.seed) == (7, ("learning_rate", "hidden_dim"), 5)
    assert {(run["epochs"], run["dropout"]) for run in stored.settings} == {(3, 0.4)}
    assert address(app, "sweep") == stored.sweep_id
    assert "GRU4Rec search · 1 of 7" in texts(app), "one line in the sidebar, not seven"
    assert "**Jobs** · 1" in texts(app)


def test_the_command_of_the_form_is_the_same_search(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from recsys.__main__ import make_parser
    from recsys.commands.parsing import request_of

    app = opened("train", home.path, monkeypatch)
    app.segmented_control(key="train_mode").set_value("search").run()
    app.multiselect(key="searched_sasrec").set_value(["dropout", "num_blocks"]).run()
    words = app.code[0].value.split()[3:]
    options = make_parser().parse_args(words)
    planned = sweep.plan(SweepRequest(request_of(options), options.runs))
    app.button(key="search").click().run()
    (stored,) = home.sweeps.list()
    assert (planned.searched, planned.settings) == (stored.searched, stored.settings)


def test_the_panel_shows_the_best_so_far_and_no_test_figure_before_the_end(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home.path, monkeypatch, sweep=searched(home, done=3))
    assert "Best so far: run 2, validation NDCG@10 0.420" in texts(app)
    assert "On the test events" not in texts(app)
    assert "use_winner" not in keys(app)
    runs = table(app, "validation NDCG@10", "state")
    assert list(runs["state"]) == ["finished"] * 3 + ["waiting"] * 3
    (lines,) = charts(app)
    assert (lines["type"], len(lines["dimensions"])) == ("parcoords", 3)
    assert lines["dimensions"][-1]["values"] == [0.30, 0.42, 0.35]


def test_a_finished_search_shows_the_winner_by_validation_and_stays(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("train", home.path, monkeypatch, sweep=searched(home, done=5))
    finish(home, 6)
    app.run()
    assert [toast.value for toast in app.toast] == ["The sweep of GRU4Rec is done."]
    assert app.title[0].value == "Train"
    assert "Winner: run 2, validation NDCG@10 0.420" in texts(app)
    assert "On the test events: NDCG@10 0.580" in texts(app)
    assert {"use_winner", "fill_winner"} <= keys(app) and not {"stop_sweep", "resume_sweep"} & keys(app)
    assert [chart["type"] for chart in charts(app)] == ["parcoords", "bar"]


def test_a_search_is_stopped_and_resumed_with_its_runs(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home.path, monkeypatch, sweep=searched(home, done=2))
    waiting = home.queue.waiting()
    app.button(key="stop_sweep").click().run()
    assert home.queue.waiting() == []
    assert list(table(app, "state", "run")["state"]) == ["finished"] * 2 + ["not started"] * 4
    app.button(key="resume_sweep").click().run()
    assert home.queue.waiting() == waiting
    assert "stop_sweep" in keys(app)


def test_the_settings_of_the_winner_fill_the_form(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home.path, monkeypatch, sweep=searched(home, done=6))
    app.button(key="fill_winner").click().run()
    assert address(app, "sweep") == "s"
    assert app.segmented_control(key="train_mode_1").value == "one"
    dropout = home.sweeps.open("s").settings[1]["dropout"]
    assert app.slider(key="set_dropout_gru4rec_quick_1").value == dropout


def test_the_winner_is_used_on_models(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home.path, monkeypatch, sweep=searched(home, done=6))
    app.button(key="use_winner").click().run()
    assert app.title[0].value == "Models"
    assert address(app, "run") == "s-02"


def test_a_run_of_the_search_leads_back_to_it(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    searched(home, done=1)
    app = opened("train", home.path, monkeypatch, run="s-02")
    app.button(key="to_sweep").click().run()
    assert address(app, "sweep") == "s"
    assert address(app, "run") is None


def test_without_a_link_the_search_that_waits_is_watched(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    searched(home, done=1)
    assert "Best so far: run 1" in texts(opened("train", home.path, monkeypatch))


def test_an_earlier_search_is_opened_from_the_form(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    searched(home, done=6)
    app = opened("train", home.path, monkeypatch)
    app.segmented_control(key="train_mode").set_value("search").run()
    app.button(key="sweep_s").click().run()
    assert address(app, "sweep") == "s"


def test_the_last_search_says_which_run_won_and_gives_its_settings(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched(home, done=6)
    app = opened("train", home.path, monkeypatch)
    app.segmented_control(key="train_mode").set_value("search").run()
    assert "Last search, GRU4Rec: run 2 of 6 won (validation NDCG@10 0.420)" in texts(app)
    app.button(key="fill_last").click().run()
    assert (address(app, "like"), address(app, "sweep")) == ("s-02", "s")
    app.segmented_control(key="train_mode_1").set_value("search").run()
    assert "Last search" not in texts(app), "it is in the live panel"


def test_a_model_without_settings_has_nothing_to_search(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home.path, monkeypatch)
    app.segmented_control(key="train_mode").set_value("search").run()
    app.pills(key="model").set_value("popularity").run()
    assert app.button(key="search").disabled
    assert "has no settings to search" in texts(app)


def test_a_link_to_no_search_is_said_in_words(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no sweep gone" in opened("train", home.path, monkeypatch, sweep="gone").error[0].value


def test_the_time_of_all_runs_is_shown_before_the_button(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("train", home.path, monkeypatch)
    app.session_state["session"].estimates = AnyRequest()  # 124 s for the first run
    app.segmented_control(key="train_mode").set_value("search").run()
    assert "About **24 min 48 s** for 12 runs" in texts(app)


def test_every_text_of_a_sweep_is_a_message(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.ui.train.model_cards.choose_mode", lambda: "search")
    for done in (2, 6):
        app = opened("train", home.path, monkeypatch, lang=PSEUDO, sweep=searched(home, done=done))
        assert not raw_texts(app, f"{done} done")


@pytest.mark.proof
def test_a_sweep_of_twelve_runs_is_stopped_resumed_and_won_on_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the page, with real trainings; what was finished before the stop is not trained again."""
    workspace = open_workspace(tmp_path)
    import_sample_once(workspace)
    app, began = opened("train", tmp_path, monkeypatch), time.monotonic()
    app.segmented_control(key="train_mode").set_value("search").run()
    app.pills(key="model").set_value("gru4rec").run()
    app.segmented_control(key="preset_gru4rec").set_value("quick").run()
    app.slider(key="set_epochs_gru4rec_quick").set_value(2).run()
    app.button(key="search").click().run()
    (stored,) = workspace.sweeps.list()
    planned = sweep.plan(SweepRequest(stored_first(stored), stored.num_runs, stored.searched))
    until(app, lambda now: len(now.finished) >= 3, workspace, stored.sweep_id)
    app.button(key="stop_sweep").click().run()
    stopped = until(app, lambda now: not now.is_under_way, workspace, stored.sweep_id)
    assert 3 <= len(stopped.finished) < 12
    before = {run.run_id: workspace.runs.open(run.run_id).record for run in stopped.finished}
    app.run()
    app.button(key="resume_sweep").click().run()
    done = until(app, lambda now: now.is_over and not now.is_under_way, workspace, stored.sweep_id)
    assert [run.state for run in done.runs] == ["finished"] * 12
    folders = {folder.run_id: folder for folder in workspace.runs.list()}
    assert sorted(folders) == [stored.run_id(number) for number in stored.numbers]
    assert {run_id: folders[run_id].record for run_id in before} == before
    for number, folder in enumerate((folders[run.run_id] for run in done.runs), start=1):
        assert folder.config.settings == planned.settings[number - 1]
        assert [line["state"] for line in folder.progress() if line["kind"] == "end"][-1] == "finished"
    app.run()
    best = max(done.runs, key=lambda run: run.ndcg or 0)
    assert f"Winner: run {best.number}, validation NDCG@10 {best.ndcg:.3f}" in texts(app)
    app.button(key="use_winner").click().run()
    assert (app.title[0].value, address(app, "run")) == ("Models", best.run_id)
    print(f"12 runs, stopped and resumed: {time.monotonic() - began:.0f} s")


def stored_first(stored: SweepRecord) -> TrainRequest:
    """Run 1 of a stored sweep, as it would be asked for."""
    fixed = {name: value for name, value in stored.settings[0].items() if name not in stored.searched}
    return TrainRequest(stored.dataset_id, stored.model, stored.preset, fixed, stored.options)


def until(
    app: AppTest, is_reached: Callable[[SweepProgress], bool], workspace: Workspace, sweep_id: str
) -> SweepProgress:
    """Draw the page every few seconds, as a person would see it, until the sweep has come so far."""
    deadline = time.monotonic() + 1200
    while not is_reached(now := sweep_runs.sweep_progress(workspace, sweep_id)):
        assert time.monotonic() < deadline, now
        time.sleep(2)
        app.run()
        assert not app.exception
    return now
