"""What would change a recommendation, in words, and that Recommend shows it once the history is changed that way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from recsys.__main__ import main
from recsys.errors import RecsysError
from recsys.explain.questions.counterfactual import are_redundant
from recsys.services.explain.explain_item import situation_of
from recsys.services.explain.smallest_change import Changes, changes
from recsys.services.recommend.cold_start import recommendation_list
from recsys.services.recommend.history_edits import Draft, read_draft
from recsys.services.recommend.query import Query, edited_query, query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.ring import ring

K = 5
MODELS = ("ease", "gru4rec", "sasrec")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ring(tmp_path_factory.mktemp("counterfactual"), [*MODELS, "popularity"])


@pytest.fixture(scope="module", params=MODELS)
def run(request: pytest.FixtureRequest, home: Path) -> OpenRun:
    return open_run(open_workspace(home), request.param)


@pytest.fixture(scope="module")
def explained(run: OpenRun) -> list[tuple[Query, str, Changes]]:
    return list(told(run, users=3))


def titles(run: OpenRun, query: Query) -> list[str]:
    return [one.title for one in recommend_items(run, query, K)]


def told(run: OpenRun, users: int = 8) -> Iterator[tuple[Query, str, Changes]]:
    for number in range(users):
        query = query_of(run, f"u{number}", None)
        for one in recommend_items(run, query, K):
            yield query, one.item_id, changes(run, query, one.item_id, K)


def test_once_applied_the_item_is_gone_from_recommend_and_the_replacement_is_there(
    run: OpenRun, explained: list[tuple[Query, str, Changes]]
) -> None:
    applied = 0
    for query, item_id, found in explained:
        change = found.away
        if not change.event_set.does_it:
            continue
        applied += 1
        draft = Draft.untouched(len(query.history)).without(change.event_set.positions)
        linked = read_draft(str(draft.text()), len(query.history), run.dataset.interactions.num_items)
        assert query.user_id is not None
        edited = edited_query(run, query.user_id, linked)
        now, removed = titles(run, edited), set(query.history[list(change.event_set.positions)].tolist())
        assert run.dataset.title(run.item(item_id)) not in now
        assert change.replacement is not None
        assert (run.dataset.title(change.replacement) in now) == ("no place" not in change.note)
        returned = {item for item in removed if run.dataset.title(item) in now}
        assert bool(returned) == ("come" in change.note)
        assert all(f"“{run.dataset.title(item)}”" in change.note for item in returned)
    assert applied > 3


def test_events_that_stand_in_for_each_other_are_named_with_the_rank_without_both(
    run: OpenRun, explained: list[tuple[Query, str, Changes]]
) -> None:
    several = [
        (q, i, f.away) for q, i, f in explained if f.away.event_set.does_it and len(f.away.event_set.positions) > 1
    ]
    for query, item_id, away in several:
        redundant = are_redundant(situation_of(run, query, item_id), away.event_set)
        assert ("stand in for each other" in away.effect) == redundant
        assert away.effect.endswith(f" to rank {away.event_set.rank}.")
    assert several


def test_a_history_of_what_keeps_it_alone_keeps_it_on_recommend_or_says_that_it_does_not(
    run: OpenRun, explained: list[tuple[Query, str, Changes]]
) -> None:
    applied = 0
    for query, item_id, found in explained:
        change = found.alone
        if not change.event_set.does_it or not change.event_set.positions:
            continue
        applied += 1
        draft = Draft.untouched(len(query.history)).keep_only(change.event_set.positions)
        assert query.user_id is not None
        now = titles(run, edited_query(run, query.user_id, draft))
        assert (run.dataset.title(run.item(item_id)) in now) == ("not in the top 5" not in change.note)
    assert applied


def test_the_sentence_names_the_events_the_ranks_and_the_replacement(home: Path) -> None:
    run = open_run(open_workspace(home), "ease")
    query, _, found = next(
        one for one in told(run) if len(one[2].away.event_set.positions) == 2 and one[2].away.event_set.does_it
    )
    first, second = (run.dataset.title(query.history[place]) for place in found.away.event_set.positions)
    assert found.away.replacement is not None
    assert found.away.sentence == (
        f"Without “{first}” and “{second}” it would fall from rank {found.rank} to {found.away.event_set.rank}, and "
        f"“{run.dataset.title(found.away.replacement)}” would take its place in the top 5."
    )
    assert found.away.note.startswith("The smallest set found, not proven to be the smallest.")


def test_without_a_set_it_says_how_far_the_nearest_comes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.explain.questions.counterfactual.MAX_EVENTS", 1)
    monkeypatch.setattr("recsys.services.explain.smallest_change.MAX_EVENTS", 1)
    run = open_run(open_workspace(home), "gru4rec")
    missed = [found for _, _, found in told(run) if not found.away.event_set.does_it]
    assert missed
    for found in missed:
        assert found.away.sentence.startswith(
            "No set of 1 past events or fewer was found that takes it out of the top 5: "
        )
        assert str(found.away.event_set.rank) in found.away.sentence
        assert found.away.replacement is None


def test_an_empty_history_needs_none(home: Path) -> None:
    run = open_run(open_workspace(home), "gru4rec")
    query = query_of(run, None, [])
    found = changes(run, query, recommend_items(run, query, K)[0].item_id, K)
    assert found.away.sentence == "The history is empty: there is no event to remove."
    assert found.alone.sentence == "It needs no history: without any it would be at rank 1."


def test_where_nothing_is_left_it_says_what_recommend_lists_instead(home: Path) -> None:
    run = open_run(open_workspace(home), "ease")
    query = query_of(run, None, ["i20"])
    found = [(one.item_id, changes(run, query, one.item_id, K)) for one in recommend_items(run, query, K)]
    emptied = [(item_id, one) for item_id, one in found if one.away.event_set.positions == (0,)]
    assert emptied
    popular = {one.item_id for one in recommendation_list(run, query_of(run, None, []), K).items}
    for item_id, one in emptied:
        assert "No history is left then" in one.away.note
        assert ("the item is among it" in one.away.note) == (item_id in popular)


def test_an_event_that_is_there_twice_is_named_once(home: Path) -> None:
    run = open_run(open_workspace(home), "ease")
    query = query_of(run, None, ["i20", "i3", "i20"])
    sentences = [changes(run, query, one.item_id, K).away.sentence for one in recommend_items(run, query, K)]
    assert any("“Thing 20” (2 times)" in sentence for sentence in sentences)


def test_an_item_further_down_and_a_model_that_reads_no_events_are_refused_in_words(home: Path) -> None:
    run = open_run(open_workspace(home), "ease")
    query = query_of(run, "u1", None)
    assert "rank 7, not in the top 5" in changes(run, query, recommend_items(run, query, 7)[-1].item_id, K).unavailable
    blind = open_run(open_workspace(home), "popularity")
    with pytest.raises(RecsysError, match="looks at no past events"):
        changes(blind, query, recommend_items(blind, query, 1)[0].item_id, K)


def test_the_command_line_prints_both_and_what_it_prints_holds(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = open_run(open_workspace(home), "gru4rec")
    query = query_of(run, "u2", None)
    item_id = recommend_items(run, query, K)[-1].item_id

    def asked(*more: str) -> dict:  # type: ignore[type-arg]
        place = ("--workspace", str(home), "--json")
        assert main(["explain", "gru4rec", "--user", "u2", "--item", item_id, *more, *place]) == 0
        return json.loads(capsys.readouterr().out)

    assert "counterfactual" not in asked()
    answer = asked("--counterfactual", "-k", "5")
    away, alone = answer["counterfactual"], answer["sufficient"]
    assert away["verified"]
    assert away["item_ids"] == [str(run.dataset.interactions.item_ids[query.history[p]]) for p in away["positions"]]
    kept = np.delete(query.history, away["positions"])
    scores, allowed = run.model.scores([kept], [query.user])[0].numpy(), run.candidates.mask([query.history])[0]
    item = run.item(item_id)
    assert away["rank_without"] == 1 + int((scores[allowed] > scores[item]).sum()) > K
    assert scores[run.item(away["replacement"])] > scores[item]
    assert {"positions", "item_ids", "verified", "sentence", "note", "rank_alone"} == alone.keys()


def test_where_every_candidate_fits_in_the_list_the_rest_of_the_explanation_stays(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = open_run(open_workspace(home), "ease")
    num = run.dataset.interactions.num_items
    item_id = recommend_items(run, query_of(run, "u2", None), 1)[0].item_id
    asked = ["explain", "ease", "--user", "u2", "--item", item_id, "--counterfactual", "-k", str(num)]
    assert main([*asked, "--workspace", str(home), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["contributions"]
    assert answer["counterfactual"]["sentence"].startswith(f"Every candidate fits in the top {num}")
    assert (answer["counterfactual"]["verified"], answer["sufficient"]["rank_alone"]) == (False, None)
