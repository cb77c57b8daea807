"""An unfinished import after a reload, in another language and in two tabs, driven without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.workspace import open_workspace
from tests.pages.drive import address, checked, opened, texts
from tests.pages.test_import import CONFLICT, LOG, keys, press, uploaded
from tests.worlds.small_shop import import_small_shop


def decided(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """An import whose one problem is decided, before that was checked."""
    app = press(uploaded(home, monkeypatch, CONFLICT), "import_next")
    return app.radio(key="treat_conflict").set_value("highest").run()


def reloaded(app: AppTest, home: Path, monkeypatch: pytest.MonkeyPatch, page: str = "data", **query: str) -> AppTest:
    """The address of the page in a new session."""
    draft_id = address(app, "import")
    assert draft_id is not None
    return opened(page, home, monkeypatch, **{"import": draft_id, **query})


def test_a_reload_keeps_files_step_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = reloaded(decided(tmp_path, monkeypatch), tmp_path, monkeypatch)
    assert later.radio(key="treat_conflict").value == "highest"
    press(later, "import_next")
    assert "**log\\.csv**" in texts(press(press(later, "import_back"), "import_step_files"))
    later.button(key="import").click().run()
    assert later.success[0].value.startswith("Imported **log**: 63 interactions")
    assert address(later, "import") is None


def test_another_language_keeps_the_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = decided(tmp_path, monkeypatch)
    (links,) = [html.proto.body for html in app.sidebar.get("html") if "languages" in html.proto.body]
    assert f"import={address(app, 'import')}" in links
    later = reloaded(app, tmp_path, monkeypatch, lang="zh")
    assert later.title[0].value != "Data" and later.radio(key="treat_conflict").value == "highest"


def test_a_typed_name_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    app.text_input(key="import_name_1").set_value("My shop").run()
    assert reloaded(app, tmp_path, monkeypatch).text_input(key="import_name_1").value == "My shop"


def test_every_page_carries_the_import_and_leads_back_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_small_shop(open_workspace(tmp_path))
    app = opened("data", tmp_path, monkeypatch)
    app.button(key="open_import").click().run()
    app.file_uploader(key="upload").set_value(("log.csv", LOG.encode(), "text/csv")).run()
    checked(app).switch_page("../../../pages/train.py").run()
    later = reloaded(app, tmp_path, monkeypatch, "train")
    (job,) = [button for button in later.sidebar.button if (button.key or "").startswith("watch_import_")]
    assert job.label == "log\\.csv · ready to import"
    later.switch_page("../../../pages/data.py").run()
    (line,) = [button for button in later.main.button if (button.key or "").startswith("continue_import_")]
    assert line.label == "Import of log\\.csv: continue"
    line.click().run()
    buttons = [button.key or "" for button in later.button]
    assert "import" in buttons, "the dialog is open, where it was"
    assert not [key for key in buttons if key.startswith("continue_import_")], "the dialog shows it"


def test_the_link_to_share_leaves_the_import_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    app.session_state["share"] = True
    app.run()
    assert [code.value for code in app.code if "import=" in code.value] == [] and app.code


def test_two_tabs_do_not_change_the_same_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = decided(tmp_path, monkeypatch)
    second = reloaded(first, tmp_path, monkeypatch)
    first.radio(key="treat_conflict").set_value("drop").run()
    assert [error.value for error in first.error] == ["This import is open in another tab\\."]
    second.radio(key="treat_conflict").set_value("last").run()
    first.button(key="import_here").click().run()
    assert first.radio(key="treat_conflict").value == "last"
    assert "import_here" in keys(second.run())


def test_a_link_to_an_import_that_is_gone_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("data", tmp_path, monkeypatch, **{"import": "0" * 32})
    assert "no longer here" in app.toast[0].value and address(app, "import") is None


def test_nothing_leads_away_from_an_import_on_the_empty_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("data", tmp_path, monkeypatch)
    assert "go_home" in keys(app) and "No dataset yet" in texts(app)
    app = uploaded(tmp_path, monkeypatch, CONFLICT)
    assert "go_home" not in keys(app) and "No dataset yet" not in texts(app)
    press(app, "import_over_now")
    assert "go_home" in keys(app) and address(app, "import") is None
