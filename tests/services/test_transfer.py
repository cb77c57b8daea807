"""An exported run gives the same suggestions elsewhere; a file that is not exactly an export leaves no trace.

Out and in are one subject: nearly every test of the way in begins with a file from the way out, and spoils it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import load, save

from recsys.errors import RunError
from recsys.models import MODELS
from recsys.recommend.topk import Recommendation, recommend_all
from recsys.runs.about import about
from recsys.runs.archive import MANIFEST
from recsys.services import transfer
from recsys.services.opening import OpenRun, open_run
from recsys.services.runs import delete_run, rename_run
from recsys.services.transfer import describe_export, export_run, import_run
from recsys.services.workspace import Workspace, open_workspace
from tests.services.shops import import_shop, train_small

Contents = dict[str, bytes]
MODEL = "sasrec"


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


def exported(workspace: Workspace, run_id: str, tmp_path: Path, **parts: bool) -> Path:
    export_run(workspace, run_id, tmp_path / "run.zip", **parts)
    return tmp_path / "run.zip"


def files_in(workspace: Workspace) -> list[str]:
    return sorted(str(path.relative_to(workspace.path)) for path in workspace.path.rglob("*") if path.is_file())


# There and back


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
    assert len(files_in(empty)) == len(sent)
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
    with pytest.raises(RunError, match="holds no data set, and there is no data set"):
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


# What is refused


@pytest.fixture(scope="module")
def contents(home: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """The files of an export of the run, with pictures."""
    path = exported(home, f"{MODEL}-1", tmp_path_factory.mktemp("good"), pictures=True)
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist() if name != MANIFEST}


def forged(path: Path, contents: Contents) -> Path:
    """A file whose hashes fit whatever it holds: the record's hash of the weights, and the manifest."""
    record = json.loads(contents["run/run.json"])
    record["weights_sha256"] = hashlib.sha256(contents.get("run/weights.safetensors", b"")).hexdigest()
    contents = contents | {"run/run.json": json.dumps(record).encode()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    with zipfile.ZipFile(path, "w") as made:
        for name, content in {**contents, MANIFEST: json.dumps({"format": 1, "sha256": hashes}).encode()}.items():
            made.writestr(name, content)
    return path


def refuse(workspace: Workspace, path: Path, match: str) -> None:
    """Refused in these words, and the workspace is as it was."""
    before = files_in(workspace)
    with pytest.raises(RunError, match=match) as refused:
        import_run(workspace, path)
    assert len(refused.value.message) <= 400
    assert files_in(workspace) == before
    assert not list(workspace.path.glob(".import.*"))


def with_json(name: str, /, **changes: Any) -> Callable[[Contents], Contents]:
    return lambda c: c | {name: json.dumps({**json.loads(c[name]), **changes}).encode()}


def with_weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Contents], Contents]:
    def changed(contents: Contents) -> Contents:
        tensors = load(contents["run/weights.safetensors"])
        change(tensors)
        return contents | {"run/weights.safetensors": save(tensors)}

    return changed


def with_table(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Contents], Contents]:
    def changed(contents: Contents) -> Contents:
        buffer = io.BytesIO()
        change(pd.read_parquet(io.BytesIO(contents[name]))).to_parquet(buffer, index=False)
        return contents | {name: buffer.getvalue()}

    return changed


def put(name: str, content: bytes) -> Callable[[Contents], Contents]:
    return lambda c: c | {name: content}


def without(name: str) -> Callable[[Contents], Contents]:
    return lambda c: {key: value for key, value in c.items() if key != name}


def first(tensors: dict[str, torch.Tensor]) -> str:
    return next(name for name, tensor in tensors.items() if tensor.ndim == 2)


def poison(value: float) -> Callable[[dict[str, torch.Tensor]], object]:
    return lambda tensors: tensors[first(tensors)].view(-1)[5:6].fill_(value)


def set_row(name: str, column: str, value: Any) -> Callable[[Contents], Contents]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        values = frame[column].to_numpy(copy=True)
        values[3] = value
        return frame.assign(**{column: values})

    return with_table(name, change)


def a_picture_with_a_tail(contents: Contents) -> Contents:
    name = next(name for name in contents if name.endswith(".png"))
    return contents | {name: contents[name] + b"<script>alert(1)</script>"}


def another_picture(contents: Contents) -> Contents:
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9), "blue").save(buffer, "PNG")
    return contents | {next(name for name in contents if name.endswith(".png")): buffer.getvalue()}


EVENTS, RANKS = "dataset/interactions.parquet", "run/per_user.parquet"
SHOWN = "dataset/impressions.parquet"
FORGERIES: dict[str, tuple[Callable[[Contents], Contents], str]] = {
    "id leaves the folder": (with_json("run/config.json", run_id="../../other"), "invalid id"),
    "id of the data leaves the folder": (with_json("run/config.json", dataset_id="../x"), "invalid id"),
    "id is latest": (with_json("run/config.json", run_id="latest"), "invalid id"),
    "class name as model": (with_json("run/config.json", model="os.system"), "unknown model 'os.system'"),
    "unknown format of the run": (with_json("run/config.json", format=2), "unknown format 2"),
    "unknown key in the config": (with_json("run/config.json", args=["id"]), "invalid config"),
    "config is no json": (put("run/config.json", b"{"), "invalid config"),
    "config is very deep": (put("run/config.json", b"[" * 200_000), "invalid config"),
    "setting out of bounds": (with_json("run/config.json", settings={"embedding_dim": 10**9}), "not possible"),
    "unknown setting": (with_json("run/config.json", settings={"shell": "ls"}), "not possible"),
    "settings of a wider model": (
        lambda c: with_json(
            "run/config.json", settings={**json.loads(c["run/config.json"])["settings"], "embedding_dim": 32}
        )(c),
        "shapes",
    ),
    "record of another run": (with_json("run/run.json", run_id="other"), "its run_id was changed"),
    "record of another model": (with_json("run/run.json", model="ease"), "its model was changed"),
    "record of other data": (with_json("run/run.json", dataset_id="0" * 16), "its dataset_id was changed"),
    "record without what it needs": (with_json("run/run.json", state="excellent"), "invalid run.json"),
    "metrics made better": (with_json("run/run.json", metrics={"ndcg@10": 0.99}), "do not follow from its ranks"),
    "ranks left out": (without(RANKS), "ranks .* missing"),
    "ranks of other users": (set_row(RANKS, "user", 39), "do not belong"),
    "ranks made better": (with_table(RANKS, lambda f: f.assign(test=1)), "do not follow"),
    "ranks below the first": (set_row(RANKS, "test", 0), "do not belong"),
    "ranks are no table": (put(RANKS, b"PAR1 no table PAR1"), "damaged"),
    "weights left out": (without("run/weights.safetensors"), "weights"),
    "weights are no safetensors": (put("run/weights.safetensors", b"\x80\x02c__builtin__\n"), "cannot be read"),
    "NaN in the weights": (with_weights(poison(float("nan"))), "no numbers"),
    "infinity in the weights": (with_weights(poison(float("inf"))), "no numbers"),
    "a tensor missing": (with_weights(lambda t: t.pop(first(t))), "shapes"),
    "a tensor too many": (with_weights(lambda t: t.update(more=torch.ones(2))), "shapes"),
    "a tensor of another shape": (with_weights(lambda t: t.update({first(t): torch.ones(3, 3)})), "shapes"),
    "progress that is no object": (put("run/progress.jsonl", b"[1]\n"), "progress"),
    "progress without a kind": (put("run/progress.jsonl", b'{"epoch": 1}\n'), "progress"),
    "progress with markup for a number": (put("run/progress.jsonl", b'{"kind":"epoch","epoch":"<b>"}\n'), "progress"),
    "a name too long": (with_json("run/about.json", name="x" * 81), "damaged"),
    "a part of the data left out": (without("dataset/users.parquet"), "users.parquet is missing"),
    "data that are no table": (put(EVENTS, b"PAR1PAR1"), "data set in this file is damaged"),
    "data without a column": (with_table(EVENTS, lambda f: f.drop(columns="item_id")), "data set in this file"),
    "an event changed": (set_row(EVENTS, "item_id", 3), "not what its id stands for"),
    "an item that there is not": (set_row(EVENTS, "item_id", 10**6), "do not fit together"),
    "an item below the first": (set_row(EVENTS, "item_id", 0), "do not fit together"),
    "events out of order": (with_table(EVENTS, lambda f: f.iloc[::-1]), "do not fit together"),
    "a click changed": (set_row(SHOWN, "clicked", True), "not what its id stands for"),
    "an impression of no one": (set_row(SHOWN, "user_id", 0), "do not fit together"),
    "the impressions left out": (without(SHOWN), "damaged or was changed"),
    "a title changed": (set_row("dataset/items.parquet", "title", "Sold!"), "not what its id stands for"),
    "an id twice": (set_row("dataset/items.parquet", "item_id", "i1"), "do not fit together"),
    "another report": (with_json("dataset/report.json", roles={"user": "x"}), "not what its id stands for"),
    "a picture with a tail": (a_picture_with_a_tail, "damaged or was changed"),
    "another picture": (another_picture, "not what its id stands for"),
    "a picture that is none": (put("dataset/images/000001.png", b"no picture"), "damaged or was changed"),
}  # fmt: skip


def test_the_files_that_are_forged_below_would_be_taken_as_they_were(
    contents: Contents, empty: Workspace, tmp_path: Path
) -> None:
    assert import_run(empty, forged(tmp_path / "x.zip", contents)) == f"{MODEL}-1"


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_with_hashes_that_fit_is_refused_and_leaves_no_trace(
    contents: Contents, empty: Workspace, tmp_path: Path, forgery: str
) -> None:
    change, match = FORGERIES[forgery]
    refuse(empty, forged(tmp_path / "x.zip", change(dict(contents))), match)


def test_weights_that_are_not_those_of_the_record_are_refused(
    contents: Contents, empty: Workspace, tmp_path: Path
) -> None:
    path = forged(tmp_path / "x.zip", contents)
    other = with_weights(poison(7.0))(contents)["run/weights.safetensors"]
    with zipfile.ZipFile(path) as opened:
        kept = {name: opened.read(name) for name in opened.namelist() if name != MANIFEST}
    kept["run/weights.safetensors"] = other
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in kept.items()}
    with zipfile.ZipFile(path, "w") as made:
        for name, content in {**kept, MANIFEST: json.dumps({"format": 1, "sha256": hashes}).encode()}.items():
            made.writestr(name, content)
    refuse(empty, path, "weights .* damaged")


def test_a_disk_that_is_full_in_the_middle_leaves_no_trace(
    contents: Contents, empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rename = forged(tmp_path / "x.zip", contents), Path.replace

    def full(source: Path, target: Path) -> Path:
        if Path(target) == empty.runs.root / f"{MODEL}-1":
            raise OSError(28, "No space left on device")
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", full)
    refuse(empty, path, "No space left")
    assert empty.datasets.list() == []


def test_what_a_killed_import_left_is_swept_by_the_next(
    contents: Contents, empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty.path / ".import.killed" / "files").mkdir(parents=True)
    monkeypatch.setattr(transfer, "STALE", -1)
    import_run(empty, forged(tmp_path / "x.zip", contents))
    assert not list(empty.path.glob(".import.*"))


def test_a_table_of_very_many_rows_is_refused_before_it_is_read(
    contents: Contents, empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    pd.DataFrame({"user_id": np.ones(6_000_000, "int8")}).to_parquet(buffer, index=False)
    assert len(buffer.getvalue()) < 100_000
    read: list[Path] = []
    monkeypatch.setattr(pd, "read_parquet", lambda path, **_: read.append(path))
    refuse(empty, forged(tmp_path / "x.zip", contents | {EVENTS: buffer.getvalue()}), "6,000,000 rows, too many")
    assert read == []
