"""Recommendations for edited histories, made more diverse, and beside another run's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import SettingError
from recsys.services.explain.explain_item import explain_for
from recsys.services.recommend import diversity_cost
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.query import edited_query, for_run, history_events, query_of
from recsys.services.recommend.recommendation import item_labels, moves, recommend_items
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.small_shop import shop, trained


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    return shop(tmp_path_factory.mktemp("recommendation"), ["Same", "Same"])


@pytest.fixture(scope="module")
def sasrec(stored: tuple[Workspace, str]) -> OpenRun:
    return trained(*stored, "sasrec")


@pytest.fixture(scope="module")
def mlp(stored: tuple[Workspace, str]) -> OpenRun:
    return trained(*stored, "mlp")


def test_an_edited_history_gives_what_the_same_history_by_hand_gives(sasrec: OpenRun) -> None:
    draft = Draft.untouched(6).removed(2).added(sasrec.item("i8"))
    edited = edited_query(sasrec, "u1", draft)
    ids = ["i1", "i2", "i4", "i5", "i6", "i8"]
    assert [one.item_id for one in history_events(sasrec, edited)] == ids
    by_hand = recommend_items(sasrec, query_of(sasrec, None, ids))
    assert by_hand[-1].item_id == "i3"
    assert [(s.item_id, s.score) for s in recommend_items(sasrec, edited)] == [
        (s.item_id, s.score) for s in by_hand[:-1]
    ]  # what was removed from the log is no new recommendation


def test_what_counts_as_seen_has_no_rank_in_lists_and_explanations(sasrec: OpenRun) -> None:
    query = query_of(sasrec, "u1", None)
    first, second, *_ = recommend_items(sasrec, query)
    without = replace(query, seen=np.append(query.seen, sasrec.item(first.item_id)))
    assert recommend_items(sasrec, without)[0].item_id == second.item_id
    assert explain_for(sasrec, query, second.item_id).explanation.rank == 2
    assert explain_for(sasrec, without, second.item_id).explanation.rank == 1
    assert without.key != query.key


def test_a_disliked_item_leaves_lists_and_ranks_and_the_reasons_of_others_as_they_are(sasrec: OpenRun) -> None:
    query = query_of(sasrec, "u1", None)
    first, second, *_ = recommend_items(sasrec, query)
    without = replace(query, disliked=(sasrec.item(first.item_id),))
    assert recommend_items(sasrec, without, hide_seen=False)[0].item_id != first.item_id
    assert recommend_items(sasrec, without)[0].item_id == second.item_id
    before, after = explain_for(sasrec, query, second.item_id), explain_for(sasrec, without, second.item_id)
    assert (before.explanation.rank, after.explanation.rank) == (2, 1)
    assert after.explanation.value == before.explanation.value
    assert after.explanation.contributions[0].value == before.explanation.contributions[0].value
    assert after.breakdown == before.breakdown


def test_an_untouched_draft_is_the_user(sasrec: OpenRun) -> None:
    query = edited_query(sasrec, "u1", Draft.untouched(6))
    assert not query.is_edited
    assert (
        query.key == query_of(sasrec, "u1", None).key != edited_query(sasrec, "u1", Draft.untouched(6).removed(2)).key
    )
    assert recommend_items(sasrec, query) == recommend_items(sasrec, query_of(sasrec, "u1", None))


def test_events_keep_their_day_and_rating_where_they_are_moved_to(sasrec: OpenRun) -> None:
    own = history_events(sasrec, query_of(sasrec, "u1", None))
    draft = Draft.untouched(6).moved(5, -5).added(sasrec.item("i8"))
    edited = history_events(sasrec, edited_query(sasrec, "u1", draft))
    assert [(p.item_id, p.when, p.rating) for p in edited[:2]] == [
        (p.item_id, p.when, p.rating) for p in (own[5], own[0])
    ]
    assert (edited[-1].item_id, edited[-1].when, edited[-1].rating) == ("i8", "", None)


def test_a_model_without_events_says_that_the_history_does_not_matter(mlp: OpenRun, sasrec: OpenRun) -> None:
    edited = edited_query(mlp, "u1", Draft.untouched(6).moved(0, 1))
    assert "do not depend on the history" in edited.note
    assert recommend_items(mlp, edited) == recommend_items(mlp, query_of(mlp, "u1", None))
    assert query_of(mlp, "u1", None).note == ""
    assert for_run(sasrec, edited).note == ""
    assert for_run(mlp, for_run(sasrec, edited)).note == edited.note


def test_moves_are_told_with_arrows(sasrec: OpenRun) -> None:
    found = recommend_items(sasrec, query_of(sasrec, None, ["i0", "i1"]), 4)
    before = [found[0], found[2], found[1]]
    ranked = [type(one)(**{**vars(one), "rank": rank}) for rank, one in enumerate(before, start=1)]
    assert list(moves(found, ranked).values()) == ["", "▲1", "▼1", "new"]


def test_with_trade_off_1_the_list_is_the_plain_one_and_below_it_the_first_stays(sasrec: OpenRun) -> None:
    query = query_of(sasrec, None, ["i0"])
    plain, diverse = recommend_items(sasrec, query, 5), recommend_items(sasrec, query, 5, trade_off=0.1)
    assert plain == recommend_items(sasrec, query, 5, trade_off=1.0)
    assert diverse[0] == plain[0]
    assert [one.plain_rank for one in plain] == [1, 2, 3, 4, 5]
    everything = {one.item_id: one.rank for one in recommend_items(sasrec, query, 9)}
    assert all(one.plain_rank == everything[one.item_id] for one in diverse)


def test_diversity_is_refused_in_words_where_there_are_no_item_vectors(stored: tuple[Workspace, str]) -> None:
    ease = trained(*stored, "ease")
    assert "no item vectors" in (diversity_cost.why_no_diversity(ease) or "")
    with pytest.raises(SettingError, match="no item vectors"):
        recommend_items(ease, query_of(ease, "u1", None), trade_off=0.5)
    with pytest.raises(SettingError, match="from 0 to 1"):
        recommend_items(ease, query_of(ease, "u1", None), trade_off=1.5)


def test_what_diversity_costs_is_nothing_at_1_and_the_plain_figure_is_the_evaluations(sasrec: OpenRun) -> None:
    pools = diversity_cost.validation_pools(sasrec)
    none, some = (diversity_cost.diversity_cost(sasrec, pools, trade_off) for trade_off in (1.0, 0.0))
    assert none is not None
    assert some is not None
    assert none.num_users == 30
    assert none.difference == (0.0, 0.0, 0.0)
    assert none.likeness == none.plain_likeness == some.plain_likeness
    frame = sasrec.folder.load_ranks()
    assert frame is not None
    ranks = frame["validation"].to_numpy()
    assert none.plain_ndcg == pytest.approx(np.mean((ranks <= 10) / np.log2(ranks + 1.0)))


def test_items_of_one_title_are_told_apart_by_their_id(sasrec: OpenRun) -> None:
    names = item_labels(sasrec.dataset)
    assert len(set(names.values())) == len(names) == 9
    assert names[sasrec.item("i0")] == "Same (i0)"
    assert names[sasrec.item("i5")] == "Thing 5"
