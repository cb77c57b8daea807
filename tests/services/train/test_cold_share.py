"""A run that held items out of training: every reader of it sees the same split, and it is not mixed with others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.__main__ import make_parser
from recsys.commands.parsing import request_of
from recsys.data.importing.load import ImportRequest
from recsys.errors import RunError, SettingError
from recsys.evaluation.metrics import MISS, NOT_EVALUATED, means
from recsys.sequences.split import leave_one_out
from recsys.services.models import comparison, quality
from recsys.services.models.blends import why_not_blended
from recsys.services.models.fit_blend import blend
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.transfer import export_run, import_run
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.train import estimate
from recsys.services.train.training import TrainRequest, plan, train
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.training.config import TrainingOptions
from tests.worlds.shops import export_with_answers_of_nobody, import_shop, train_small

SHARE = 0.3  # of 25 items


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("cold")
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    train_small(found, dataset_id, "ease", "whole")
    for run_id in ("ease", "popularity", "gru4rec"):
        train_small(found, dataset_id, run_id, run_id, cold_share=SHARE)
    return found


def test_a_run_opens_with_the_split_that_it_was_trained_on(workspace: Workspace) -> None:
    run = open_run(workspace, "ease")
    assert run.config.options.cold_share == SHARE
    wanted = leave_one_out(run.dataset.interactions, SHARE)
    assert len(wanted.cold_items) == 8
    assert run.split.cold_items.tolist() == wanted.cold_items.tolist()
    assert not run.candidates.scorable[wanted.cold_items].any()
    assert open_run(workspace, "popularity").split.cold_items.tolist() == wanted.cold_items.tolist()


def test_a_model_of_ids_misses_every_held_out_item_and_never_suggests_one(workspace: Workspace) -> None:
    run = open_run(workspace, "gru4rec")
    frame, is_cold = run.folder.load_ranks(), np.isin(run.split.test.items, run.split.cold_items)
    assert frame is not None
    assert is_cold.any()
    assert (frame["test"][is_cold] == MISS).all()
    held_out = {str(run.dataset.interactions.item_ids[item]) for item in run.split.cold_items}
    assert not held_out & {one.item_id for one in recommend_items(run, query_of(run, "u3", None), 25)}


def test_who_has_no_validation_event_is_no_miss_there(workspace: Workspace) -> None:
    run = open_run(workspace, "ease")
    frame = run.folder.load_ranks()
    assert frame is not None
    is_asked = (frame["validation"] != NOT_EVALUATED).to_numpy()
    assert 0 < is_asked.sum() == len(run.split.validation) < len(run.split.test) == len(frame)
    told = quality.evaluate(workspace, run, split="validation")
    assert told.num_users == is_asked.sum()
    assert told.metrics["hr@20"] == means(frame["validation"][is_asked].to_numpy())["hr@20"]
    assert "8 items held out of training" in told.protocol


def test_baselines_are_fitted_to_the_same_training_events_and_kept_apart(workspace: Workspace) -> None:
    whole, held = (quality.evaluate(workspace, open_run(workspace, name)) for name in ("whole", "popularity"))
    assert held.metrics == held.baselines["popularity"] != whole.baselines["popularity"]
    folder = workspace.datasets.folder(open_run(workspace, "whole").dataset.dataset_id)
    assert {path.name for path in folder.glob("baselines*")} == {"baselines.parquet", "baselines-cold-0.3.parquet"}


def test_a_run_from_before_items_could_be_held_out_opens_with_none(workspace: Workspace) -> None:
    path = workspace.runs.open("whole").path / "config.json"
    told = json.loads(path.read_text())
    assert told["options"].pop("cold_share") == 0
    path.write_text(json.dumps(told))
    assert len(open_run(workspace, "whole").split.cold_items) == 0


def test_an_estimate_is_told_the_share(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    config = workspace.runs.open("gru4rec").config
    asked: list[list[str]] = []
    monkeypatch.setattr(estimate.subprocess, "Popen", lambda words, **how: asked.append(words))
    estimate.start(workspace, TrainRequest(config.dataset_id, "ease", options=config.options))
    assert request_of(make_parser().parse_args(asked[0][3:])).options == config.options


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_a_share_out_of_bounds_is_refused_by_its_name(workspace: Workspace, share: float) -> None:
    with pytest.raises(SettingError, match="cold_share"):
        request_of(make_parser().parse_args(["train", "d", "--model", "ease", f"--cold-share={share}"]))


def test_the_same_run_id_with_another_share_is_refused(workspace: Workspace) -> None:
    config = workspace.runs.open("ease").config
    options = config.options.model_copy(update={"cold_share": 0.1})
    with pytest.raises(RunError, match="exists with another"):
        train(
            workspace, TrainRequest(config.dataset_id, "ease", settings=config.settings, options=options, run_id="ease")
        )


def test_a_share_that_leaves_nothing_to_learn_from_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiny.csv").write_text("user_id,item_id\na,x\na,y\na,z\nb,x\n")
    found = open_workspace(tmp_path / "home")
    dataset_id = found.datasets.add(ImportRequest(tmp_path / "tiny.csv")).dataset_id
    assert set(plan(found, TrainRequest(dataset_id, "popularity")).split.train.items) == {1}  # x
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recsys.sequences.split._draw_cold_items", lambda log, share, rng: np.array([1]))
        with pytest.raises(SettingError, match="no event is left to learn from") as caught:
            plan(found, TrainRequest(dataset_id, "popularity", options=TrainingOptions(cold_share=0.3)))
    assert caught.value.column == "cold_share"


def test_runs_with_other_shares_are_neither_blended_nor_compared(workspace: Workspace) -> None:
    by_id = {run.run_id: run for run in list_runs(workspace)}
    assert why_not_blended([by_id["ease"], by_id["gru4rec"]]) == ""
    with pytest.raises(RunError, match=r"held out the same items; the shares here differ: whole 0, gru4rec 0\.3"):
        blend(workspace, ["whole", "gru4rec"])
    assert comparison.why_not_comparable([by_id["ease"], by_id["gru4rec"]]) == ""
    assert "held different shares" in comparison.why_not_comparable([by_id["whole"], by_id["gru4rec"]])
    other = replace(by_id["ease"], dataset_id="0123456789", dataset_name="Films", cold_share=0.0)
    assert "different datasets" in comparison.why_not_comparable([by_id["ease"], other])
    assert comparison.settings([by_id["whole"], by_id["ease"]])[0] == {"Items held out (share)": ["0", "0.3"]}


def test_a_blend_holds_out_what_its_parts_did(workspace: Workspace) -> None:
    told = blend(workspace, ["ease", "gru4rec"], "mixed")
    run = open_run(workspace, "mixed")
    assert run.split.cold_items.tolist() == open_run(workspace, "ease").split.cold_items.tolist()
    assert not run.candidates.scorable[run.split.cold_items].any()
    assert quality.evaluate(workspace, run, (10,), "validation").metrics["ndcg@10"] == pytest.approx(
        told.metrics["validation"]["ndcg@10"]
    )


def test_such_a_run_travels_and_its_ranks_are_checked_against_its_own_split(
    workspace: Workspace, tmp_path: Path
) -> None:
    export_run(workspace, "gru4rec", tmp_path / "run.zip")
    empty = open_workspace(tmp_path / "empty")
    import_run(empty, tmp_path / "run.zip")
    assert open_run(empty, "gru4rec").split.cold_items.tolist() == open_run(workspace, "ease").split.cold_items.tolist()
    export_with_answers_of_nobody(workspace, "gru4rec", "validation", tmp_path / "changed.zip")
    with pytest.raises(RunError, match=r"ranks in this file .* do not belong"):
        import_run(open_workspace(tmp_path / "other"), tmp_path / "changed.zip")
