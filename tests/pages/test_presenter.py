"""Presenter mode: large type, nothing that stores, kept in the link and left by one click."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.testing.v1 import AppTest

from recsys.services.models import report_job, trust_job
from recsys.services.workspace import open_workspace
from tests.pages.drive import ROOT, address, cards, opened, texts
from tests.worlds.shops import import_shop, train_small

STORING = {  # keys, or how they begin, of all buttons that change files or start and end jobs
    "train", "resume", "resume_failed", "stop_run_", "kill_", "take_out", "release", "stop_", "watch_run",
    "train_like", "to_train", "open_import", "import", "import_", "delete_dataset_for_good", "delete_run", "save_", "blend",
    "stop_blend", "make_report", "stop_report", "measure_", "release_", "discard_", "try_sample", "search", "resume_sweep", "unsave_",
    "train_twin", "train_series", "train_content", "forget_person", "forget_for_good", "train_without",
    "take_tour", "own_files", "accept_all", "change_columns", "use_time_",
}  # fmt: skip
SAFE = {  # change the session only: what is shown, an edited history, a file that is prepared for download
    "enter_presenting", "leave_presenting", "go_", "open_", "explain_", "watch_", "see", "compare_models", "open_run",
    "show_all_runs", "hide_test", "tour_back", "tour_next", "tour_quit", "clear_slice", "unslice_", "prepare_all", "place_new", "similar",
    "add_recommended", "dislike", "continue_import_", "bring_back", "undo", "reset", "remove_", "older_", "newer_", "explain_item", "choose_",
    "close_comparison", "close_report_", "behind_as_slice", "map_card_", "make_map", "map_clear", "use_winner", "fill_winner", "fill_last", "to_sweep", "saved_", "sweep_", "add_range", "shuffle_histories", "undo_edit", "reset_edit", "apply_", "export_wait", "remove_wait", "cards_", "list_", "item_", "forget_close",
    "suggested_",
}  # fmt: skip
VISITS = (
    ("home", {}),
    ("data", {}),
    ("train", {"run": "gru4rec"}),
    *(
        ("models", {"run": "gru4rec", "part": part})
        for part in ("Quality", "Settings", "Export", "Explanations", "Privacy")
    ),
    *(
        ("explore", {"run": "gru4rec", "part": part})
        for part in ("Map", "Users and errors", "What drives it", "Recommendations for all users")
    ),
    ("recommend", {"run": "gru4rec", "user": "u1"}),
    ("explain", {"run": "gru4rec", "user": "u1"}),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("presenter")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder)
    for model in ("gru4rec", "ease"):
        train_small(workspace, dataset_id, model, model)
    return workspace.path


def begins(key: str, keys: set[str]) -> bool:
    return key in keys or any(key.startswith(start) for start in keys if start.endswith("_"))


def enabled(app: AppTest) -> set[str]:
    """Keys of the enabled buttons that store."""
    keys = {button.key or "" for button in app.button if not button.disabled}
    return {key for key in keys if begins(key, STORING)}


@pytest.mark.parametrize(("page", "query"), VISITS, ids=lambda value: value if isinstance(value, str) else "")
def test_no_button_that_stores_is_enabled(
    page: str, query: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(page, home, monkeypatch, present="1", **query)
    assert enabled(app) == set()
    assert not app.get("file_uploader")
    assert address(app, "present") == "1"
    if page in ("home", "data", "train", "models"):
        assert enabled(opened(page, home, monkeypatch, **query)), "else nothing would be found"


def test_jobs_cannot_be_stopped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.runs.jobs.is_running", lambda folder, kind=None: True)
    folder = open_workspace(home).runs.open("gru4rec")
    (folder.path / "trust_process.json").write_text("{}")
    for part in ("Explanations", "Export"):
        query = {"run": "gru4rec", "part": part}
        assert enabled(opened("models", home, monkeypatch, **query)) >= {"stop_trust_gru4rec"}
        assert enabled(opened("models", home, monkeypatch, present="1", **query)) == set()
    trust_job.JOB.forget(open_workspace(home), "gru4rec")
    report_job.forget(open_workspace(home), "gru4rec")


def test_train_and_import_say_so(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Not available while presenting."
    assert said in texts(opened("train", home, monkeypatch, present="1"))
    app = opened("data", home, monkeypatch, present="1")
    app.session_state["session"].dialog = "import"
    app.run()
    assert texts(app).count(said) == 2, "in the dialog, and in place of Delete"
    assert said in texts(opened("data", tmp_path, monkeypatch, present="1"))


def test_recommend_and_explain_work_and_a_history_is_edited(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, present="1", run="gru4rec", user="u1")
    assert len(cards(app)) >= 10
    app.toggle(key="edit_history").set_value(True).run()
    next(button for button in app.button if (button.key or "").startswith("remove_")).click().run()
    assert not app.exception and address(app, "edit") and address(app, "present") == "1"
    app = opened("explain", home, monkeypatch, present="1", run="gru4rec", user="u1")
    assert "What supports it" in texts(app)


def test_it_begins_in_the_share_popover_and_ends_by_one_click(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", home, monkeypatch)
    assert "leave_presenting" not in [button.key for button in app.button]
    app.session_state["share"] = True  # as a press on the popover
    app.run()
    app.button(key="enter_presenting").click().run()
    assert (address(app, "present"), enabled(app)) == ("1", set())
    app.switch_page("../../../pages/data.py").run()  # another page, without the parameter
    assert address(app, "present") == "1"
    app.button(key="leave_presenting").click().run()
    assert address(app, "present") is None and "open_import" in enabled(app)


def test_the_navigation_lists_the_pages_that_show_results(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = []

    def navigation(pages: list[StreamlitPage], **options: Any) -> StreamlitPage:
        listed.append([page.url_path for page in pages if page.visibility == "visible"])
        return st_navigation(pages, **options)

    st_navigation = st.navigation
    monkeypatch.setattr(st, "navigation", navigation)
    opened("explain", home, monkeypatch, present="1", run="gru4rec", user="u1")
    assert listed[-1] == ["models", "explore", "recommend", "explain"]


def test_one_line_says_what_is_chosen_and_shows_the_choices(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, present="1", run="gru4rec", user="u1")
    assert not app.sidebar.selectbox
    (line,) = [button for button in app.button if (button.key or "").startswith("open_context")]
    assert [part in line.label for part in ("GRU4Rec", "u1")] == [True, True]
    assert not app.session_state["session"].choices_open
    line.click().run()
    assert app.session_state["session"].choices_open
    app.selectbox(key="run_choice").set_value("ease").run()
    assert address(app, "run") == "ease" and app.session_state["session"].choices_open


def test_every_button_is_known_to_store_or_not() -> None:
    """A new button is put into one of the lists, so that nobody forgets this mode."""
    keys = set()
    for path in [*ROOT.glob("recsys/ui/**/*.py"), *ROOT.glob("pages/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("button", "form_submit_button"):
                (key,) = [word.value for word in node.keywords if word.arg == "key"] or [ast.Constant("")]
                first = key.values[0] if isinstance(key, ast.JoinedStr) else key
                if isinstance(first, ast.Constant) and first.value:
                    keys.add(str(first.value))
    assert {key for key in keys if not begins(key, STORING | SAFE)} == set()
