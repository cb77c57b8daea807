"""What drives this model, on the Explore page: a job that is started there, and its charts."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.messages import PSEUDO
from recsys.runs import jobs
from recsys.runs.global_record import load_global_view
from recsys.services.explore import global_job
from recsys.services.explore.global_view import compute
from recsys.services.explore.global_view_text import tables
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from tests.pages.drive import opened, table, texts
from tests.pages.pseudo_language import raw_texts
from tests.pages.test_trust_job import wait_until
from tests.worlds.shops import import_shop, train_small

PART = "What drives it"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("global-tab")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder, pictures=False)
    for model in ("ease", "popularity", "gru4rec", "mlp"):
        train_small(workspace, dataset_id, model, model)
    train_small(workspace, dataset_id, "gru4rec", "reader", content="title, category", user_features="age, gender")
    for run_id in ("ease", "reader", "mlp"):
        compute(open_run(workspace, run_id), 8)
    return workspace


@pytest.fixture
def home(workspace: Workspace) -> Path:
    return workspace.path


def unfolded(home: Path, monkeypatch: pytest.MonkeyPatch, run: str):  # type: ignore[no-untyped-def]
    """Explore with the tab open."""
    return opened("explore", home, monkeypatch, run=run, part=PART)


def test_a_closed_tab_shows_and_computes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", home, monkeypatch, run="gru4rec")
    assert "measure_global" not in [button.key for button in app.button]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("ease", {"positions", "sources", "categories", "items"}),
        ("reader", {"positions", "sources", "items", "fields", "words", "columns"}),
        ("mlp", {"sources", "fields"}),
    ],
)
def test_each_table_of_the_view_is_drawn(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, run: str, expected: set[str]
) -> None:
    view = load_global_view(workspace.runs.open(run))
    assert view is not None
    assert expected <= set(tables(view))
    app = unfolded(workspace.path, monkeypatch, run)
    assert "The largest source is" in texts(app)
    assert len(app.segmented_control(key="global_table").options) == len(tables(view))
    for name in tables(view):
        app.segmented_control(key="global_table").set_value(name).run()
        assert not app.exception
        assert len(table(app, "Input", "Share")) == len(getattr(view, name))


def test_the_items_that_carry_most_are_listed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = unfolded(home, monkeypatch, "ease")
    app.segmented_control(key="global_table").set_value("items").run()
    assert table(app, "item", "effect")["item"].str.startswith("i").all()


def test_it_is_computed_by_a_process_that_is_stopped_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace.runs.open("gru4rec")
    app = unfolded(workspace.path, monkeypatch, "gru4rec")
    assert "About" in texts(app)
    app.button(key="measure_global").click().run()
    assert not app.exception
    assert jobs.is_running(folder, jobs.GLOBAL)
    assert {"stop_global", "discard_global", "stop_global_gru4rec"} <= {button.key for button in app.button}
    app.button(key="discard_global").click().run()
    wait_until(lambda: not jobs.is_running(folder, jobs.GLOBAL))
    assert global_job.JOB.progress(workspace, "gru4rec").state == "none"


def test_a_model_that_recommends_the_same_to_everyone_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the same to everyone" in texts(unfolded(home, monkeypatch, "popularity"))


def test_every_text_is_a_message(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    raw: set[str] = set()
    for run in ("ease", "reader", "mlp", "popularity", "gru4rec"):
        app = opened("explore", workspace.path, monkeypatch, run=run, part=PART, lang=PSEUDO)
        view = load_global_view(workspace.runs.open(run))
        for name in tables(view) if view else ():
            app.segmented_control(key="global_table").set_value(name).run()
            raw |= raw_texts(app, f"{run} {name}")
        raw |= raw_texts(app, run)
    assert raw == set()
