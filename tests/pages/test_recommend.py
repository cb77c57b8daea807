"""The Recommend page, driven without a browser: tuning a history, two runs, diversity, lists for all users."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.services.workspace.slices import item_filter
from recsys.ui.shell.job_cards import LESS_POPULAR
from recsys.ui.shell.text import plain
from tests.pages.drive import address, cards, opened, texts
from tests.worlds.shops import import_shop, train_small
from tests.worlds.small_shop import shop, trained


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace, dataset_id = shop(tmp_path_factory.mktemp("recommend"), ["Same", "Same"])
    for model in ("sasrec", "gru4rec", "mlp", "ease"):
        trained(workspace, dataset_id, model)
    return workspace.path


@pytest.fixture
def visit(home: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def open_page(name: str = "recommend", **query: str) -> AppTest:
        return opened(name, home, monkeypatch, **{"run": "sasrec", **query})

    return open_page


def edited(app: AppTest) -> str | None:
    return address(app, "edit")


def test_an_event_is_removed_moved_and_brought_back(visit) -> None:
    app = visit(user="u1")
    app.toggle(key="edit_history").set_value(True).run()
    app.button(key="remove_5_1").click().run()
    assert edited(app) == "0-4"
    assert "The history was edited" in texts(app)
    app.button(key="older_4_1").click().run()
    assert edited(app) == "0-2.4.3"
    app.button(key="undo").click().run()
    assert edited(app) == "0-4"
    app.button(key="reset").click().run()
    assert edited(app) is None
    assert "The history was edited" not in texts(app)
    app.button(key="undo").click().run()
    assert edited(app) == "0-4"


def test_an_item_is_added_by_title_as_the_newest_event_and_the_suggestions_follow(visit, home: Path) -> None:
    app = visit(user="u1")
    app.toggle(key="edit_history").set_value(True).run()
    run = open_run(open_workspace(home), "sasrec")
    app.selectbox(key="add_item").set_value(run.item("i8")).run()
    assert edited(app) == f"0-5.n{run.item('i8')}"
    assert app.selectbox(key="add_item").value is None
    history = ["i1", "i2", "i3", "i4", "i5", "i6", "i8"]
    expected = recommend_items(run, query_of(run, None, history))
    assert cards(app) == [f"**{one.rank}.** {plain(one.title)}" for one in expected]
    assert "own history" in texts(app)


def test_a_link_restores_an_edited_history_also_on_explain(visit) -> None:
    app = visit(user="u1", edit="3.0-2")
    assert "order changed" in texts(app)
    assert edited(app) == "3.0-2"
    explain = visit("explain", user="u1", edit="3.0-2", item="i8")
    assert "The history was edited" in texts(explain)
    assert edited(explain) == "3.0-2"


def test_a_link_that_cannot_be_read_says_so_and_shows_the_history_as_it_is(visit) -> None:
    app = visit(user="u1", edit="0-99")
    assert "no events 0" in app.error[0].value
    assert edited(app) is None


def test_another_user_does_not_inherit_the_edits(visit) -> None:
    app = visit(user="u1", edit="3.0-2")
    app.query_params["user"] = "u2"
    app.run()
    assert edited(app) is None
    assert "The history was edited" not in texts(app)


def test_edits_wait_while_another_history_is_looked_at(visit) -> None:
    app = visit(user="u1", edit="3.0-2")
    app.segmented_control(key="asker_kind").set_value("Custom history").run()
    assert "No events" in texts(app)
    assert edited(app) is None
    app.segmented_control(key="asker_kind").set_value("Existing user").run()
    assert edited(app) == "3.0-2"


def test_a_history_by_hand_is_tuned_and_stands_in_the_address(visit) -> None:
    app = visit(history="i1,i2")
    app.button(key="remove_-2_1").click().run()  # item i1 has index 2
    assert address(app, "history") == "i2"
    assert "the history before the last change" in texts(app)
    app.button(key="undo").click().run()
    assert address(app, "history") == "i1,i2"


def test_two_runs_stand_side_by_side_and_what_is_in_both_says_its_other_rank(visit, home: Path) -> None:
    app = visit(user="u1", compare="gru4rec")
    assert [heading.value.split()[0] for heading in app.subheader] == ["SASRec", "GRU4Rec"]
    lists = []
    for name in ("sasrec", "gru4rec"):
        run = open_run(open_workspace(home), name)
        lists.append({one.item_id: one.rank for one in recommend_items(run, query_of(run, "u1", None))})
    both = lists[0].keys() & lists[1].keys()
    assert f"**{len(both)} of 3** items are in both lists." in texts(app)
    for item in both:
        assert f":blue-badge[GRU4Rec: #{lists[1][item]}]" in texts(app)
    app.selectbox(key="compare_choice").set_value("").run()
    assert "compare" not in app.query_params


def test_beside_each_other_the_panel_is_of_the_card_that_was_pressed_last(visit, home: Path) -> None:
    app = visit(user="u1", compare="gru4rec")
    run = open_run(open_workspace(home), "gru4rec")
    second = recommend_items(run, query_of(run, "u1", None))[1]
    app.button(key="list_1_card_2").click().run()
    assert f"**{plain(second.title)}** · #2 in this list" in texts(app)
    app.button(key="explain_item").click().run()
    assert (address(app, "run"), address(app, "item")) == ("gru4rec", second.item_id)


def test_a_table_shows_what_the_cards_show(visit) -> None:
    app = visit(user="u1", view="Table", compare="gru4rec")
    frames = [frame.value for frame in app.dataframe if "reason" in frame.value.columns]
    assert len(frames) == 2
    assert frames[0]["#"].tolist() == [1, 2, 3]
    assert set(frames[0]["other"]) <= {"", "#1", "#2", "#3"}


def test_diversity_says_what_it_costs_and_where_it_cannot_be_had(visit) -> None:
    app = visit(user="u1")
    assert "NDCG@10" not in texts(app)
    app.slider(key="diversity").set_value(0.5).run()
    (line,) = [caption for caption in app.caption if "NDCG@10 (" in caption.value]
    assert line.value.startswith("Diversity 0.50 ")
    assert line.help is not None and line.help.startswith("On 30 validation users: NDCG@10 changes by ")
    ease = visit(user="u1", run="ease")
    assert ease.slider(key="diversity").disabled
    assert "no item vectors" in ease.slider(key="diversity").help


def test_a_model_that_reads_no_events_says_so_when_the_history_is_edited(visit) -> None:
    assert "do not depend on the history" in texts(visit(user="u1", run="mlp", edit="3.0-2"))
    assert "do not depend on the history" not in texts(visit(user="u1", run="mlp"))


def test_why_leads_to_the_explanation_of_that_item_for_that_history(visit, home: Path) -> None:
    app = visit(user="u1", edit="3.0-2")
    app.button(key="cards_card_2").click().run()
    app.button(key="explain_item").click().run()
    run = open_run(open_workspace(home), "sasrec")
    second = recommend_items(run, query_of(run, "u1", ["i4", "i1", "i2", "i3"]))[1]
    assert app.title[0].value == plain(second.title)
    assert address(app, "item") == second.item_id
    assert edited(app) == "3.0-2"


def test_a_link_restores_the_filters(visit, home: Path) -> None:
    app = visit(user="u1", category="even", hide_seen="false")
    run = open_run(open_workspace(home), "sasrec")
    even = item_filter(run.dataset, ["even"])
    expected = recommend_items(run, query_of(run, "u1", None), 10, hide_seen=False, within=even)
    assert cards(app) == [f"**{one.rank}.** {plain(one.title)}" for one in expected]
    assert len(expected) == 5


def test_only_the_newest_events_are_used_and_the_others_can_be_brought_back(visit) -> None:
    app = visit(user="u1")
    app.toggle(key="edit_history").set_value(True).run()
    assert (app.slider(key="newest").max, app.slider(key="newest").value) == (6, 6)
    app.slider(key="newest").set_value(2).run()
    assert edited(app) == "4-5"
    app.slider(key="newest").set_value(4).run()
    assert edited(app) == "2-5"
    app.button(key="remove_5_1").click().run()
    assert edited(app) == "2-4"
    assert (app.slider(key="newest").max, app.slider(key="newest").value) == (3, 3)
    app.button(key="reset").click().run()
    assert edited(app) is None
    linked = visit(user="u2", edit="4-5")
    assert (linked.slider(key="newest").max, linked.slider(key="newest").value) == (6, 2)


def test_a_history_by_hand_that_was_cut_comes_back(visit) -> None:
    app = visit(history="i1,i2,i3")
    app.slider(key="newest").set_value(0).run()
    assert address(app, "history") == ","
    assert "popular lately" in texts(app)
    app.slider(key="newest").set_value(2).run()
    assert address(app, "history") == "i2,i3"
    assert "popular lately" not in texts(app)


def test_without_a_history_every_line_says_what_it_rests_on_and_gives_no_reason(visit) -> None:
    app = visit(user="u1", edit="none")
    assert "SASRec has nothing to go by" in texts(app).replace("\\", "")
    assert texts(app).count(":orange-badge[popular lately]") == 3
    assert "explain_item" not in [button.key for button in app.button]
    table = visit(user="u1", edit="none", view="Table")
    frame = next(frame.value for frame in table.dataframe if "why" in frame.value.columns)
    assert set(frame["why"]) == {"popular lately"}


def test_items_without_events_are_counted_or_marked(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, dataset_id = shop(tmp_path)
    for run_id, content in (("ids", ""), ("content", "title, category")):
        train_small(workspace, dataset_id, "gru4rec", run_id, cold_share=0.3, content=content)
    query = {"user": "u1", "hide_seen": "false"}
    ids = opened("recommend", workspace.path, monkeypatch, run="ids", **query)
    assert "items without a training event are left out: GRU4Rec uses item ids only" in texts(ids).replace("\\", "")
    assert "cold start: by content" not in texts(ids)
    entry = ids.button(key="open_new_item")
    assert entry.disabled and "reads item ids only" in entry.help
    ids.session_state[LESS_POPULAR] = True  # as a press on More
    ids.run()
    ids.button(key="train_content").click().run()
    assert ids.session_state["session"].recipe.changed == {"content": "title"}
    app = opened("recommend", workspace.path, monkeypatch, run="content", **query)
    untouched = open_run(workspace, "ids").split.train.item_counts[1:] == 0
    assert texts(app).count(":green-badge[cold start: by content]") == untouched.sum() > 0


def test_a_new_item_is_typed_in_and_its_users_are_opened(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, dataset_id = shop(tmp_path, ["*Lamp*"] * 9)
    train_small(workspace, dataset_id, "gru4rec", "content", content="title, category")
    app = opened("recommend", workspace.path, monkeypatch, run="content", user="u3")
    app.button(key="open_new_item").click().run()
    app.button(key="place_new").click().run()
    assert "enter at least one of title, category" in app.error[0].value.replace("\\", "")
    app.text_input(key="new_title").set_value("[Lamp](http://x)")
    app.button(key="place_new").click().run()
    assert not app.error
    said = texts(app)
    assert "are new to the model \\(http, x\\)" in said
    assert "Not entered, so unknown\\: category" in said
    assert [metric.label for metric in app.metric] == ["in the top 10", "in the top 50", "median rank"]
    table = next(frame.value for frame in app.dataframe if "latest events" in frame.value.columns)
    assert table["rank"].is_monotonic_increasing
    assert len(table) == 20


def test_somebody_without_a_history_may_tell_age_and_gender(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = open_workspace(tmp_path / "home")
    train_small(workspace, import_shop(workspace, tmp_path), "gru4rec", "gru4rec")
    monkeypatch.setattr("recsys.recommend.popular.group_of.__defaults__", (5,))
    app = opened("recommend", workspace.path, monkeypatch, run="gru4rec", user="u1")
    assert "gender" not in [box.key for box in app.selectbox]
    app.segmented_control(key="asker_kind").set_value("Custom history").run()
    assert ":orange-badge[popular lately]" in texts(app)
    app.selectbox(key="gender").set_value("f").run()
    assert ":orange-badge[popular lately among women]" in texts(app)


def test_a_less_popular_list_is_the_services(visit, home: Path) -> None:
    app = visit(user="u1", less_popular="1.0", view="Table")
    run = open_run(open_workspace(home), "sasrec")
    expected = recommend_items(run, query_of(run, "u1", None), 12, less_popular=1.0)
    frame = next(frame.value for frame in app.dataframe if "title" in frame.value.columns)
    assert list(frame["title"]) == [one.title for one in expected]


def test_strength_0_is_the_plain_list_and_says_nothing(visit) -> None:
    app = visit(user="u1")
    assert cards(app) == cards(visit(user="u1", less_popular="0.0"))
    assert "Less popular 0" not in texts(app)
