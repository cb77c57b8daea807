"""Runs with a time split: every reader sees the same split, cold-start is counted, and the protocols are not mixed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys.__main__ import main, make_parser
from recsys.commands.parsing import request_of
from recsys.data.importing.load import ImportRequest
from recsys.errors import RecsysError, RunError, SettingError
from recsys.evaluation.metrics import MISS
from recsys.services.models import comparison, protocol_twin, quality, segment_report, standings, user_lists
from recsys.services.models.blends import why_not_blended
from recsys.services.models.ctr import label_quality
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.transfer import export_run, import_run
from recsys.services.train import estimate, recipe, training
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.training.config import TrainingOptions
from tests.worlds.trained_runs import import_once, train_once

DAY = 86_400
TIME = TrainingOptions(threads=1, device="cpu", split_by="time", cut=20 * DAY)
LEAVE_ONE_OUT = TrainingOptions(threads=1, device="cpu")
RUNS = {"loo": ("ease", LEAVE_ONE_OUT), "time": ("ease", TIME), "popularity-time": ("popularity", TIME)}


def staggered(folder: Path) -> ImportRequest:
    """20 users of 6 events, user u on the days u to u + 5, the first of whom walk items 0 to 9 in a cycle.

    On day 20 and later the users 16 to 19 are active, and u19's events from then on are of the items n1 to n5. Two more
    users, late0 and late1, come on day 21.
    """
    rows = [(u, f"i{(u + step) % 10}", u + step) for u in range(20) for step in range(6)]
    rows = [(f"u{u}", f"n{day - 19}" if u == 19 and day >= 20 else item, day) for u, item, day in rows]
    rows += [(f"late{n}", f"i{step}", 21 + step) for n in range(2) for step in range(3)]
    lines = [f"{user},{item},{1 + row % 4},{day * DAY}" for row, (user, item, day) in enumerate(rows)]
    (folder / "log.csv").write_text("\n".join(["user_id,item_id,rating,timestamp", *lines]) + "\n")
    return ImportRequest(folder / "log.csv", name="Staggered")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("time")
    home = open_workspace(folder / "home")
    dataset_id = import_once(home, "staggered", lambda one: one.datasets.add(staggered(folder)).dataset_id)
    for run_id, (model, options) in RUNS.items():
        train_once(home, TrainRequest(dataset_id, model, options=options, run_id=run_id))
    return home


def dataset_of(workspace: Workspace) -> str:
    return workspace.datasets.list()[0].dataset_id


def test_a_run_opens_with_the_split_that_it_was_trained_on(workspace: Workspace) -> None:
    split = open_run(workspace, "time").split
    assert split.time_cut is not None
    assert split.time_cut.time == 20 * DAY
    assert split.train.times is not None and split.train.times.max() < split.time_cut.validation < 20 * DAY
    ids = split.log.user_ids
    assert [ids[user] for user in split.test.users] == ["u15", "u16", "u17", "u18", "u19"]


def test_cold_start_items_are_misses_and_counted_and_cold_start_users_have_figures_of_their_own(
    workspace: Workspace,
) -> None:
    run = open_run(workspace, "time")
    evaluation = quality.evaluate(workspace, run)
    cold = evaluation.cold_start
    assert cold is not None
    assert (evaluation.num_users, cold.num_cold_users) == (5, 2)
    assert (cold.num_cold_items, cold.num_cold_targets) == (1, 1)  # n1, the first of u19 after the cut
    assert evaluation.ranks.tolist()[4] == MISS
    assert 0 <= cold.metrics["ndcg@10"] <= 1
    assert cold.sentence.startswith("1 of 5 held-out items is cold-start: misses")
    assert "2 cold-start users" in cold.sentence


def test_the_protocol_is_named_with_its_cut(workspace: Workspace) -> None:
    test, validation = (
        quality.evaluate(workspace, open_run(workspace, "time"), split=s) for s in ("test", "validation")
    )  # type: ignore[arg-type]
    assert "from 1970-01-21 on" in test.protocol
    assert "to 1970-01-21" in validation.protocol
    assert validation.cold_start is not None and validation.cold_start.metrics == {}
    assert quality.evaluate(workspace, open_run(workspace, "loo")).cold_start is None


def test_baselines_are_fitted_before_the_cut_and_kept_apart(workspace: Workspace) -> None:
    loo, time = (quality.evaluate(workspace, open_run(workspace, name)) for name in ("loo", "popularity-time"))
    assert time.metrics == time.baselines["popularity"] != loo.baselines["popularity"]
    kept = {path.name for path in workspace.datasets.folder(dataset_of(workspace)).glob("baselines*")}
    assert kept == {"baselines.parquet", f"baselines-time-{20 * DAY}.parquet"}


def test_segments_and_calibration_follow_the_cut(workspace: Workspace) -> None:
    run = open_run(workspace, "time")
    assert sum(row.num_targets for row in segment_report.segments(run).items) == 5
    assert "time split" in label_quality(run, "ratings").protocol


def test_a_run_from_before_there_was_a_time_split_opens_with_leave_one_out(workspace: Workspace) -> None:
    path = workspace.runs.open("loo").path / "config.json"
    stored = json.loads(path.read_text())
    assert stored["options"].pop("split_by") == "leave_one_out"
    assert stored["options"].pop("cut") is None
    path.write_text(json.dumps(stored))
    assert open_run(workspace, "loo").split.time_cut is None


def test_the_command_line_an_estimate_and_a_recipe_carry_the_protocol(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["train", "d", "--model", "ease", "--split-by", "time", "--cut", "1970-01-21", "--threads", "1"]
    assert request_of(make_parser().parse_args([*words, "--device", "cpu"])).options == TIME
    started: list[list[str]] = []
    monkeypatch.setattr(estimate.subprocess, "Popen", lambda words, **how: started.append(words))
    estimate.start(workspace, TrainRequest("d", "ease", options=TIME))
    assert request_of(make_parser().parse_args(started[0][3:])).options == TIME
    _, own = recipe.of_run(workspace, "time")
    assert recipe.from_file(recipe.to_file(own)) == own
    assert "--split-by time --cut 1970-01-21" in recipe.command(workspace, "d", own)


@pytest.mark.parametrize(
    ("options", "column", "words"),
    [
        ({"split_by": "time", "cold_share": 0.2}, "cold_share", "cold-start items of its own"),
        ({"cut": 5}, "cut", "belongs to the time split"),
        ({"split_by": "time", "cut": 0}, "cut", "No event is left to train on"),
    ],
)
def test_options_that_do_not_fit_are_refused_by_name(
    workspace: Workspace, options: dict[str, Any], column: str, words: str
) -> None:
    with pytest.raises(SettingError, match=words) as caught:
        train(workspace, TrainRequest(dataset_of(workspace), "ease", options=TrainingOptions(**options)))
    assert caught.value.column == column


def test_with_a_cut_after_all_events_a_run_is_trained_and_says_why_it_has_no_metrics(workspace: Workspace) -> None:
    options = TIME.model_copy(update={"cut": 100 * DAY})
    record = train(workspace, TrainRequest(dataset_of(workspace), "ease", options=options, run_id="no-test"))
    assert record.metrics is None
    assert str(record.why_no_metrics).startswith("no user has a target after the cut 1970-04-11")
    with pytest.raises(RecsysError, match="Look at the validation instead"):
        quality.evaluate(workspace, open_run(workspace, "no-test"))
    workspace.runs.delete("no-test")


def test_a_cut_that_is_no_date_is_the_users_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "d", "--model", "ease", "--split-by", "time", "--cut", "soon"]) == 2
    assert "'soon' is no time" in capsys.readouterr().err


def test_the_same_run_id_with_another_protocol_is_refused(workspace: Workspace) -> None:
    for options in (LEAVE_ONE_OUT, TIME.model_copy(update={"cut": None})):
        with pytest.raises(RunError, match="exists with another"):
            train(workspace, TrainRequest(dataset_of(workspace), "ease", options=options, run_id="time"))


def test_the_two_protocols_are_neither_blended_compared_nor_ranked_together(workspace: Workspace) -> None:
    runs = {run.run_id: run for run in list_runs(workspace)}
    assert "same protocol" in why_not_blended([runs["loo"], runs["popularity-time"]])
    assert "different protocols: leave-one-out, time split at 1970-01-21" in comparison.why_not_comparable(
        [runs["loo"], runs["time"]]
    )
    assert comparison.why_not_comparable([runs["time"], runs["popularity-time"]]) == ""
    board = standings.rank_runs(workspace, list(runs.values()), standings.measure_runs(workspace, list(runs)))
    assert [standing.run.run_id for standing in board][2] == "loo"
    assert len({standing.protocol for standing in board[:2]}) == 1


def test_the_held_out_item_of_a_user_is_the_first_after_the_cut(workspace: Workspace) -> None:
    runs = {run.run_id: run for run in list_runs(workspace)}
    for run_id in ("time", "loo"):
        test = open_run(workspace, run_id).split.test
        assert user_lists.held_out_items(test.log, test.users, runs[run_id]).tolist() == test.items.tolist()


def test_a_twin_is_found_from_either_side_and_stands_beside(workspace: Workspace) -> None:
    loo, time = (protocol_twin.find_twin(workspace, run_id) for run_id in ("loo", "time"))
    assert loo == time
    assert loo is not None and (loo.leave_one_out.run_id, loo.time.run_id) == ("loo", "time")
    assert loo.sentence.endswith("with a time split (5 users).")
    assert protocol_twin.find_twin(workspace, "popularity-time") is None
    told = protocol_twin.as_json(workspace, "loo", "time")["twin"]
    assert (told["run_id"], told["metrics"]) == ("time", loo.time.metrics)
    assert protocol_twin.as_json(workspace, "time", "time") == {}


def test_without_a_twin_the_command_that_trains_it_is_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = protocol_twin.as_json(workspace, "popularity-time", "leave_one_out")["twin"]
    assert told["run_id"] is None
    parsed = request_of(make_parser().parse_args(told["command"].split()[3:]))
    started: list[TrainRequest] = []
    monkeypatch.setattr(training, "start", lambda _, request: started.append(request) or "new")
    assert protocol_twin.start_twin(workspace, "popularity-time") == "new"
    for request in (parsed, started[0]):
        assert (request.model, request.options.split_by, request.options.cut) == ("popularity", "leave_one_out", None)


def test_such_a_run_travels_and_its_ranks_are_checked_against_its_own_split(
    workspace: Workspace, tmp_path: Path
) -> None:
    export_run(workspace, "time", tmp_path / "run.zip")
    other = open_workspace(tmp_path / "other")
    import_run(other, tmp_path / "run.zip")
    assert open_run(other, "time").split.test.users.tolist() == open_run(workspace, "time").split.test.users.tolist()
    path = workspace.runs.open("time").path / "config.json"
    stored = path.read_text()
    path.write_text(
        stored.replace(f'"cut": {20 * DAY}', f'"cut": {19 * DAY}').replace(f'"cut":{20 * DAY}', f'"cut":{19 * DAY}')
    )
    assert path.read_text() != stored
    try:
        export_run(workspace, "time", tmp_path / "changed.zip")
    finally:
        path.write_text(stored)
    with pytest.raises(RunError, match=r"ranks in this file .* do not belong"):
        import_run(open_workspace(tmp_path / "third"), tmp_path / "changed.zip")


def test_where_all_users_are_active_at_the_same_times_both_protocols_hold_out_the_same(tmp_path: Path) -> None:
    lines = [f"u{u},i{(u + step) % 9},{step}" for u in range(30) for step in range(6)]
    (tmp_path / "log.csv").write_text("\n".join(["user_id,item_id,timestamp", *lines]) + "\n")
    home = open_workspace(tmp_path / "home")
    log = home.datasets.load(home.datasets.add(ImportRequest(tmp_path / "log.csv")).dataset_id).interactions
    time, loo = TrainingOptions(split_by="time").split(log), TrainingOptions().split(log)
    assert np.array_equal(time.train.items, loo.train.items)
    assert np.array_equal(time.validation.ends, loo.validation.ends)
    assert np.array_equal(time.test.ends, loo.test.ends)
