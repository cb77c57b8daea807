"""Each page, driven without a browser: without data, and with a trained run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.runtime.state.query_params import QueryParams

from recsys.messages import PSEUDO
from recsys.runs import jobs
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.ui.shell import nav
from recsys.ui.shell.text import plain
from tests.pages.drive import ROOT, address, opened
from tests.worlds.shops import import_shop, train_small

PAGES = ("home", "data", "train", "models", "explore", "recommend", "explain")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder)
    for model, run_id in (("ease", "ease-1"), ("popularity", "pop-1")):
        train_small(workspace, dataset_id, model, run_id)
    return workspace.path


@pytest.mark.parametrize("page", PAGES[1:])
def test_a_page_without_data_says_what_to_do_first(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(page, tmp_path, monkeypatch)
    assert app.title[0].value.lower() == page
    assert app.info[0].value
    assert app.button(key="go_home").label == "Go to Home"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_a_run_opens(page: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(page, home, monkeypatch)
    assert app.title[0].value
    assert not app.error


@pytest.mark.parametrize("path", ["home", "start"])
def test_home_has_an_address_of_its_own(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("data", tmp_path, monkeypatch)
    (app._page_hash,) = [h for h, page in app._registered_pages.items() if page["url_pathname"] == path]
    app.query_params["presenter"] = "1"
    app.run()
    assert (app.title[0].value, address(app, "presenter")) == ("RecScope", "1")


VISIT = """
import os, sys
from streamlit.testing.v1 import AppTest
for home, *pages in [argument.split(",") for argument in sys.argv[1:]]:
    os.environ["RECSCOPE_HOME"] = home
    app = AppTest.from_file("recsys/ui/shell/frame.py", default_timeout=60).run()
    for page in pages:
        page, _, app.query_params["part"] = page.partition(":")
        app.switch_page(f"../../../pages/{page}.py").run()
        assert not app.exception
        loaded = {"torch", "captum"} & sys.modules.keys()
        print(page, app.title[0].value, *(button.key for button in app.sidebar.button), *loaded)
"""


@pytest.fixture(scope="module")
def visited(home: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A line a page: its title, the buttons of the sidebar, and which of torch and captum were loaded after it.

    In one process: all pages without data, then Home, Data, Models and Train while a run is being trained.
    """
    visits = [(tmp_path_factory.mktemp("empty"), *PAGES), (home, "home", "data", "models:Settings", "train")]
    command = [sys.executable, "-c", VISIT, *(",".join(map(str, visit)) for visit in visits)]
    with jobs.held(open_workspace(home).runs.open("ease-1")):
        return subprocess.check_output(command, cwd=ROOT, text=True).splitlines()


def test_without_a_run_no_page_needs_torch(visited: list[str]) -> None:
    assert visited[: len(PAGES)] == ["home RecScope", *(f"{page} {page.capitalize()}" for page in PAGES[1:])]


def test_home_data_and_the_leaderboard_are_drawn_without_torch_while_a_job_is_shown(visited: list[str]) -> None:
    *drawn, last = visited[len(PAGES) :]
    shown = "watch_ease-1 stop_ease-1"
    assert drawn == [f"home RecScope {shown}", f"data Data {shown}", f"models Models {shown}"]
    assert "torch" in last  # the form needs the models: what is looked for would be found


def test_a_link_restores_the_user(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, run="ease-1", user="u7")
    assert app.selectbox(key="user_choice").value == "u7"


@pytest.mark.parametrize("page", ["recommend", "explain"])
def test_an_unknown_user_in_a_link_is_told_and_another_shown(
    page: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(page, home, monkeypatch, run="ease-1", user="<b>no</b>*body*")
    assert [plain("<b>no</b>*body*") in told.value for told in app.warning] == [True]
    assert not opened(page, home, monkeypatch, run="ease-1", user="u7").warning


@pytest.mark.parametrize(
    ("parameter", "line"),
    [
        ("run", "The link names the model **gone**, which is not here: another one is shown."),
        ("item", "The link names the item **gone**, which is not in this dataset: another one is shown."),
    ],
)
def test_an_unknown_run_or_item_in_a_link_is_told(
    parameter: str, line: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explain", home, monkeypatch, **({"run": "ease-1", "user": "u7"} | {parameter: "gone"}))
    assert [warning.value for warning in app.warning] == [line]


def test_an_item_seen_already_is_called_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_run(open_workspace(home), "ease-1")
    history = run.dataset.interactions.history(run.user("u7"))
    seen = str(run.dataset.interactions.item_ids[history[0]])

    def told(item: str) -> bool:
        app = opened("explain", home, monkeypatch, run="ease-1", user="u7", item=item)
        return any(caption.value.startswith("Seen already") for caption in app.caption)

    assert told(seen)
    assert not told(recommend_items(run, query_of(run, "u7", None), 1)[0].item_id)


def test_popularity_says_that_there_is_no_event_to_point_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="pop-1")
    assert any("most popular items to everyone" in text.value for text in app.markdown)


def test_train_starts_the_chosen_model_with_the_settings_of_the_form(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[TrainRequest] = []

    def start(workspace: object, request: TrainRequest) -> str:
        asked.append(request)
        return "ease-1"

    monkeypatch.setattr("recsys.services.train.training.start", start)
    app = opened("train", home, monkeypatch)
    app.pills(key="model").set_value("gru4rec").run()
    app.slider(key="set_epochs_gru4rec_balanced").set_value(7).run()
    app.button(key="train").click().run()
    assert [(request.model, request.settings["epochs"]) for request in asked] == [("gru4rec", 7)]


def test_a_dataset_is_deleted_with_its_runs_after_saying_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = open_workspace(tmp_path / "home")
    train_small(workspace, import_shop(workspace, tmp_path), "popularity", "pop-1")
    app = opened("data", workspace.path, monkeypatch)
    assert any("1 model trained on it" in text.value for text in app.markdown)
    app.button(key="delete_dataset_for_good").click().run()
    assert not app.exception
    assert workspace.datasets.list() == []
    assert workspace.runs.list() == []


def test_an_address_of_earlier_versions_is_not_that_of_a_page() -> None:
    """Streamlit would refuse to draw any page. Home is at the root, so that its name may lead there."""
    assert set(nav.PAGES) & set(nav.MOVED) == {nav.HOME}
    assert {name for name, _ in nav.MOVED.values()} <= set(nav.PAGES)


def test_a_page_sends_its_address_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time is a step of the browser's Back."""
    sent = []
    monkeypatch.setattr(QueryParams, "_send_query_param_msg", lambda self: sent.append(dict(self._query_params)))
    opened("recommend", home, monkeypatch, user="u1", lang=PSEUDO)
    assert len(sent) == 1 and {"dataset", "run"} <= sent[0].keys()
