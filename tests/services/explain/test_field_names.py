"""Columns of the users that have the name of an input of the dense network: each keeps its own place everywhere."""

from __future__ import annotations

import pytest
import torch

from recsys.explain.questions.breakdown import compute_breakdown
from recsys.recommend.similar import similar_items
from recsys.services.explain.explain_item import as_json, explain_for, part_name, situation_of
from recsys.services.explain.score_breakdown import break_down_score
from recsys.services.explain.what_if import run_for, with_persona
from recsys.services.recommend.query import query_of
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.shops import import_shop, train_small

COLUMNS = ("category", "item", "popularity")
FEATURES = ["user", "category (user)", "item (user)", "popularity", "item", "category (item)"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    folder = tmp_path_factory.mktemp("fields")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder, pictures=False, user_columns=COLUMNS)
    return train_small(workspace, dataset_id, "mlp", "fields", user_features=", ".join(COLUMNS))  # type: ignore[arg-type]


def test_similar_items_are_compared_by_their_own_vectors(run: OpenRun) -> None:
    scores = [one.score for one in similar_items(run.model, run.item("i3"), run.candidates)]
    assert len(set(scores)) == len(scores)
    assert scores[-1] < 0.99


def test_the_features_of_json_are_distinct_plain_labels(run: OpenRun) -> None:
    answer = as_json(run, explain_for(run, query_of(run, "u1", None), "i3", hide_seen=False))
    assert [part["feature"] for part in answer["contributions"]] == FEATURES


@pytest.mark.parametrize("method", ["integrated_gradients", "shapley"])
def test_every_field_has_its_own_share_and_they_add_up(run: OpenRun, method: str) -> None:
    shown = explain_for(run, query_of(run, "u1", None), "i3", method, hide_seen=False).explanation
    assert shown.baseline is not None
    total = sum(part.value for part in shown.contributions)
    assert total == pytest.approx(shown.value - shown.baseline, abs=0.01 * max(1.0, abs(total)))
    assert len({part.value for part in shown.contributions}) == len(FEATURES)


def test_the_score_breakdown_has_a_source_for_every_field(run: OpenRun) -> None:
    query = query_of(run, "u1", None)
    found = compute_breakdown(situation_of(run, query, "i3", hide_seen=False))
    assert [source.name for source in found.sources][1:] == list(run.model.fields)
    assert found.residual == pytest.approx(0, abs=1e-6)
    names = [name for name, _ in break_down_score(run, query, "i3", hide_seen=False).sources]
    assert {"the known category (user)", "its category", "what was learnt about the item"} < set(names)
    assert len(set(names)) == len(names)


def test_the_bars_are_named_apart(run: OpenRun) -> None:
    told = explain_for(run, query_of(run, "u1", None), "i3", hide_seen=False)
    names = [part_name(part, told.explanation, told.titles) for part in told.explanation.contributions]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("column", COLUMNS)
def test_another_value_of_such_a_column_changes_that_column_alone(run: OpenRun, column: str) -> None:
    other = run_for(run, with_persona(run, query_of(run, "u1", None), {column: "high"}))
    changed = [
        name for name, codes in run.model.named_buffers() if not torch.equal(codes, other.model.get_buffer(name))
    ]
    assert changed == [f"codes_{run.model.fields.index(f'user.{column}')}"]
