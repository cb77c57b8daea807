"""For whom and for which items: the counts add up, short histories are what they say, cold items have a floor."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from recsys.__main__ import main
from recsys.data.dataset import CATEGORY
from recsys.evaluation.category_popularity import CategoryPopularity, category_codes
from recsys.evaluation.metrics import means
from recsys.evaluation.protocol import ranks
from recsys.models.base import FittedModel, Shape
from recsys.models.config import ModelConfig
from recsys.sequences.candidates import Candidates
from recsys.services.models import segment_report as service
from recsys.services.models.segment_report import PERSONAL, PLAIN, in_slice, segments
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import import_shop, train_small

SHARE = 0.2


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("segments")
    found = open_workspace(folder / "home")
    dataset_id = import_shop(found, folder, pictures=False)
    train_small(found, dataset_id, "gru4rec", "whole")
    for model in ("gru4rec", "mlp"):
        train_small(found, dataset_id, model, model, cold_share=SHARE)
    return found


def by_name(found: tuple[Any, ...]) -> dict[str, Any]:
    return {one.name: one for one in found}


def test_every_target_is_in_one_segment_of_items_and_one_of_users(workspace: Workspace) -> None:
    run = open_run(workspace, "gru4rec")
    told = segments(run)
    for found in (told.items, told.users):
        assert sum(one.num_targets for one in found) == len(run.split.test) == 40
        hits = sum(one.metrics["hr@10"] * one.num_targets for one in found if one.num_targets)
        assert hits / 40 == pytest.approx((run.record.metrics or {})["hr@10"])
    counts = run.split.train.item_counts[run.split.test.items]
    assert by_name(told.items)["cold"].num_targets == (counts == 0).sum() > 0
    assert by_name(told.items)["cold"].metrics == {"hr@10": 0, "ndcg@10": 0}
    events = np.bincount(run.split.train.users, minlength=41)[run.split.test.users]
    assert by_name(told.users)["2-5"].num_targets == ((events >= 2) & (events <= 5)).sum()


def test_a_shortened_history_is_its_newest_events(workspace: Workspace) -> None:
    run = open_run(workspace, "gru4rec")
    told = by_name(segments(run).newest)
    assert list(told) == ["0", "1", "2", "5", "20", "all"]
    assert told["20"].metrics == told["all"].metrics  # nobody has more than 7 events
    assert told["all"].metrics["ndcg@10"] == (run.record.metrics or {})["ndcg@10"]
    targets = run.split.test
    scores = run.model.scores([targets.history(row)[-2:] for row in range(40)], targets.users)
    allowed = run.candidates.mask([targets.history(row) for row in range(40)])
    found = [
        int(1 + (scores[row][allowed[row]] > scores[row, item]).sum()) if allowed[row, item] else 10**9
        for row, item in enumerate(targets.items)
    ]
    assert told["2"].metrics["ndcg@10"] == pytest.approx(means(np.array(found))["ndcg@10"])


def test_a_model_of_trained_users_is_told_of_nobody_when_the_history_is_cut(workspace: Workspace) -> None:
    told = by_name(segments(open_run(workspace, "mlp")).newest)
    assert told["0"].metrics == told["5"].metrics  # it reads no events
    assert told["0"].metrics != told["all"].metrics


def test_the_segments_of_a_slice_and_of_the_others_make_up_those_of_all(workspace: Workspace) -> None:
    run = open_run(workspace, "gru4rec")
    report = segments(run)
    inside_T = run.split.test.users % 2 == 1
    inside, outside = (in_slice(run, report, mask_T) for mask_T in (inside_T, ~inside_T))
    for view in ("items", "users", "newest"):
        for whole, first, second in zip(*(getattr(one, view) for one in (report, inside, outside)), strict=True):
            assert whole.name == first.name == second.name
            assert whole.num_targets == first.num_targets + second.num_targets
            hits = sum(one.num_targets * one.metrics.get("hr@10", 0) for one in (first, second))
            assert hits == pytest.approx(whole.num_targets * whole.metrics.get("hr@10", 0))
    assert sum(one.num_targets for one in inside.items) == inside_T.sum() == 20


def test_a_slice_without_a_target_has_empty_segments_only(workspace: Workspace) -> None:
    run = open_run(workspace, "gru4rec")
    nobody = in_slice(run, segments(run), np.zeros(40, dtype=bool))
    assert {one.num_targets for one in (*nobody.items, *nobody.users, *nobody.newest)} == {0}
    assert nobody.newest[-1].metrics == {} and nobody.cold is None


def test_many_users_are_a_sample_in_the_short_histories(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_SHORTENED", 15)
    assert {one.num_targets for one in segments(open_run(workspace, "gru4rec")).newest} == {15}


def test_without_held_out_items_there_is_no_cold_part(workspace: Workspace) -> None:
    assert segments(open_run(workspace, "whole")).cold is None


def test_a_model_of_ids_loses_to_category_popularity_on_held_out_items(workspace: Workspace) -> None:
    run = open_run(workspace, "gru4rec")
    cold = segments(run).cold
    assert cold is not None
    assert (cold.num_items, cold.own.num_targets, cold.can_score) == (5, len(run.split.cold), False)
    assert cold.own.metrics == {"hr@10": 0, "ndcg@10": 0}
    plain, personal = cold.baselines
    assert (plain.name, personal.name) == (PLAIN, PERSONAL)
    codes = category_codes(run.dataset.items)
    assert codes is not None
    model = CategoryPopularity(codes)
    model.fit(run.split.train)
    by_hand = ranks(model.eval(), run.split.cold, Candidates.of(run.split, scores_cold=True))
    assert plain.metrics["ndcg@10"] == means(by_hand)["ndcg@10"] > 0
    for one in cold.baselines:
        found = cold.against[one.name]
        assert found.mean == pytest.approx(-one.metrics["ndcg@10"])
        assert found.low < found.mean < found.high < 0
        assert found.is_significant


class Knowing(FittedModel):
    """Gives its best scores to the items held out."""

    name, title, scores_cold = "knowing", "Knowing", True

    def __init__(self, run: OpenRun) -> None:
        super().__init__(Shape(run.model.num_users, run.model.num_items), ModelConfig())
        self.cold = run.split.cold_items

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        scores = histories_BL.new_zeros(len(histories_BL), self.num_items + 1).float()
        scores[:, self.cold] = 1.0
        return scores


def test_a_model_that_can_score_them_is_measured_among_the_whole_catalogue(workspace: Workspace) -> None:
    run = open_run(workspace, "gru4rec")
    model = Knowing(run).eval()
    knowing = replace(run, model=model, candidates=Candidates.of(run.split, model.scores_cold))
    cold = segments(knowing).cold
    assert cold is not None
    assert cold.can_score
    assert cold.own.metrics["hr@10"] == 1  # five items, all of them first
    assert all(one.is_significant and one.low > 0 for one in cold.against.values())


def test_data_without_categories_have_no_such_floor(workspace: Workspace) -> None:
    run = open_run(workspace, "gru4rec")
    bare = replace(run, dataset=replace(run.dataset, items=run.dataset.items.drop(columns=CATEGORY)))
    cold = segments(bare).cold
    assert cold is not None
    assert cold.baselines == ()
    assert cold.against == {}


def test_the_command_line_tells_them(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    def ask(run_id: str) -> dict[str, Any]:
        assert main(["evaluate", run_id, "--json", "--workspace", str(workspace.path)]) == 0
        return dict(json.loads(capsys.readouterr().out))

    told = ask("gru4rec")
    assert set(told["segments"]) == {"items", "users", "newest_events"}
    assert [row["name"] for row in told["segments"]["items"]] == ["hot", "warm", "rare", "cold"]
    assert told["cold"]["items"] == 5
    assert told["cold"]["hr@10"] == 0
    assert set(told["cold"]["baselines"]) == {PLAIN, PERSONAL}
    lowest = min(told["cold"]["comparison"], key=lambda row: row["mean"])
    assert told["cold"]["against"] == lowest
    assert "cold" not in ask("whole")
    assert main(["evaluate", "gru4rec", "--workspace", str(workspace.path)]) == 0
    assert "name=hot" in capsys.readouterr().out
