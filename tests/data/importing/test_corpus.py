"""The corpus of bad inputs: each file is refused with its place named, or read and what was done is said.

The corpus is made by a script that lies beside the project; without it these tests are skipped.
"""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from recsys.data.images import clean_picture, read_images
from recsys.data.importing.load import load_dataset
from recsys.errors import DataError
from recsys.messages import Message
from tests.worlds.imports import import_request

SCRIPT = Path(__file__).parents[4] / "shared" / "tools" / "bad_inputs.py"
NUM_CASES, NUM_UPLOADS = 74, 23
ACCEPTED_HERE = {"short_histories"}  # short histories train and are not evaluated: a warning, by the project's own rule

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="../shared/tools/bad_inputs.py is not there")


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bad_inputs", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The script, and the folder with the files and their manifests."""
    folder, script = tmp_path_factory.mktemp("corpus"), load_script()
    script.build_open().write(folder / "tables", "manifest.json")
    script.build_uploads().write(folder / "uploads", "manifest.json")
    return script, folder


def cases(folder: Path) -> list[dict]:
    return json.loads((folder / "manifest.json").read_text("utf-8"))["cases"]


def no_templates(texts: list[str]) -> list[str]:
    """Texts that a catalogue cannot translate, such as f-strings."""
    return [f"no message: {text}" for text in texts if not isinstance(text, Message)]


def faults_of(script: ModuleType, case: dict, path: Path, pictures: Path) -> list[str]:
    """What is not as the manifest wants it; an empty list is a pass."""
    options = dict(case.get("options", {}))
    if "scale" in options:
        options["scale"] = tuple(options["scale"])
    allowed = {case["expected"], case.get("also_ok", case["expected"])}
    if case["kind"] in ACCEPTED_HERE:
        allowed = {"repair"}
    try:
        loaded = load_dataset(import_request(path, **options), pictures)
    except DataError as error:
        faults = [] if "error" in allowed else [f"was refused: {error.message}"]
        if case["expected"] == "error":
            faults += script.check_message(case, error.message)
        faults += no_templates([error.message])
        return faults + ([f"message of {len(error.message)} characters"] if len(error.message) > 300 else [])
    notes = [*(repair.message for repair in loaded.report.repairs), *loaded.report.warnings]
    said = " ".join(notes)
    faults = no_templates(notes)
    faults += [] if "repair" in allowed else [f"was taken; the report says: {said}"]
    if case["expected"] == "repair":
        faults += script.check_message(case, said)
    log = loaded.interactions
    found = {
        "rows": len(log),
        "users": log.num_users,
        "items": log.num_items,
        "rating_sum": None if log.ratings is None else round(float(log.ratings.sum(dtype=np.float64)), 6),
        "sum_timestamp": None if log.times is None else int(log.times.sum()),
    }
    want = case.get("result", {})
    return faults + [f"{name} is {found[name]}, not {want[name]}" for name in want if found[name] != want[name]]


def test_every_bad_table_is_refused_or_repaired_as_the_corpus_says(corpus, tmp_path):
    script, folder = corpus
    found = {}
    for case in cases(folder / "tables"):
        faults = faults_of(script, case, folder / "tables" / case["file"], tmp_path)
        if faults:
            found[case["file"]] = faults
    assert len(cases(folder / "tables")) == NUM_CASES
    assert found == {}


def test_short_histories_are_taken_with_a_warning(corpus, tmp_path):
    _, folder = corpus
    (path,) = (folder / "tables").glob("*_short_histories.csv")
    (warning,) = load_dataset(import_request(path), tmp_path).report.warnings
    assert "at least 3" in warning and "not evaluated" in warning


def upload_faults(script: ModuleType, case: dict, path: Path, out: Path) -> list[str]:
    options = case.get("options", {})
    try:
        if case["kind"].startswith("image"):
            clean_picture(path.read_bytes(), path.name)
        else:
            limits = {
                "max_files": options.get("max_files"),
                "max_unpacked": options.get("max_unpacked_mb", 0) * 1_000_000,
            }
            read_images(path, {"i1": 1}, out, **{name: limit for name, limit in limits.items() if limit})
    except DataError as error:
        faults = [] if case["expected"] == "error" else ["was refused"]
        return faults + script.check_message(case, error.message) + no_templates([error.message])
    return [] if "repair" in (case["expected"], case.get("also_ok")) else ["was taken"]


def test_every_hostile_picture_and_zip_is_refused_or_cleaned(corpus, tmp_path):
    script, folder = corpus
    found = {}
    for case in cases(folder / "uploads"):
        if case["kind"].startswith(("image", "zip")):
            faults = upload_faults(script, case, folder / "uploads" / case["file"], tmp_path / "out")
            if faults:
                found[case["file"]] = faults
    assert len(cases(folder / "uploads")) == NUM_UPLOADS
    assert found == {}
    assert not [path for path in tmp_path.rglob("*") if "escaped" in path.name]


def test_what_follows_the_end_of_a_picture_does_not_come_through(corpus):
    _, folder = corpus
    (path,) = (folder / "uploads").glob("*_image_html_tail.png")
    assert b"<script" in path.read_bytes()
    assert b"<script" not in clean_picture(path.read_bytes(), path.name)
