"""Where the score comes from, and why not another item: on Explain, without a browser, and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.__main__ import main
from recsys.errors import RecsysError
from recsys.explain import EventContribution, Explanation
from recsys.explain.quantity import MARGIN
from recsys.explain.questions.breakdown import ScoreBreakdown, Source
from recsys.services.explain.contrastive import bars, contrast
from recsys.services.explain.explain_item import ItemExplanation, explain_for, moved, situation_of
from recsys.services.explain.list_reasons import reason_in_list
from recsys.services.explain.score_breakdown import break_down_score
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.query import edited_query, query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.ui.explain.edits import event_ids, remove_event
from recsys.ui.shell.state import Editing
from tests.pages.drive import opened
from tests.worlds.shops import import_shop, train_small

EDIT = {"evidence": "true", "proof": "Edit history"}
NAMES = ("sasrec", "mlp", "ease", "popularity")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sources")
    workspace = open_workspace(home / "home")
    dataset_id = import_shop(workspace, home, pictures=False)
    for name in NAMES:
        train_small(workspace, dataset_id, name, name)
    return home / "home"


def a_run(home: Path, name: str) -> OpenRun:
    return open_run(open_workspace(home), name)


@pytest.mark.parametrize("name", NAMES)
def test_sources_add_up_to_what_is_explained(home: Path, name: str) -> None:
    run = a_run(home, name)
    query = query_of(run, "u1", None)
    told = break_down_score(run, query, recommend_items(run, query, 1)[0].item_id)
    assert told.start + sum(value for _, value in told.sources) == pytest.approx(told.value, abs=1e-5)
    assert told.start < 0 if name == "sasrec" else told.start == 0


def test_sources_are_named_in_the_words_of_the_model(home: Path) -> None:
    run = a_run(home, "mlp")
    told = break_down_score(run, query_of(run, "u1", None), "i3")
    assert [name for name, _ in told.sources] == [
        "its bias",  # of a dense network: the same for every item, so no popularity
        "what was learnt about the user", "the known age", "the known gender", "what was learnt about the item", "its category",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["sasrec", "mlp", "ease"])
def test_the_better_rank_comes_first_whichever_is_asked_about(home: Path, name: str) -> None:
    run = a_run(home, name)
    query = query_of(run, "u1", None)
    found = recommend_items(run, query, 10)
    best, worst = found[0], found[-1]
    one, other = (
        contrast(run, query, *pair) for pair in ((best.item_id, worst.item_id), (worst.item_id, best.item_id))
    )
    assert (one.first.item_id, one.second.item_id) == (best.item_id, worst.item_id)
    assert (one.first.rank, one.second.rank) == (1, worst.rank)
    assert one.explanation.value == pytest.approx(best.score - worst.score, abs=1e-4)
    assert one.sentence == other.sentence and bars(one) == bars(other)


def test_a_seen_item_can_be_compared_too(home: Path) -> None:
    run = a_run(home, "sasrec")
    query = query_of(run, "u1", None)
    seen = str(run.dataset.interactions.item_ids[query.history[0]])
    told = contrast(run, query, recommend_items(run, query, 1)[0].item_id, seen)
    assert 1 in (told.first.rank, told.second.rank)
    assert told.first.rank < told.second.rank


def test_where_everyone_gets_the_same_list_there_is_no_why(home: Path) -> None:
    run = a_run(home, "popularity")
    with pytest.raises(RecsysError, match="same list"):
        contrast(run, query_of(run, "u1", None), "i1", "i2")


def texts(app: AppTest) -> list[str]:
    return [element.value for element in (*app.markdown, *app.caption, *app.subheader)]


def test_the_page_shows_the_budget_and_compares_when_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="sasrec", user="u1")
    assert "Where the score comes from" in texts(app)
    assert any("averaged over all orders of the sources" in header.help for header in app.subheader)
    assert not [text for text in texts(app) if "comes before" in text]
    ids = [
        one.item_id for one in recommend_items(a_run(home, "sasrec"), query_of(a_run(home, "sasrec"), "u1", None), 3)
    ]
    app.session_state["compare_open"] = True
    app.run()
    app.selectbox(key="against").set_value(ids[2]).run()
    assert not app.exception
    assert [text for text in texts(app) if "comes before" in text]
    assert app.query_params["against"] in (ids[2], [ids[2]])
    app.button(key="close_comparison").click().run()
    assert not [text for text in texts(app) if "comes before" in text] and "against" not in app.query_params


def test_a_link_brings_the_comparison_back(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="ease", user="u1", item="i3", against="i7")
    assert [text for text in texts(app) if "comes before" in text]


def test_popularity_has_a_budget_and_no_comparison(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="popularity", user="u1")
    assert "Where the score comes from" in texts(app)
    assert "compare_open" not in app.session_state


def test_the_command_line_compares(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["explain", "ease", "--user", "u1", "--item", "i3", "--against", "i7", "--workspace", str(home), "--json"]
    assert main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert {told["against"]["first"]["item_id"], told["against"]["second"]["item_id"]} == {"i3", "i7"}
    parts = [part["value"] for part in told["against"]["contributions"]]
    assert parts == sorted(parts, key=lambda value: -abs(value))
    assert [source["source"] for source in told["sources"]["sources"]] == [
        "popularity", "history",
    ]  # fmt: skip


def test_the_past_is_changed_beside_the_explanation_and_rank_and_reasons_move(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explain", home, monkeypatch, run="sasrec", user="u1", item="i3", **EDIT)
    assert not [text for text in texts(app) if "→" in text]
    run = a_run(home, "sasrec")
    before = explain_for(run, query_of(run, "u1", None), "i3")
    next(button for button in app.button if str(button.key).startswith("remove_")).click().run()
    assert not app.exception
    newest_gone = Draft.untouched(len(before.titles)).removed(len(before.titles) - 1)
    now = explain_for(run, edited_query(run, "u1", newest_gone), "i3")
    said = [
        text for text in texts(app) if text.startswith(f"Rank **{before.explanation.rank} → {now.explanation.rank}**")
    ]
    assert len(said) == 1
    assert any("compared with u1's own history" in text for text in texts(app))
    table = next(frame.value for frame in app.dataframe if "change" in frame.value)
    gone = table[table["now"].isna()]
    assert list(gone["what"]) == [before.titles[-1]]
    assert gone["before"].iloc[0] == pytest.approx(before.explanation.contributions[-1].value, abs=1e-5)
    assert app.query_params["edit"]


def test_a_click_on_a_bar_removes_its_event_and_undo_brings_it_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recsys.ui.explain.event_chart import _remove_clicked

    app = opened("explain", home, monkeypatch, run="sasrec", user="u1", item="i3")
    editing = app.session_state["session"].editing
    whole = editing.draft.entries
    with monkeypatch.context() as clicked:
        clicked.setattr("recsys.ui.parts.compact_charts.selected", lambda key, column: "1_1")
        _remove_clicked(editing, "strip")
        _remove_clicked(editing, "strip")  # the chart is clicked again before it is drawn anew
    app.run()
    assert editing.draft.entries == tuple(entry for entry in whole if entry != 1)
    assert app.query_params["edit"]
    app.button(key="undo_edit").click().run()
    assert "edit" not in app.query_params and editing.draft.entries == whole


def test_events_keep_their_ids_while_others_go() -> None:
    assert event_ids([0, 1, -5, -5]) == ["0_1", "1_1", "-5_1", "-5_2"]
    editing = Editing(("d", "u"), Draft(2, (0, 1, -5, -5)), None)
    remove_event(editing, "0_1")
    remove_event(editing, "0_1")
    remove_event(editing, "-5_2")
    assert editing.draft.entries == (1, -5)


def test_moves_know_the_events_of_one_item_apart() -> None:
    def told(values: list[float], items: list[int]) -> ItemExplanation:
        parts = [
            EventContribution(item, place, value) for place, (item, value) in enumerate(zip(items, values, strict=True))
        ]
        shown = Explanation("leave_one_out", "margin", 1.0, 1.0, 1, 0.0, parts)
        breakdown = ScoreBreakdown("margin", 0.0, 1.0, (Source("events", 1.0),))
        return ItemExplanation("x", "X", "", MARGIN, shown, [f"Thing {item}" for item in items], shown, breakdown)

    found = moved(told([1.0, 2.0, 3.0], [7, 8, 7]), told([2.5, 3.5], [8, 7]))
    assert [(move.title, move.before, move.now) for move in found] == [
        ("Thing 7", 1.0, None), ("Thing 7", 3.0, 3.5), ("Thing 8", 2.0, 2.5),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["sasrec", "ease"])
def test_every_card_of_the_list_says_why(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    app = opened("recommend", home, monkeypatch, run=name, user="u1")
    run = a_run(home, name)
    query = query_of(run, "u1", None)
    said = "\n".join(texts(app)).replace("\\", "")
    reasons = [reason_in_list(run, situation_of(run, query, one.item_id)) for one in recommend_items(run, query, 12)]
    assert any(reasons)
    for reason in filter(None, reasons):
        assert reason[:80] in said


def test_an_empty_history_is_said_to_be_explained_by_the_model_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explain", home, monkeypatch, run="sasrec", user="u1")
    assert not [text for text in texts(app) if "the model itself" in text]
    app = opened("explain", home, monkeypatch, run="sasrec")
    app.segmented_control(key="asker_kind").set_value("Custom history").run()
    assert [text for text in texts(app) if "the model itself" in text]
