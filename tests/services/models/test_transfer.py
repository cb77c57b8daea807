"""An exported run gives the same recommendations elsewhere; what a file is refused for: test_transfer_refusals.py."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from recsys.errors import RunError
from recsys.models import MODELS
from recsys.recommend.topk import Recommendation, recommend_all
from recsys.runs.archive import MANIFEST
from recsys.runs.notes import about
from recsys.services.models.leaderboard import delete_run, rename_run
from recsys.services.models.run_lists import compute
from recsys.services.models.transfer import describe_export, export_run, import_run
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.exports import contents_of, exported, files_in, forged
from tests.worlds.shops import import_shop, train_small

MODEL = "sasrec"
PICTURES = "picture_diversity@10"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with one run of each model on the shop."""
    folder = tmp_path_factory.mktemp("transfer")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder)
    for model in MODELS:
        train_small(workspace, dataset_id, model, f"{model}-1")
    rename_run(workspace, f"{MODEL}-1", "The best", "tried\ntwice")
    return workspace


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "empty")


def all_lists(run: OpenRun) -> list[tuple[int, list[Recommendation]]]:
    return list(recommend_all(run.model, run.dataset.interactions, run.candidates, 10))


@pytest.mark.parametrize("model", MODELS)
def test_every_user_gets_the_same_top_10_with_the_same_bits_in_an_empty_workspace(
    home: Workspace, empty: Workspace, tmp_path: Path, model: str
) -> None:
    assert import_run(empty, exported(home, f"{model}-1", tmp_path)) == f"{model}-1"
    before, after = (all_lists(open_run(workspace, f"{model}-1")) for workspace in (home, empty))
    assert len(before) == 40
    assert all(len(found) == 10 for _, found in before)
    assert after == before  # items, ranks and scores: floats that are equal have the same bits


@pytest.mark.parametrize(("data", "pictures"), [(True, False), (True, True), (False, False)])
def test_what_is_exported_is_what_was_chosen(home: Workspace, tmp_path: Path, data: bool, pictures: bool) -> None:
    with zipfile.ZipFile(exported(home, f"{MODEL}-1", tmp_path, data=data, pictures=pictures)) as opened:
        names = set(opened.namelist())
    assert {"manifest.json", "run/run.json", "run/weights.safetensors", "run/about.json"} <= names
    assert ("dataset/interactions.parquet" in names) == data
    assert ("dataset/impressions.parquet" in names) == data
    assert sum(name.endswith(".png") for name in names) == (3 if pictures else 0)


def test_pictures_do_not_travel_without_their_data(home: Workspace, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported(home, f"{MODEL}-1", tmp_path, data=False, pictures=True)) as opened:
        assert not [name for name in opened.namelist() if name.startswith("dataset")]


def test_every_file_comes_back_byte_by_byte_and_nothing_besides(
    home: Workspace, empty: Workspace, tmp_path: Path
) -> None:
    path = exported(home, f"{MODEL}-1", tmp_path, pictures=True)
    import_run(empty, path)
    with zipfile.ZipFile(path) as opened:
        sent = {name: opened.read(name) for name in opened.namelist() if name != MANIFEST}
    derived = ("/described-", "/words-")  # from pictures and texts, to check the lists
    made_here = [name for name in files_in(empty) if any(part in name for part in derived)]
    assert len(files_in(empty)) == len(sent) + len(made_here)
    dataset_id = open_run(empty, f"{MODEL}-1").config.dataset_id
    for name, content in sent.items():
        folder = name.replace("run/", f"runs/{MODEL}-1/").replace("dataset/", f"datasets/{dataset_id}/")
        assert (empty.path / folder).read_bytes() == content


def test_name_and_note_travel(home: Workspace, empty: Workspace, tmp_path: Path) -> None:
    import_run(empty, exported(home, f"{MODEL}-1", tmp_path))
    told = about(empty.runs.open(f"{MODEL}-1"))
    assert (told.name, told.note) == ("The best", "tried\ntwice")


def test_without_its_data_a_run_is_taken_in_where_the_data_are(
    home: Workspace, empty: Workspace, tmp_path: Path
) -> None:
    path = exported(home, f"{MODEL}-1", tmp_path, data=False)
    with pytest.raises(RunError, match="holds no dataset, and there is no dataset"):
        import_run(empty, path)
    assert files_in(empty) == []
    import_shop(empty, tmp_path / "shop")
    import_run(empty, path)
    assert all_lists(open_run(empty, f"{MODEL}-1")) == all_lists(open_run(home, f"{MODEL}-1"))


def test_a_run_that_is_here_already_is_not_overwritten(home: Workspace, tmp_path: Path) -> None:
    path, before = exported(home, f"{MODEL}-1", tmp_path), files_in(home)
    with pytest.raises(RunError, match="is here already"):
        import_run(home, path)
    assert files_in(home) == before


def test_a_deleted_run_comes_back_from_its_export(home: Workspace, empty: Workspace, tmp_path: Path) -> None:
    path = exported(home, "ease-1", tmp_path)
    import_run(empty, path)
    delete_run(empty, "ease-1")
    assert import_run(empty, path) == "ease-1"


def test_a_run_that_is_not_whole_is_not_exported(empty: Workspace, home: Workspace, tmp_path: Path) -> None:
    empty.runs.create(home.runs.open(f"{MODEL}-1").config)
    with pytest.raises(RunError, match="nothing whole to export"):
        export_run(empty, f"{MODEL}-1", tmp_path / "run.zip")
    assert not (tmp_path / "run.zip").exists()


def test_a_download_is_named_by_run_and_content(home: Workspace) -> None:
    run_id = f"{MODEL}-1"
    names = [
        describe_export(home, run_id, data=d, pictures=p).file_name
        for d, p in ((True, False), (True, True), (False, False))
    ]
    assert len({*names, describe_export(home, "ease-1").file_name}) == 4
    assert all(name.startswith(f"run-{run_id}-") and len(name) == len(f"run-{run_id}-01234567.zip") for name in names)
    assert describe_export(home, run_id, data=True).file_name == names[0]


def test_the_sizes_of_the_parts_are_those_of_the_files(home: Workspace, tmp_path: Path) -> None:
    told = describe_export(home, f"{MODEL}-1")
    with zipfile.ZipFile(exported(home, f"{MODEL}-1", tmp_path, pictures=True)) as opened:
        sizes = {entry.filename: entry.file_size for entry in opened.infolist() if entry.filename != MANIFEST}
    assert told.run + told.data + told.pictures == sum(sizes.values())
    assert told.pictures == sum(size for name, size in sizes.items() if name.endswith(".png"))


def with_claim(path: Path, value: float) -> None:
    """Change the diversity by picture in an export, with a hash that fits."""
    contents = contents_of(path)
    record = json.loads(contents["run/run.json"])
    record["list_metrics"][PICTURES] = value
    forged(path, contents | {"run/run.json": json.dumps(record).encode()})


def test_the_diversity_by_picture_comes_along_where_the_pictures_do_not(
    home: Workspace, empty: Workspace, tmp_path: Path
) -> None:
    import_run(empty, exported(home, "ease-1", tmp_path, pictures=False))
    before, after = (open_run(workspace, "ease-1").record.list_metrics for workspace in (home, empty))
    assert after[PICTURES] == before[PICTURES]


@pytest.mark.parametrize(("pictures", "value"), [(True, 0.5), (False, 2.5), (False, -0.1)])
def test_a_diversity_by_picture_that_cannot_be_is_refused(
    home: Workspace, empty: Workspace, tmp_path: Path, pictures: bool, value: float
) -> None:
    path = exported(home, "ease-1", tmp_path, pictures=pictures)
    with_claim(path, value)
    with pytest.raises(RunError, match="do not follow from its lists"):
        import_run(empty, path)


def test_metrics_that_were_computed_later_stay_here(home: Workspace, tmp_path: Path) -> None:
    compute(open_run(home, "markov-1"))
    assert "run/list_metrics.json" not in contents_of(exported(home, "markov-1", tmp_path))
