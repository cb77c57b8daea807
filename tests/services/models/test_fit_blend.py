"""A blend on disk: a run like any other, which says so in words when its parts are not what they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recsys.__main__ import main
from recsys.errors import RecsysError, RunError, SettingError
from recsys.evaluation.metrics import means
from recsys.runs.blend_parts import digest, parts_of, settings_of
from recsys.services.data.datasets import delete_dataset
from recsys.services.explain.explain_item import explain_for, missing_methods
from recsys.services.explore.batch_lists import export_all
from recsys.services.models.blends import report
from recsys.services.models.fit_blend import blend
from recsys.services.models.leaderboard import delete_run, list_runs, rename_run
from recsys.services.models.quality import evaluate
from recsys.services.models.transfer import export_run
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from tests.worlds.shops import import_shop, train_small

PARTS = ("sasrec-1", "ease-1", "mlp-1")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found = open_workspace(tmp_path / "home")
    dataset_id = import_shop(found, tmp_path)
    for run_id in PARTS:
        train_small(found, dataset_id, run_id.split("-")[0], run_id)
    return found


@pytest.fixture
def mixed(workspace: Workspace) -> Workspace:
    """With a blend `b1` in which every part counts: the weights found on so small a shop may not."""
    blend(workspace, PARTS, "b1")
    with_weights(workspace, "b1", [0.5, 0.3, 0.2])
    return workspace


def with_weights(workspace: Workspace, run_id: str, weights: list[float]) -> None:
    """Rewrites a blend as if these weights had been found."""
    folder = workspace.runs.open(run_id)
    parts = [
        part.model_copy(update={"weight": weight})
        for part, weight in zip(parts_of(folder.config), weights, strict=True)
    ]
    config, record = folder.config, folder.record
    assert record is not None
    config = config.model_copy(update={"settings": settings_of(parts)})
    (folder.path / "config.json").write_text(config.model_dump_json())
    folder.finish(record.model_copy(update={"weights_sha256": digest(parts)}))


def test_a_blend_is_a_whole_run_whose_figures_are_its_own(workspace: Workspace) -> None:
    shares: list[float] = []
    told = blend(workspace, PARTS, "b1", lambda share, doing: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert {path.name for path in workspace.runs.open("b1").path.iterdir()} == {
        ".lock", "config.json", "metrics.json", "per_user.parquet", "run.json",
    }  # fmt: skip
    run = open_run(workspace, "b1")
    assert told.weights == {part.run_id: part.weight for part in parts_of(run.config)}
    assert list(told.weights) == list(PARTS)
    assert sum(told.weights.values()) == pytest.approx(1)
    assert run.record.best_validation_ndcg == told.metrics["validation"]["ndcg@10"]
    assert run.record.metrics == told.metrics["test"]
    frame = run.folder.load_ranks()
    run.folder.path.joinpath("per_user.parquet").unlink()
    evaluate(workspace, run)  # ranks anew
    pd.testing.assert_frame_equal(frame, run.folder.load_ranks())


def test_the_parts_figures_stand_beside_and_none_is_above_the_blends_on_validation(workspace: Workspace) -> None:
    told = blend(workspace, PARTS)
    for part in told.parts:
        frame = workspace.runs.open(part.run_id).load_ranks()
        assert frame is not None
        assert part.validation == means(frame["validation"].to_numpy())["ndcg@10"]
        assert part.test == means(frame["test"].to_numpy())["ndcg@10"]
        assert part.validation <= told.metrics["validation"]["ndcg@10"] + 1e-12


def test_the_same_runs_give_the_same_blend_and_an_id_is_not_used_for_another(workspace: Workspace) -> None:
    first, again = blend(workspace, PARTS, "b1"), blend(workspace, PARTS, "b2")
    assert first.weights == again.weights
    written = (workspace.runs.open("b1").path / "run.json").stat().st_mtime_ns
    assert blend(workspace, PARTS, "b1") == first
    assert (workspace.runs.open("b1").path / "run.json").stat().st_mtime_ns == written
    for run_id in ("b1", "ease-1", "latest"):
        with pytest.raises(RunError, match="exists and is not the blend"):
            blend(workspace, PARTS[:2], run_id)


def test_it_is_listed_with_its_models_and_weights_and_can_have_a_name(mixed: Workspace) -> None:
    rename_run(mixed, "b1", "Best", "")
    newest = list_runs(mixed)[0]
    assert newest.label == "Best (Blend: SASRec + EASE + Dense network)"
    assert newest.settings == {"Weight of sasrec-1": 0.5, "Weight of ease-1": 0.3, "Weight of mlp-1": 0.2}
    assert newest.state == "finished"
    assert newest.peak_memory is None


def test_a_blend_of_many_runs_has_a_title_that_fits(workspace: Workspace) -> None:
    dataset_id = workspace.datasets.list()[0].dataset_id
    for number in range(6):
        train_small(workspace, dataset_id, "recent_popularity", f"recent-{number}")
    blend(workspace, [f"recent-{number}" for number in range(6)], "b6")
    title = open_run(workspace, "b6").config.title
    assert title.startswith("Blend: Recent popularity + Recent popularity")
    assert title.endswith("…")


def test_what_is_explained_is_what_is_recommended_and_a_removal_is_a_real_rerun(mixed: Workspace) -> None:
    run = open_run(mixed, "b1")
    who = query_of(run, "u3", None)
    first = recommend_items(run, who, 5)[0]
    told = explain_for(run, who, first.item_id)
    assert told.explanation.method == "leave_one_out"
    assert told.explanation.score == first.score
    assert told.explanation.rank == 1
    assert len(told.explanation.contributions) == 7
    strongest = max(told.explanation.contributions, key=lambda part: abs(part.value))
    shorter = np.delete(who.history, strongest.position)  # type: ignore[union-attr]
    again = run.model.scores([shorter], [who.user])[0, run.item(first.item_id)]
    assert strongest.value == pytest.approx(first.score - float(again), abs=1e-6)
    assert strongest.value != 0


def test_gradients_and_attention_are_refused_with_the_reason(mixed: Workspace) -> None:
    run = open_run(mixed, "b1")
    who = query_of(run, "u3", None)
    for method in ("integrated_gradients", "attention"):
        with pytest.raises(SettingError, match=r"needs a single model .* Choose leave_one_out"):
            explain_for(run, who, recommend_items(run, who, 1)[0].item_id, method)
    reasons = dict(missing_methods(run))
    assert "several models together: open one of its parts" in reasons["Attention"]
    assert "several models together" in reasons["Integrated gradients"]


def test_a_history_made_by_hand_is_warned_of_where_a_part_knows_trained_users_only(mixed: Workspace) -> None:
    run = open_run(mixed, "b1")
    assert "A part of this blend knows trained users only" in query_of(run, None, ["i1"]).note
    assert query_of(run, "u3", None).note == ""


def test_lists_are_made_diverse_and_exported_for_all(mixed: Workspace, tmp_path: Path) -> None:
    run = open_run(mixed, "b1")
    who = query_of(run, "u3", None)
    plain, diverse = recommend_items(run, who, 10), recommend_items(run, who, 10, trade_off=0.3)
    assert plain[0].item_id == diverse[0].item_id
    assert [one.item_id for one in plain] != [one.item_id for one in diverse]
    export_all(run, tmp_path / "all.parquet", 3)
    table = pd.read_parquet(tmp_path / "all.parquet")
    rows = table[table["user_id"] == "u3"]
    assert list(rows["item_id"]) == [one.item_id for one in plain[:3]]
    assert list(rows["score"]) == pytest.approx([one.score for one in plain[:3]])


def test_a_part_that_is_gone_is_named(mixed: Workspace) -> None:
    mixed.runs.delete("ease-1")
    with pytest.raises(RunError, match="Blend b1 needs run ease-1, which is gone"):
        open_run(mixed, "b1")
    told = report(mixed, "b1")
    assert "ease-1, which is gone" in told.trouble
    assert [part.validation is None for part in told.parts] == [False, True, False]


def test_a_part_that_was_trained_anew_is_named(mixed: Workspace) -> None:
    mixed.runs.delete("sasrec-1")
    train_small(mixed, mixed.datasets.list()[0].dataset_id, "sasrec", "sasrec-1", seed=2)
    with pytest.raises(RunError, match=r"another run sasrec-1: that one was trained anew"):
        open_run(mixed, "b1")
    assert "trained anew" in report(mixed, "b1").trouble


def test_a_blend_whose_weights_were_changed_by_hand_is_refused(mixed: Workspace) -> None:
    path = mixed.runs.open("b1").path / "config.json"
    path.write_text(path.read_text().replace('"weight":0.5', '"weight":0.4'))
    with pytest.raises(RunError, match="Blend b1 is damaged"):
        open_run(mixed, "b1")
    path.write_text(path.read_text().replace('"parts"', '"pieces"'))
    with pytest.raises(RunError, match="Blend b1 is damaged"):
        open_run(mixed, "b1")
    assert list_runs(mixed)[0].run_id == "b1"


def test_a_run_is_not_deleted_under_a_blend_and_the_blend_goes_alone(mixed: Workspace) -> None:
    with pytest.raises(RunError, match=r"Run ease-1 is a part of b1, .* Delete that first"):
        delete_run(mixed, "ease-1")
    assert len(list_runs(mixed)) == 4
    delete_run(mixed, "b1")
    assert sorted(run.run_id for run in list_runs(mixed)) == sorted(PARTS)
    delete_run(mixed, "ease-1")


def test_a_data_set_takes_its_blends_along(mixed: Workspace) -> None:
    assert sorted(delete_dataset(mixed, mixed.datasets.list()[0].dataset_id)) == sorted(["b1", *PARTS])
    assert list_runs(mixed) == []


def test_a_blend_is_not_exported_but_says_what_to_export(mixed: Workspace, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"Export the runs that it is made of \(sasrec-1, ease-1, mlp-1\)"):
        export_run(mixed, "b1", tmp_path / "b1.zip")
    assert not (tmp_path / "b1.zip").exists()


def test_what_cannot_be_blended_is_refused_in_words(mixed: Workspace, tmp_path: Path) -> None:
    other = import_shop(mixed, tmp_path / "more", pictures=False, name="Other")
    train_small(mixed, other, "ease", "other-1")
    for run_ids, why_not in (
        (["ease-1"], "made of 2 to 6 runs; chosen is 1"),
        (["ease-1", "ease-1"], "named twice"),
        (["ease-1", "b1"], "b1 is a blend itself"),
        (["ease-1", "other-1"], r"runs on the same dataset; these are on Shop .*, Other"),
        (["ease-1", "gone"], "no run gone"),
    ):
        with pytest.raises(RecsysError, match=why_not):
            blend(mixed, run_ids)
    (mixed.runs.open("mlp-1").path / "run.json").unlink()
    with pytest.raises(RunError, match=r"mlp-1 is not finished: it is failed"):
        blend(mixed, ["ease-1", "mlp-1"])
    assert len(list_runs(mixed)) == 5


def test_the_command_line_blends_evaluates_recommends_and_explains(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(*arguments: str) -> tuple[int, dict[str, Any]]:
        status = main([*arguments, "--json", "--workspace", str(workspace.path)])
        return status, json.loads(capsys.readouterr().out)

    status, told = ask("blend", *PARTS, "--run-id", "b1")
    assert status == 0
    assert told["run_id"] == "b1"
    assert list(told["weights"]) == list(PARTS)
    assert set(told["metrics"]) == {"validation", "test"}
    assert [part["run_id"] for part in told["parts"]] == list(PARTS)
    evaluated = ask("evaluate", "b1", "--k", "10")[1]
    assert evaluated["metrics"]["ndcg@10"] == told["metrics"]["test"]["ndcg@10"]
    assert "between Blend and" in evaluated["verdict"]
    found = ask("recommend", "latest", "--user", "u3")[1]["recommendations"]
    explained = ask("explain", "b1", "--user", "u3", "--item", found[0]["item_id"])[1]
    assert explained["explained"]["score"] == found[0]["score"]
    status, told = ask("explain", "b1", "--user", "u3", "--item", found[0]["item_id"], "--method", "attention")
    assert status == 2
    assert "single model with attention" in told["error"]["message"]
    status, told = ask("blend", "ease-1")
    assert (status, told["error"]["message"]) == (2, "A blend is made of 2 to 6 runs; chosen is 1.")
    assert ask("delete", "ease-1")[0] == 2
    assert ask("delete", "b1")[0] == 0
