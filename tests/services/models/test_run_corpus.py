"""The corpus of hostile uploads, where it lies beside the project: models and runs that must be refused."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from recsys.errors import RecsysError
from recsys.services.models.transfer import import_run
from recsys.services.workspace import Workspace, open_workspace
from tests.worlds.exports import exported, forged
from tests.worlds.shops import import_shop, train_small

SCRIPT = Path(__file__).parents[4] / "shared" / "tools" / "bad_inputs.py"
pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="../shared/tools/bad_inputs.py is not there")
KINDS = {
    "model_pickle", "model_torch_zip", "run_with_pickle", "run_bad_id", "run_class_name", "safetensors_long_header",
    "safetensors_overlap", "safetensors_cut", "safetensors_huge_shape",
}  # fmt: skip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path, list[dict[str, Any]]]:
    spec = importlib.util.spec_from_file_location("bad_inputs", SCRIPT)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    folder = tmp_path_factory.mktemp("uploads")
    script.build_uploads().write(folder, "manifest.json")
    cases = json.loads((folder / "manifest.json").read_text("utf-8"))["cases"]
    return script, folder, [case for case in cases if case["kind"].startswith(("model", "run", "safetensors"))]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dict[str, bytes]]:
    """A workspace with the data of a run, and the files of its export: what weights of the corpus are put into."""
    folder = tmp_path_factory.mktemp("shop")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder), "sasrec", "r1")
    with zipfile.ZipFile(exported(workspace, "r1", folder)) as opened:
        contents = {name: opened.read(name) for name in opened.namelist() if name != "manifest.json"}
    workspace.runs.delete("r1")
    return workspace, contents


def test_every_hostile_model_and_run_is_refused_in_the_words_of_the_corpus(
    corpus: Any, shop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (script, folder, cases), (workspace, contents) = corpus, shop
    monkeypatch.chdir(tmp_path)  # where a pickle of the corpus would leave its canary
    found = {}
    for case in cases:
        path = folder / case["file"]
        if case["kind"].startswith("safetensors"):  # with a record and a manifest that fit
            path = forged(tmp_path / "forged.zip", contents | {"run/weights.safetensors": path.read_bytes()})
        try:
            import_run(workspace, path)
            found[case["kind"]] = ["was taken"]
        except RecsysError as error:
            found[case["kind"]] = script.check_message(case, error.message)
    assert {kind: faults for kind, faults in found.items() if faults} == {}
    assert set(found) == KINDS
    assert workspace.runs.list() == []
    assert [path.name for path in tmp_path.iterdir()] == ["forged.zip"]
    assert not list(Path.cwd().rglob("canary_executed.txt"))
