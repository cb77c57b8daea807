"""The verdict as a service and on the command line."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from recsys.__main__ import main
from recsys.explain import Situation
from recsys.explain.explanation import EventContribution
from recsys.explain.questions import breakdown
from recsys.explain.words.headline import rank_without_inputs
from recsys.services.explain import verdict, what_if
from recsys.services.explain.explain_item import ItemExplanation, explain_for, situation_of
from recsys.services.explain.list_reasons import reason_in_list
from recsys.services.explain.score_breakdown import of_breakdown
from recsys.services.recommend.query import Query, query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.shops import NUM_ITEMS, import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faithfulness")


@pytest.fixture(scope="module")
def runs(home: Path) -> dict[str, OpenRun]:
    workspace = open_workspace(home / "home")
    dataset_id = import_shop(workspace, home, pictures=False)
    return {model: train_small(workspace, dataset_id, model, model) for model in ("gru4rec", "mlp", "popularity")}


def named_by(run: OpenRun, query: Query, *, events: bool) -> ItemExplanation:
    """The explanation of the first recommendation whose headline names events, or another source."""
    told = (explain_for(run, query, one.item_id) for one in recommend_items(run, query, NUM_ITEMS))
    return next(one for one in told if one.names_parts == events)


def test_methods_of_one_suggestion_are_measured_by_the_same_random_orders(runs: dict[str, OpenRun]) -> None:
    run = runs["gru4rec"]
    query = query_of(run, "u1", None)
    item = recommend_items(run, query, 1)[0].item_id
    situation = situation_of(run, query, item)
    known = verdict.reference(situation)
    told = [explain_for(run, query, item, method) for method in ("leave_one_out", "gradient_x_input")]
    judged = [verdict.judge(situation, one, known) for one in told]
    assert all(one is not None and one.faithfulness.reference is known for one in judged)
    alone = verdict.judge(situation, told[1])
    assert alone is not None and judged[1] is not None
    assert alone.faithfulness.insertion == pytest.approx(judged[1].faithfulness.insertion)


def test_a_verdict_on_another_method_is_not_one_on_the_headline(runs: dict[str, OpenRun]) -> None:
    run = runs["gru4rec"]
    query = query_of(run, "u1", None)
    exact = named_by(run, query, events=True)
    situation = situation_of(run, query, exact.item_id)
    judged = [
        verdict.judge(situation, explain_for(run, query, exact.item_id, method))
        for method in ("leave_one_out", "gradient_x_input")
    ]
    assert [one is not None and one.judges_headline for one in judged] == [True, False]
    assert judged[1] is not None and judged[1].sentence.startswith("Gradient × input: ")


def test_a_sentence_is_replaced_only_where_it_does_not_hold(runs: dict[str, OpenRun]) -> None:
    run = runs["gru4rec"]
    query = query_of(run, "u1", None)
    told = named_by(run, query, events=True)
    own = verdict.judge(situation_of(run, query, told.item_id), told)
    assert own is not None
    assert verdict.replaced(told, replace(own, instead="")).sentence == told.sentence
    assert verdict.replaced(told, replace(own, instead="It is mostly many.")).sentence == "It is mostly many."
    assert verdict.replaced(told, None) is told


def test_a_past_that_changes_nothing_is_said_to_explain_nothing(
    runs: dict[str, OpenRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs["gru4rec"]
    query = query_of(run, "u1", None)
    told = named_by(run, query, events=True)
    monkeypatch.setattr("recsys.explain.questions.faithfulness.NOISE", 1e9)
    shown, judged = verdict.checked(situation_of(run, query, told.item_id), told)
    assert judged is not None and judged.faithfulness.verdict == "does not hold"
    assert shown.sentence == judged.instead
    assert shown.sentence.startswith("No single past item explains this")


@pytest.mark.parametrize(
    ("rank", "ranks_without", "title"),
    [(1, [3, 95, 40], 1), (1, [3, 10, 2], None), (11, [3, 95, 40], None), (10, [None, 11, None], 1)],
)
def test_the_event_that_takes_the_item_furthest_out_of_the_list_is_decisive(
    runs: dict[str, OpenRun], rank: int, ranks_without: list[int | None], title: int | None
) -> None:
    told = named_by(runs["gru4rec"], query_of(runs["gru4rec"], "u1", None), events=True)
    parts = [EventContribution(1, position, 0.5, without) for position, without in enumerate(ranks_without)]
    asked = replace(told, exact=replace(told.exact, rank=rank, contributions=parts))
    expected = None if title is None else (told.titles[title], ranks_without[title])
    assert verdict.decisive(asked) == expected


def test_a_headline_of_no_event_keeps_its_sentence_and_is_not_what_the_verdict_is_about(
    runs: dict[str, OpenRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs["gru4rec"]
    query = query_of(run, "u1", None)
    told = named_by(run, query, events=False)
    source = of_breakdown(run, told.breakdown, told.quantity).largest
    assert source is not None and source[0] in told.sentence
    assert source[0] in reason_in_list(run, situation_of(run, query, told.item_id))
    monkeypatch.setattr("recsys.explain.questions.faithfulness.NOISE", 1e9)
    shown, judged = verdict.checked(situation_of(run, query, told.item_id), told)
    assert judged is not None and (judged.instead, judged.judges_headline) == ("", False)
    assert shown.sentence == told.sentence
    assert judged.sentence.endswith("the headline is from the score breakdown.")


def explained(home: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict:  # type: ignore[type-arg]
    asked = ["explain", *more, "--user", "u1", "--workspace", str(home / "home"), "--json"]
    assert main(asked) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("run", "method"), [("gru4rec", "integrated_gradients"), ("mlp", "ablation")])
def test_the_command_line_adds_the_verdict_where_it_is_asked_for(
    home: Path, runs: dict[str, OpenRun], capsys: pytest.CaptureFixture[str], run: str, method: str
) -> None:
    item = recommend_items(runs[run], query_of(runs[run], "u1", None), 1)[0].item_id
    assert "faithfulness" not in explained(home, capsys, run, "--item", item)
    told = explained(home, capsys, run, "--item", item, "--method", method, "--verdict")
    found = told["faithfulness"]
    assert found["verdict"] in ("holds", "weak", "does not hold", "cannot be judged")
    curves = found["curves"]
    assert curves["there"][0] == 0
    assert curves["put_back"][-1] == pytest.approx(told["explained"]["value"], abs=1e-4)
    assert len({len(values) for values in curves.values()}) == 1


def test_the_page_to_hand_on_says_whether_it_holds(
    home: Path, runs: dict[str, OpenRun], tmp_path: Path, capsys
) -> None:  # type: ignore[no-untyped-def]
    item = recommend_items(runs["gru4rec"], query_of(runs["gru4rec"], "u1", None), 1)[0].item_id
    found = explained(home, capsys, "gru4rec", "--item", item, "--verdict", "--html", str(tmp_path / "a.html"))
    page = (tmp_path / "a.html").read_text()
    assert "<h2>Faithfulness</h2>" in page and found["faithfulness"]["sentence"] in page
    explained(home, capsys, "gru4rec", "--item", item, "--html", str(tmp_path / "b.html"))
    assert "<h2>Faithfulness</h2>" not in (tmp_path / "b.html").read_text()


def test_another_method_that_fails_takes_nothing_from_the_sentence(
    runs: dict[str, OpenRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs["gru4rec"]
    query = query_of(run, "u1", None)
    told = explain_for(run, query, recommend_items(run, query, 1)[0].item_id, "gradient_x_input")
    monkeypatch.setattr("recsys.explain.questions.faithfulness.NOISE", 1e9)
    judged = verdict.judge(situation_of(run, query, told.item_id), told)
    assert judged is not None
    assert (judged.faithfulness.verdict, judged.instead) == ("does not hold", "")


def test_with_nothing_known_nothing_is_known_of_who_is_told_to_be_somebody(runs: dict[str, OpenRun]) -> None:
    run = replace(runs["mlp"], model=copy.deepcopy(runs["mlp"].model))
    with torch.no_grad():
        for table in run.model.embeddings[1:3]:  # age and gender, made loud
            table.weight.mul_(100)
    query = query_of(run, None, [])
    told = what_if.with_persona(run, query, {"gender": "m", "age": "25-34"})
    other = what_if.run_for(run, told)
    ranks = []
    for item_id in run.dataset.interactions.item_ids[1:]:
        known, asked = (situation_of(*one, item_id) for one in ((run, query), (other, told)))
        assert rank_without_inputs(asked) == rank_without_inputs(known) == known.rank
        ranks.append(asked.rank == known.rank)
    assert not all(ranks)  # else the test could not tell


def test_the_command_line_and_the_page_say_that_an_item_is_in_the_history(
    home: Path, runs: dict[str, OpenRun], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runs["gru4rec"]
    query = query_of(run, "u1", None)
    item_id = str(run.dataset.interactions.item_ids[query.history[2]])
    found = explained(
        home, capsys, "gru4rec", "--item", item_id, "--counterfactual", "--html", str(tmp_path / "a.html")
    )
    assert found["seen"] and found["sentence"].startswith("Already in the history, so it is not recommended")
    assert "already in the history" in found["counterfactual"]["sentence"]
    page = (tmp_path / "a.html").read_text()
    assert "Already in the history of user u1" in page and ">Rank " not in page
    fresh = recommend_items(run, query, 1)[0].item_id
    assert not explained(home, capsys, "gru4rec", "--item", fresh)["seen"]


def test_one_request_builds_what_it_explains_once(
    home: Path,
    runs: dict[str, OpenRun],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    item_id = "i20"
    item, built, split = runs["gru4rec"].item(item_id), [], []
    of, compute_breakdown = Situation.of, breakdown.compute_breakdown
    monkeypatch.setattr(Situation, "of", lambda *given, **more: built.append(given[2]) or of(*given, **more))
    monkeypatch.setattr(
        "recsys.services.explain.explain_item.compute_breakdown",
        lambda asked: split.append(1) or compute_breakdown(asked),
    )
    monkeypatch.setattr(
        "recsys.services.explain.score_breakdown.compute_breakdown",
        lambda asked: split.append(1) or compute_breakdown(asked),
    )
    more = ("--method", "shapley", "--verdict", "--counterfactual", "--html", str(tmp_path / "once.html"))
    explained(home, capsys, "gru4rec", "--item", item_id, *more)
    assert (built.count(item), len(split)) == (1, 1)
