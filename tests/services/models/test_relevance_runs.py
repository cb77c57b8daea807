"""Runs that recommend what will be liked, asked for again, beside other runs, and as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys.__main__ import main, make_parser
from recsys.commands.parsing import request_of
from recsys.errors import RunError
from recsys.evaluation.metrics import means, per_user
from recsys.services.models import comparison, quality
from recsys.services.models.fit_blend import blend
from recsys.services.models.leaderboard import RunSummary
from recsys.services.models.transfer import export_run, import_run
from recsys.services.train import estimate, recipe
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.training.config import TrainingOptions
from recsys.training.trainer import EpochDone
from tests.worlds.shops import (
    LIKED_FROM,
    export_with_answers_of_nobody,
    liked_users,
)
from tests.worlds.small_models import small_settings

OPTIONS = TrainingOptions(device="cpu", threads=1, liked_from=LIKED_FROM)


# Asking again


def after_an_epoch() -> tuple[Callable[[object], None], Callable[[], bool]]:
    told: list[object] = []
    return told.append, lambda: any(isinstance(event, EpochDone) for event in told)


@pytest.mark.parametrize("name", ["gru4rec", "mlp"])
def test_a_stopped_run_goes_on_to_the_same_bits(liked_workspace: Workspace, liked_dataset_id: str, name: str) -> None:
    settings = small_settings(name, epochs=2)
    on_event, should_stop = after_an_epoch()
    request = TrainRequest(liked_dataset_id, name, settings=settings, options=OPTIONS, run_id=f"{name}-stopped")
    left = train(liked_workspace, request, on_event=on_event, should_stop=should_stop)
    assert (left.state, left.epochs) == ("stopped", 1)
    whole = liked_workspace.runs.open(name).record
    assert whole is not None
    again = train(liked_workspace, request)
    assert again.weights_sha256 == whole.weights_sha256
    assert again.metrics == whole.metrics


def test_the_same_run_id_with_another_target_is_refused(liked_workspace: Workspace, liked_dataset_id: str) -> None:
    config = liked_workspace.runs.open("ease").config
    for liked_from in (None, 3):
        options = config.options.model_copy(update={"liked_from": liked_from})
        with pytest.raises(RunError, match="exists with another"):
            train(
                liked_workspace,
                TrainRequest(liked_dataset_id, "ease", settings=config.settings, options=options, run_id="ease"),
            )


def test_a_run_from_before_there_was_a_choice_opens_and_is_asked_for_again(liked_workspace: Workspace) -> None:
    folder = liked_workspace.runs.open("whole")
    path = folder.path / "config.json"
    told = json.loads(path.read_text())
    assert told["options"].pop("liked_from") is None
    path.write_text(json.dumps(told))
    assert open_run(liked_workspace, "whole").split.liked_from is None
    config = folder.config
    same = TrainRequest(config.dataset_id, "ease", settings=config.settings, options=config.options, run_id="whole")
    assert train(liked_workspace, same).run_id == "whole"


def test_an_estimate_and_a_command_are_told_the_target(
    liked_workspace: Workspace, liked_dataset_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = liked_workspace.runs.open("gru4rec").config.options
    asked: list[list[str]] = []
    monkeypatch.setattr(estimate.subprocess, "Popen", lambda words, **how: asked.append(words))
    estimate.start(liked_workspace, TrainRequest(liked_dataset_id, "ease", options=options))
    assert request_of(make_parser().parse_args(asked[0][3:])).options == options
    _, made = recipe.of_run(liked_workspace, "gru4rec")
    assert made.options.liked_from == LIKED_FROM
    words = recipe.command(liked_workspace, liked_dataset_id, made).split()
    assert request_of(make_parser().parse_args(words[3:])).options.liked_from == LIKED_FROM


def test_the_command_line_trains_and_evaluates(
    liked_workspace: Workspace, liked_dataset_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--workspace", str(liked_workspace.path), "--json"]
    words = ["train", liked_dataset_id, "--model", "ease", "--run-id", "told", "--threads", "1", "--liked-from", "4"]
    assert main([*words, *home]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["weights_sha256"] == open_run(liked_workspace, "ease").record.weights_sha256
    assert main(["evaluate", "told", *home]) == 0
    assert json.loads(capsys.readouterr().out)["num_users"] == len(liked_users(open_run(liked_workspace, "whole"), -1))
    assert main(["train", liked_dataset_id, "--model", "ease", "--liked-from", "6", *home]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["column"] == "liked_from"
    assert "go from 1 to 5" in error["message"]


# Beside other runs


def test_runs_with_other_targets_are_not_blended(liked_workspace: Workspace, liked_dataset_id: str) -> None:
    with pytest.raises(
        RunError,
        match=r"with the same target; here whole recommends what comes next, ease recommends what is rated 4 or more",
    ):
        blend(liked_workspace, ["whole", "ease"])
    told = blend(liked_workspace, ["ease", "gru4rec"], "mixed")
    run = open_run(liked_workspace, "mixed")
    assert run.split.liked_from == LIKED_FROM
    found = quality.evaluate(liked_workspace, run, (10,), "validation")
    assert found.metrics["ndcg@10"] == pytest.approx(told.metrics["validation"]["ndcg@10"])
    assert found.num_users == len(liked_users(open_run(liked_workspace, "whole"), -2))


def test_runs_with_other_targets_are_compared_over_the_users_asked_in_both(
    liked_workspace: Workspace, liked_runs: dict[str, RunSummary]
) -> None:
    chosen = [liked_runs["whole"], liked_runs["gru4rec"]]
    assert comparison.why_not_comparable(chosen) == ""
    assert comparison.have_different_targets(chosen)
    assert not comparison.have_different_targets([liked_runs["ease"], liked_runs["gru4rec"]])
    users = liked_users(open_run(liked_workspace, "whole"), -1)
    ranks = [
        liked_workspace.runs.open(run.run_id).load_ranks().set_index("user")["test"][users].to_numpy() for run in chosen
    ]
    figures, num_users = comparison.shared_metrics(liked_workspace, chosen)
    assert num_users == len(users)
    assert figures == [means(column) for column in ranks]
    first, second = (per_user(column, [10])["ndcg@10"] for column in ranks)
    told = comparison.differences(liked_workspace, chosen)["gru4rec"]
    assert (told.paired.mean, told.num_users) == (pytest.approx((second - first).mean()), len(users))
    assert comparison.settings([liked_runs["whole"], liked_runs["ease"]])[0] == {
        "Predicts": ["what comes next", "what is rated 4 or more"]
    }


def test_without_a_shared_user_there_is_no_figure(
    liked_workspace: Workspace, liked_runs: dict[str, RunSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsys.runs.store.RunFolder.load_ranks", lambda folder: None)
    assert comparison.shared_metrics(liked_workspace, [liked_runs["whole"], liked_runs["ease"]]) == ([{}, {}], 0)


# Files


def test_such_a_run_travels_and_its_ranks_are_checked_against_its_own_split(
    liked_workspace: Workspace, tmp_path: Path
) -> None:
    export_run(liked_workspace, "gru4rec", tmp_path / "run.zip")
    empty = open_workspace(tmp_path / "empty")
    import_run(empty, tmp_path / "run.zip")
    assert open_run(empty, "gru4rec").split.test.users.tolist() == liked_users(open_run(liked_workspace, "whole"), -1)
    export_with_answers_of_nobody(liked_workspace, "gru4rec", "test", tmp_path / "changed.zip")
    with pytest.raises(RunError, match=r"ranks in this file .* do not belong"):
        import_run(open_workspace(tmp_path / "other"), tmp_path / "changed.zip")


def test_a_run_whose_target_its_data_cannot_have_is_not_taken_in(liked_workspace: Workspace, tmp_path: Path) -> None:
    path = liked_workspace.runs.open("popularity").path / "config.json"
    before = path.read_text()
    told = json.loads(before)
    told["options"]["liked_from"] = 9
    path.write_text(json.dumps(told))
    try:
        export_run(liked_workspace, "popularity", tmp_path / "changed.zip")
    finally:
        path.write_text(before)
    with pytest.raises(RunError, match=r"does not belong to its dataset\. With liked_from = 9 nothing is liked"):
        import_run(open_workspace(tmp_path / "other"), tmp_path / "changed.zip")
