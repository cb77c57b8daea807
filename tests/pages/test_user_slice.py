"""The slice in the sidebar: on every page, in the link, saved by name, and set from charts."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.messages import PSEUDO
from recsys.services.workspace import open_workspace
from recsys.services.workspace.saved_slices import named_slices
from recsys.services.workspace.slices import Slice
from recsys.ui.shell.slice_words import value_name
from tests.pages.drive import address, opened
from tests.pages.pseudo_language import raw_texts, templates_shown
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slice")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder, pictures=False), "ease", "ease")
    return workspace.path


def unfolded(app: AppTest) -> AppTest:
    """The page with the popover of the slice open."""
    app.session_state["slice"] = True
    return app.run()


def chips(app: AppTest) -> list[str]:
    labels = [button.label for button in app.sidebar.button if (button.key or "").startswith("unslice_")]
    return [label.replace("\\", "") for label in labels]


def test_a_link_with_a_slice_lists_its_users_and_the_slice_can_be_cleared(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("recommend", home, monkeypatch, run="ease")
    everybody = list(app.selectbox(key="user_choice").options)
    app = opened("recommend", home, monkeypatch, run="ease", slice="gender=f")
    women = list(app.selectbox(key="user_choice").options)
    assert women == [user for user in everybody if int(user[1:]) % 2]
    assert app.selectbox(key="user_choice").value in women
    app.button(key="clear_slice").click().run()
    assert not app.exception
    assert list(app.selectbox(key="user_choice").options) == everybody
    assert address(app, "slice") is None


def test_a_facet_is_chosen_and_holds_on_the_next_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = unfolded(opened("recommend", home, monkeypatch, run="ease"))
    app.selectbox(key="slice_facet").set_value("gender").run()
    app.pills(key="slice_gender").set_value(["m"]).run()
    assert not app.exception
    assert address(app, "slice") == "gender=m"
    men = list(app.selectbox(key="user_choice").options)
    app.switch_page("../../../pages/explain.py").run()
    assert not app.exception
    assert list(app.selectbox(key="user_choice").options) == men
    app.button(key="unslice_gender").click().run()
    assert len(app.selectbox(key="user_choice").options) > len(men)


@pytest.mark.parametrize("page", ["home", "data", "train", "models"])
def test_the_slice_is_on_pages_without_a_model(page: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(page, home, monkeypatch, slice="gender=f&category=red")
    assert chips(app) == ["Category: red ✕", "Gender: female ✕"]
    assert address(app, "slice") == "category=red&gender=f"


def test_a_range_is_added(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = unfolded(opened("data", home, monkeypatch, slice="age=18-24"))
    app.selectbox(key="slice_facet").set_value("age").run()
    app.number_input(key="slice_low").set_value(50).run()
    app.button(key="add_range").click().run()
    assert not app.exception
    assert address(app, "slice") == "age=18-24&age=50.."
    assert chips(app) == ["Age: 18–24, 50 or more ✕"]


@pytest.mark.parametrize(
    ("facet", "value", "name"),
    [
        ("rank", "2..5", "2–5"),
        ("activity", "6..10", "6–10 events"),
        ("user.score", "-3..4", "-3 to 4"),
        ("last", "2024-01..2024-03", "2024-01 to 2024-03"),
    ],
)
def test_a_range_has_an_en_dash_where_its_ends_have_none(facet: str, value: str, name: str) -> None:
    assert value_name(facet, value) == name


def test_a_slice_without_users_lists_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, run="ease", slice="age=65%2B&gender=m")
    assert not app.exception
    assert len(app.selectbox(key="user_choice").options) > 1


def test_what_the_dataset_does_not_have_is_left_out_and_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("recommend", home, monkeypatch, run="ease", slice="gender=f&user.job=cook&nonsense=1")
    assert chips(app) == ["Gender: female ✕"]
    assert "does not have all of the slice" in " ".join(caption.value for caption in app.sidebar.caption)


def test_users_are_listed_by_the_rank_of_their_held_out_item(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = open_workspace(home).runs.open("ease").load_ranks()
    assert frame is not None
    app = opened("recommend", home, monkeypatch, run="ease", slice="rank=1..3")
    assert len(app.selectbox(key="user_choice").options) == int(frame["test"].between(1, 3).sum())


def test_a_slice_is_saved_taken_again_and_deleted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = open_workspace(home)
    dataset_id = workspace.datasets.list()[0].dataset_id
    app = unfolded(opened("data", home, monkeypatch, slice="gender=f"))
    app.text_input(key="slice_name").set_value("women").run()
    app.button(key="save_slice").click().run()
    assert named_slices(workspace, dataset_id) == {"women": Slice.read("gender=f")}
    app.button(key="clear_slice").click().run()
    app.button(key="saved_women").click().run()
    assert address(app, "slice") == "gender=f"
    app.button(key="unsave_women").click().run()
    assert not app.exception
    assert named_slices(workspace, dataset_id) == {}


def test_every_facet_of_hostile_columns_can_be_chosen(hostile_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = unfolded(opened("data", hostile_home, monkeypatch))
    facets = [*app.selectbox(key="slice_facet").options]
    for index in range(len(facets)):
        app.selectbox(key="slice_facet").select_index(index).run()
        assert not app.exception, facets[index]


def test_all_that_the_popover_says_is_a_message(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    templates_shown(monkeypatch)
    app = opened("data", home, monkeypatch, lang=PSEUDO, slice="activity=low&last=2023..")
    for facet in ("gender", "age", "rank", "popularity"):
        unfolded(app).selectbox(key="slice_facet").set_value(facet).run()
        assert raw_texts(app, facet) == set()
