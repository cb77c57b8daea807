"""What would change a recommendation, and one click that does, both on Explain; driven without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.explain.explain_item import explain_for
from recsys.services.explain.smallest_change import changes
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.query import Query, edited_query, query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.ui.shell.text import plain
from tests.pages.drive import address, opened, texts
from tests.worlds.ring import ring

COUNTERFACTUAL = {"evidence": "true", "proof": "Counterfactual"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ring(tmp_path_factory.mktemp("counterfactual-page"), ["gru4rec", "popularity"])


@pytest.fixture
def run(home: Path) -> OpenRun:
    return open_run(open_workspace(home), "gru4rec")


def tabs(app: AppTest) -> list[str]:
    return [tab.label for tab in app.tabs]


def taken(run: OpenRun, query: Query) -> str:
    """An item of the list that a few events remove."""
    return next(
        one.item_id for one in recommend_items(run, query) if changes(run, query, one.item_id).away.event_set.does_it
    )


def test_both_are_told_as_the_service_tells_them(home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    query = query_of(run, "u3", None)
    item_id = taken(run, query)
    found = changes(run, query, item_id)
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u3", item=item_id, **COUNTERFACTUAL)
    for change in (found.away, found.alone):
        assert plain(change.sentence, 900) in texts(app)
        assert plain(change.note, 900) in texts(app)
    drop = f"from rank {found.rank} to rank {found.away.event_set.rank}"
    assert [
        caption for caption in app.caption if plain(found.away.effect, 900) == caption.value and drop in caption.value
    ]


def test_one_click_applies_it_the_answer_stays_and_undo_brings_it_back(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = query_of(run, "u3", None)
    item_id = taken(run, query)
    away = changes(run, query, item_id).away
    draft = Draft.untouched(len(query.history)).without(away.event_set.positions)
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u3", item=item_id)
    app.button(key="apply_take").click().run()
    assert not app.exception
    assert app.title[0].value == plain(run.dataset.title(run.item(item_id)))
    assert (address(app, "edit"), address(app, "user"), address(app, "item")) == (draft.text(), "u3", item_id)
    assert "The history was edited" in texts(app)
    rank = explain_for(run, edited_query(run, "u3", draft), item_id).explanation.rank
    assert rank == away.event_set.rank > 10  # as verified beforehand
    assert f"→ {rank}**" in next(
        text.value for text in app.markdown if text.value.startswith("Rank **") and "→" in text.value
    )
    assert "apply_take" not in [
        button.key for button in app.button
    ]  # it is not in the list, so there is nothing to remove
    app.button(key="undo_edit").click().run()
    assert address(app, "edit") is None
    assert not [text for text in app.markdown if "→" in text.value]


def test_what_was_removed_is_not_in_the_list_that_its_removal_changes(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = query_of(run, "u3", None).history
    draft = Draft.untouched(len(history)).newest(2)
    gone = {str(run.dataset.interactions.item_ids[item]) for item in set(history[:-2]) - set(history[-2:])}
    by_hand = query_of(run, None, [str(run.dataset.interactions.item_ids[item]) for item in history[-2:]])
    assert gone & {one.item_id for one in recommend_items(run, by_hand, 10)}
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u3", edit=str(draft.text()))
    shown = app.selectbox(key="item_u3").options
    assert len(shown) == 10
    titles = {run.dataset.title(run.item(item_id)) for item_id in gone}
    assert not [option for option in shown if option.split(". ", 1)[1] in titles]


def test_a_history_by_hand_is_changed_likewise(home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ["i4", "i6", "i5", "i7"]
    query = query_of(run, None, ids)
    item_id = taken(run, query)
    gone = changes(run, query, item_id).away.event_set.positions
    app = opened("explain", home, monkeypatch, run="gru4rec", history=",".join(ids), item=item_id)
    app.button(key="apply_take").click().run()
    left = [item for place, item in enumerate(ids) if place not in gone]
    assert address(app, "history") == (",".join(left) or ",")
    assert address(app, "user") is None


def test_a_link_to_an_empty_history_by_hand_opens_no_user(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="gru4rec", history=",", evidence="true", proof="Edit history")
    assert app.segmented_control(key="asker_kind").value == "Custom history"
    assert "0 events" in texts(app)


def test_an_edited_history_keeps_what_else_was_edited(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = Draft.untouched(8).removed(0).added(run.item("i20"))
    query = edited_query(run, "u3", draft)
    item_id = taken(run, query)
    away = changes(run, query, item_id).away
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u3", edit=str(draft.text()), item=item_id)
    app.button(key="apply_take").click().run()
    assert address(app, "edit") == draft.without(away.event_set.positions).text()


def test_what_alone_keeps_it_is_left_as_the_whole_history(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = query_of(run, "u3", None)
    found = {one.item_id: changes(run, query, one.item_id).alone.event_set for one in recommend_items(run, query)}
    item_id, alone = next((item, one) for item, one in found.items() if one.does_it and one.positions)
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u3", item=item_id, **COUNTERFACTUAL)
    app.button(key="apply_keep").click().run()
    assert address(app, "edit") == Draft.untouched(8).keep_only(alone.positions).text()


def test_an_item_further_down_is_told_why_and_has_no_remove(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    low = recommend_items(run, query_of(run, "u3", None), 20)[-1].item_id
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u3", item=low, **COUNTERFACTUAL)
    assert "not in the top 10" in texts(app)
    assert not [button for button in app.button if str(button.key).startswith(("apply_", "remove_wait"))]


def test_a_model_that_reads_no_events_has_no_such_part(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="popularity", user="u3", evidence="true")
    assert tabs(app) == ["Edit history"]
