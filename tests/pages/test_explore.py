"""Explore: similar items, and the recommendations of everyone as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.services.explore.content_neighbours import content_neighbours, content_vectors
from recsys.services.explore.neighbours import neighbours
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.ui.shell.text import JOINER
from tests.pages.drive import opened
from tests.worlds.small_shop import shop, trained


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace, dataset_id = shop(tmp_path_factory.mktemp("explore"))
    trained(workspace, dataset_id, "sasrec")
    trained(workspace, dataset_id, "popularity")
    return workspace


@pytest.fixture
def home(workspace: Workspace) -> Path:
    return workspace.path


def test_lists_for_all_users_are_prepared_and_offered(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", home, monkeypatch, run="sasrec", part="Recommendations for all users")
    assert not [b for b in app.get("download_button") if b.proto.label.startswith("Download recommendations")]
    app.button(key="prepare_all").click().run()
    labels = [b.proto.label.replace("\\", "").replace(JOINER, "") for b in app.get("download_button")]
    assert [label for label in labels if label.startswith("Download recommendations-sasrec-")]


def test_the_most_similar_items_of_the_chosen_one_are_listed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("explore", workspace.path, monkeypatch, run="sasrec", part="Similar items")
    app.session_state["similar_data"] = True
    app.selectbox(key="similar_to").set_value(4).run()
    run: OpenRun = open_run(workspace, "sasrec")
    expected = [item.title for item in neighbours(run, str(run.dataset.interactions.item_ids[4]))]
    by_model, by_content = [frame.value for frame in app.dataframe if "similarity" in frame.value]
    assert list(by_model["title"]) == expected
    assert len(expected) == 8
    content = content_neighbours(run.dataset, content_vectors(run.dataset), 4)
    assert list(by_content["title"]) == [item.title for item in content] != expected
    labels = {button.key: button.label for button in app.button}
    assert [labels[f"similar_card_{rank}"] for rank in range(1, 9)] == expected
    app.button(key="content_card_2").click().run()
    assert app.selectbox(key="similar_to").value == run.item(content[1].item_id)


def test_a_model_without_item_vectors_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explore", workspace.path, monkeypatch, run="popularity", part="Similar items")
    assert "Not available for this model" in " ".join(caption.value for caption in app.caption)
