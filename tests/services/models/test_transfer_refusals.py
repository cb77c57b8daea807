"""A file that is not exactly an export of a run leaves no trace."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from recsys.errors import RunError
from recsys.runs.archive import MANIFEST
from recsys.services.models import transfer
from recsys.services.models.leaderboard import rename_run
from recsys.services.models.transfer import import_run
from recsys.services.workspace import Workspace, open_workspace
from tests.worlds.exports import (
    EVENTS,
    LISTS,
    MAP,
    RANKS,
    SHOWN,
    USER_MAP,
    Contents,
    a_picture_with_a_tail,
    another_picture,
    contents_of,
    exported,
    files_in,
    first,
    forged,
    poison,
    put,
    set_row,
    with_json,
    with_table,
    with_weights,
    without,
)
from tests.worlds.shops import import_shop, train_small

MODEL = "sasrec"


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """The files of an export of the run, with pictures."""
    folder = tmp_path_factory.mktemp("good")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder), MODEL, f"{MODEL}-1")
    rename_run(workspace, f"{MODEL}-1", "The best", "tried\ntwice")
    return contents_of(exported(workspace, f"{MODEL}-1", folder, pictures=True))


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "empty")


def refuse(workspace: Workspace, path: Path, match: str) -> None:
    """Refused in these words, and the workspace is as it was."""
    before = files_in(workspace)
    with pytest.raises(RunError, match=match) as refused:
        import_run(workspace, path)
    assert len(refused.value.message) <= 400
    assert files_in(workspace) == before
    assert not list(workspace.path.glob(".import.*"))


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
        "do not match its model",
    ),
    "record of another run": (with_json("run/run.json", run_id="other"), "its run_id was changed"),
    "record of another model": (with_json("run/run.json", model="ease"), "its model was changed"),
    "record of other data": (with_json("run/run.json", dataset_id="0" * 16), "its dataset_id was changed"),
    "record without what it needs": (with_json("run/run.json", state="excellent"), "invalid run.json"),
    "metrics made better": (with_json("run/run.json", metrics={"ndcg@10": 0.99}), "do not follow from its ranks"),
    "no metric that is known": (with_json("run/run.json", metrics={"luck@10": 1.0}), "do not follow from its ranks"),
    "a metric that ranks do not give": (
        lambda c: with_json(
            "run/run.json", metrics={**json.loads(c["run/run.json"])["metrics"], "coverage@10": 1.0}
        )(c),
        "do not follow from its ranks",
    ),
    "nothing learnt": (with_json("run/run.json", state="stopped", epochs=0, best_epoch=0), "has learnt nothing"),
    "ranks left out": (without(RANKS), "ranks .* missing"),
    "ranks of other users": (set_row(RANKS, "user", 39), "do not belong"),
    "ranks made better": (with_table(RANKS, lambda f: f.assign(test=1)), "do not follow"),
    "ranks below the first": (set_row(RANKS, "test", 0), "do not belong"),
    "ranks are no table": (put(RANKS, b"PAR1 no table PAR1"), "damaged"),
    "lists left out": (without(LISTS), "do not follow from its lists"),
    "lists of items that there are not": (with_table(LISTS, lambda f: f + np.int32(10**6)), "do not belong"),
    "lists of numbers that are no items": (with_table(LISTS, lambda f: f / 2), "do not belong"),
    "lists of other items": (with_table(LISTS, lambda f: f.clip(upper=1)), "do not follow from its lists"),
    "metrics of lists made better": (with_json("run/run.json", list_metrics={"coverage@10": 0.123}), "do not follow from its lists"),
    "a map of fewer items": (with_table(MAP, lambda f: f.iloc[1:]), "map .* does not belong"),
    "a map of infinite size": (set_row(MAP, "x", np.float32("inf")), "map .* does not belong"),
    "half a point on the map": (set_row(MAP, "x", np.float32("nan")), "map .* does not belong"),
    "a map of text": (with_table(MAP, lambda f: f.astype(str)), "map .* does not belong"),
    "a map of other columns": (with_table(MAP, lambda f: f.rename(columns={"x": "<b>"})), "map .* does not belong"),
    "a user far from all items": (set_row(USER_MAP, "y", np.float32(99)), "map_users.parquet. does not belong"),
    "users without a map of items": (without(MAP), "map_users.parquet. does not belong"),
    "a map that is no table": (put(MAP, b"PAR1 no table PAR1"), "damaged"),
    "weights left out": (without("run/weights.safetensors"), "weights"),
    "weights are no safetensors": (put("run/weights.safetensors", b"\x80\x02c__builtin__\n"), "cannot be read"),
    "NaN in the weights": (with_weights(poison(float("nan"))), "no numbers"),
    "infinity in the weights": (with_weights(poison(float("inf"))), "no numbers"),
    "a tensor missing": (with_weights(lambda t: t.pop(first(t))), "is missing"),
    "a tensor too many": (with_weights(lambda t: t.update(more=torch.ones(2))), "no tensor 'more'"),
    "a tensor of another shape": (with_weights(lambda t: t.update({first(t): torch.ones(3, 3)})), r"has the shape \(3, 3\), expected was"),
    "progress that is no object": (put("run/progress.jsonl", b"[1]\n"), "progress"),
    "progress without a kind": (put("run/progress.jsonl", b'{"epoch": 1}\n'), "progress"),
    "progress with markup for a number": (put("run/progress.jsonl", b'{"kind":"epoch","epoch":"<b>"}\n'), "progress"),
    "a name too long": (with_json("run/about.json", name="x" * 81), "damaged"),
    "a part of the data left out": (without("dataset/users.parquet"), "users.parquet is missing"),
    "data that are no table": (put(EVENTS, b"PAR1PAR1"), "dataset in this file is damaged"),
    "data without a column": (with_table(EVENTS, lambda f: f.drop(columns="item_id")), "dataset in this file"),
    "an event changed": (set_row(EVENTS, "item_id", 3), "does not match its id"),
    "an item that there is not": (set_row(EVENTS, "item_id", 10**6), "do not fit together"),
    "an item below the first": (set_row(EVENTS, "item_id", 0), "do not fit together"),
    "events out of order": (with_table(EVENTS, lambda f: f.iloc[::-1]), "do not fit together"),
    "a click changed": (set_row(SHOWN, "clicked", True), "does not match its id"),
    "an impression of no one": (set_row(SHOWN, "user_id", 0), "do not fit together"),
    "the impressions left out": (without(SHOWN), "damaged or was changed"),
    "a title changed": (set_row("dataset/items.parquet", "title", "Sold!"), "does not match its id"),
    "an id twice": (set_row("dataset/items.parquet", "item_id", "i1"), "do not fit together"),
    "another report": (with_json("dataset/report.json", roles={"user": "x"}), "does not match its id"),
    "a picture with a tail": (a_picture_with_a_tail, "damaged or was changed"),
    "another picture": (another_picture, "does not match its id"),
    "a picture that is none": (put("dataset/images/000001.png", b"no picture"), "damaged or was changed"),
}  # fmt: skip


def test_the_files_that_are_forged_below_would_be_taken_as_they_were(
    contents: Contents, empty: Workspace, tmp_path: Path
) -> None:
    assert import_run(empty, forged(tmp_path / "x.zip", contents)) == f"{MODEL}-1"


def with_metrics(contents: Contents, **changes: float) -> Contents:
    """As an older version wrote it, which knew NDCG@10 alone, with these metrics changed."""
    metrics = json.loads(contents["run/run.json"])["metrics"]
    return with_json("run/run.json", metrics={"ndcg@10": metrics["ndcg@10"]} | changes)(contents)


def test_a_run_from_before_a_metric_was_added_is_taken_in(contents: Contents, empty: Workspace, tmp_path: Path) -> None:
    assert import_run(empty, forged(tmp_path / "x.zip", with_metrics(contents))) == f"{MODEL}-1"


def test_a_metric_that_such_a_run_has_must_follow_from_its_ranks(
    contents: Contents, empty: Workspace, tmp_path: Path
) -> None:
    refuse(empty, forged(tmp_path / "x.zip", with_metrics(contents, **{"hr@10": 0.99})), "do not follow from its ranks")


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
    pd.DataFrame({"user_id": np.ones(21_000_000, "int8")}).to_parquet(buffer, index=False)
    assert len(buffer.getvalue()) < 100_000
    read: list[Path] = []
    monkeypatch.setattr(pd, "read_parquet", lambda path, **_: read.append(path))
    refuse(empty, forged(tmp_path / "x.zip", contents | {EVENTS: buffer.getvalue()}), "21,000,000 rows, too many")
    assert read == []
