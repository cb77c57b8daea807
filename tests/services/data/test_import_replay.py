"""A recipe made on an awkward file and replayed on tomorrow's copy; and half of a log added to the other half."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from recsys.data.importing.faults import UndecidedError
from recsys.data.importing.import_choices import Choices, Filters
from recsys.data.importing.import_recipe import Recipe, read_recipe
from recsys.data.importing.load import ImportRequest
from recsys.data.provenance import RECIPE, recipe_in
from recsys.services.data.append import AppendRequest, append
from recsys.services.workspace import Workspace, open_workspace

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
HEADER = '"Leser";"Buch";"Wertung"\n'
READERS = ["Zoë", "Jürgen", "Zoé", "René", "Anaïs", "Björn"]
ROWS = [
    f'"{reader}";"{number:010d}";"{(place + number) % 10 + 1}"\n'
    for place, reader in enumerate(READERS)
    for number in range(12)
]
AGAIN = ['"Zoë";"0000000003";"9"\n', '"Anaïs";"0000000007";"1"\n']  # other ratings of pairs that are there already
EMPTY = ['"René";"0000000020";""\n']
TREATMENTS = {"conflict": "highest", "no_number": "drop"}


def write(path: Path, rows: list[str]) -> Path:
    path.write_text(HEADER + "".join(rows), encoding="cp1252")
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "home")


@pytest.fixture
def recipe(workspace: Workspace, tmp_path: Path) -> Recipe:
    """The recipe of an import of quoted, semicolon-separated Windows-1252 with conflicts and an empty rating."""
    request = ImportRequest(write(tmp_path / "books.csv", ROWS + AGAIN + EMPTY), choices=choices())
    dataset = workspace.datasets.add(request)
    return read_recipe(workspace.datasets.folder(dataset.dataset_id) / RECIPE)


def choices() -> Choices:
    mapping = {"user": "Leser", "item": "Buch", "rating": "Wertung"}
    return Choices(mapping=mapping, treatments=TREATMENTS, filters=Filters(user_core=3), most_dropped=1.0)


def replay(workspace: Workspace, path: Path, recipe: Recipe, **treatments: str) -> ImportRequest:
    changed = recipe.choices.model_copy(update={"treatments": recipe.choices.treatments | treatments})
    return ImportRequest(path, choices=changed, columns=recipe.columns)


def test_a_recipe_says_how_the_file_was_read(recipe: Recipe) -> None:
    read = recipe.choices.files["interactions"]
    assert (read.encoding, read.separator, read.has_header) == ("Windows-1252 (cp1252)", ";", True)
    assert recipe.choices.treatments == TREATMENTS and recipe.choices.filters == Filters(user_core=3)


def test_on_a_changed_copy_the_treatments_are_the_same_and_the_new_fault_is_named(
    workspace: Workspace, tmp_path: Path, recipe: Recipe
) -> None:
    more = ['"Jürgen";"0000000001";"10"\n', '"Zoé";"0000000002";"viel"\n']  # one more conflict, and a word as a rating
    path = write(tmp_path / "tomorrow.csv", ROWS[:60] + AGAIN + EMPTY + more)
    with pytest.raises(UndecidedError) as caught:
        workspace.datasets.add(replay(workspace, path, recipe))
    (fault,) = caught.value.faults
    assert (fault.key, fault.lines, fault.values) == ("bad_number", (66,), ("viel",))
    dataset = workspace.datasets.add(replay(workspace, path, recipe, bad_number="drop"))
    decided = {
        repair.kind: repair.count for repair in dataset.report.repairs if repair.kind in (*TREATMENTS, "bad_number")
    }
    assert decided == {"conflict": 3, "no_number": 1, "bad_number": 1}
    assert "Zoë" in dataset.interactions.user_ids and "0000000003" in dataset.interactions.item_ids
    log = dataset.interactions
    (rating,) = log.ratings[(log.user_ids[log.users] == "Zoë") & (log.item_ids[log.items] == "0000000003")]  # type: ignore[index]
    assert rating == 9, "the highest of 4 and 9 counts, as decided before"
    assert recipe_in(workspace.datasets.folder(dataset.dataset_id)).choices.treatments == TREATMENTS | {
        "bad_number": "drop"
    }


@pytest.mark.parametrize("order", [1, -1])
def test_half_of_the_file_added_to_the_other_half_is_the_whole(
    workspace: Workspace, tmp_path: Path, order: int
) -> None:
    rows = [*ROWS, *EMPTY, *AGAIN]
    halves = (rows[:40], rows[40:])[::order]
    whole = open_workspace(tmp_path / "other").datasets.add(
        ImportRequest(write(tmp_path / "books.csv", halves[0] + halves[1]), choices=choices())
    )
    half = workspace.datasets.add(ImportRequest(write(tmp_path / "first.csv", halves[0]), choices=choices()))
    later = AppendRequest(half.dataset_id, write(tmp_path / "second.csv", halves[1]))
    assert append(workspace, later).dataset_id == whole.dataset_id


@pytest.mark.proof
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not there")
def test_half_of_movielens_added_to_the_other_half_is_the_whole(workspace: Workspace, tmp_path: Path) -> None:
    path = DATA / "ml-1m" / "ratings.csv.gz"
    whole = open_workspace(tmp_path / "other").datasets.add(ImportRequest(path))
    with gzip.open(path, "rt") as file:
        header, *rows = file
    halves = []
    for name, part in (("first", rows[::2]), ("second", rows[1::2])):
        halves.append(tmp_path / f"{name}.csv")
        halves[-1].write_text(header + "".join(part))
    half = workspace.datasets.add(ImportRequest(halves[0]))
    assert append(workspace, AppendRequest(half.dataset_id, halves[1])).dataset_id == whole.dataset_id
