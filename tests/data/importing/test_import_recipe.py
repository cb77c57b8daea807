"""The recipe of a dataset: it gives the same dataset again, and names what it does not know."""

import pytest

from recsys.data.importing.faults import UndecidedError
from recsys.data.importing.import_choices import Choices, Filters
from recsys.data.importing.import_recipe import Recipe, read_recipe
from recsys.data.importing.load import ImportRequest
from recsys.data.provenance import RECIPE, recipe_in
from recsys.data.store import DatasetStore
from recsys.errors import DataError

LOG = "who,what,stars,when,kind\n" + "".join(
    f"u{n % 4},i{n % 5},{'' if n == 7 else 1 + n % 5},{1_600_000_000 + n},web\n" for n in range(40)
)
ITEMS = "item_id,title,genre,year\n" + "".join(f"i{n},Film {n},Crime|Drama,{1990 + n}\n" for n in range(5))
MAPPING = {"user": "who", "item": "what", "time": "when"}


@pytest.fixture
def store(tmp_path):
    return DatasetStore(tmp_path / "datasets")


def write(folder, text, name="log.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def replay(store, log, recipe, items=None, **treatments):
    choices = recipe.choices.model_copy(update={"treatments": recipe.choices.treatments | treatments})
    return store.add(ImportRequest(log, items, choices=choices, columns=recipe.columns))


def recipe_of(store, dataset):
    return recipe_in(store.folder(dataset.dataset_id))


@pytest.fixture
def imported(store, tmp_path):
    choices = Choices(
        mapping=MAPPING, treatments={"no_number": "drop"}, scale=(1, 5), filters=Filters(since="2020-09-13")
    )
    request = ImportRequest(write(tmp_path, LOG), write(tmp_path, ITEMS, "items.csv"), choices=choices)
    return store.add(request)


def test_a_recipe_names_every_role_its_column_or_none(store, imported):
    choices = recipe_of(store, imported).choices
    assert choices.mapping == {
        "user": "who", "item": "what", "rating": "stars", "time": "when", "event": "",
        "items.item": "item_id", "items.title": "title", "items.category": "genre", "items.price": "", "items.text": "",
    }  # fmt: skip
    assert choices.files["interactions"].separator == "," and choices.files["interactions"].has_header
    assert recipe_of(store, imported).columns["items"] == ("item_id", "title", "genre", "year")


def test_a_recipe_replayed_on_the_same_files_gives_the_same_dataset(store, imported, tmp_path):
    recipe = read_recipe(store.folder(imported.dataset_id) / RECIPE)
    again = replay(DatasetStore(tmp_path / "others"), tmp_path / "log.csv", recipe, tmp_path / "items.csv")
    assert again.dataset_id == imported.dataset_id
    assert recipe_of(DatasetStore(tmp_path / "others"), again) == recipe


def test_a_recipe_survives_json(imported, store):
    recipe = recipe_of(store, imported)
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_a_new_fault_is_open_and_the_known_ones_are_treated(store, imported, tmp_path):
    log = write(tmp_path, LOG + "u1,i1,good,1600000100,web\nu1,i2,,1600000100,web\n", "new.csv")
    with pytest.raises(UndecidedError) as caught:
        replay(store, log, recipe_of(store, imported), tmp_path / "items.csv")
    assert [fault.key for fault in caught.value.faults] == ["bad_number"]


def test_a_column_with_a_role_that_is_missing_is_named(store, imported, tmp_path):
    log = write(tmp_path, LOG.replace("stars", "grade"), "new.csv")
    with pytest.raises(DataError, match="stars"):
        replay(store, log, recipe_of(store, imported), tmp_path / "items.csv")


def test_another_missing_column_and_a_new_one_are_faults_to_decide_about(store, imported, tmp_path):
    log = write(tmp_path, LOG.replace("kind", "device"), "new.csv")
    items = write(tmp_path, ITEMS.replace("year", "studio"), "new_items.csv")
    recipe = recipe_of(store, imported)
    with pytest.raises(UndecidedError) as caught:
        replay(store, log, recipe, items)
    faults = {fault.key: fault.values for fault in caught.value.faults}
    assert faults == {
        "missing_columns": ("kind",), "new_columns": ("device",), "items.missing_columns": ("year",), "items.new_columns": ("studio",),
    }  # fmt: skip
    treatments = {"missing_columns": "without", "new_columns": "ignore", "items.missing_columns": "without"}
    ignored = replay(store, log, recipe, items, **treatments, **{"items.new_columns": "ignore"})
    kept = replay(store, log, recipe, items, **treatments, **{"items.new_columns": "keep"})
    assert list(ignored.items.columns) == ["title", "category"]
    assert list(kept.items.columns) == ["title", "category", "studio"]
    assert "new_columns" not in recipe_of(store, kept).choices.treatments
    assert recipe_of(store, kept).columns["items"] == ("item_id", "title", "genre", "studio")


def test_a_new_column_never_takes_a_role(store, imported, tmp_path):
    lines = LOG.splitlines()
    log = write(tmp_path, "\n".join([f"{lines[0]},rating", *(f"{line},9" for line in lines[1:])]), "new.csv")
    again = replay(store, log, recipe_of(store, imported), tmp_path / "items.csv", new_columns="ignore")
    assert again.dataset_id == imported.dataset_id


def test_weights_of_types_are_explicit_so_that_a_new_type_is_a_new_fault(store, tmp_path):
    log = "user_id,item_id,event\n" + "".join(f"u{n % 3},i{n % 4},{('view', 'buy')[n % 2]}\n" for n in range(12))
    first = store.add(ImportRequest(write(tmp_path, log), choices=Choices(treatments={"event_types": "all"})))
    recipe = recipe_of(store, first)
    assert recipe.choices.events == {"view": 1, "buy": 1} and not recipe.choices.treatments
    assert replay(store, tmp_path / "log.csv", recipe).dataset_id == first.dataset_id
    with pytest.raises(UndecidedError, match="share"):
        replay(store, write(tmp_path, log + "u1,i1,share\n", "new.csv"), recipe)


def test_no_ratings_at_all_replays_as_no_column_of_ratings(store, tmp_path):
    log = "user_id,item_id,rating\na,x,5\na,y,\nb,x,3\n"
    first = store.add(ImportRequest(write(tmp_path, log), choices=Choices(treatments={"no_number": "implicit"})))
    recipe = recipe_of(store, first)
    assert recipe.choices.mapping["rating"] == ""
    assert replay(store, write(tmp_path, log.replace("y,", "y,4"), "new.csv"), recipe).interactions.ratings is None


def test_a_file_without_a_header_replays_too(store, tmp_path):
    log = write(tmp_path, "1,7,5,1600000000\n1,8,4,1600000001\n2,7,3,1600000002\n")
    first = store.add(ImportRequest(log))
    assert replay(store, log, recipe_of(store, first)).dataset_id == first.dataset_id


def test_other_choices_give_another_dataset_of_the_same_untouched_file(store, imported, tmp_path):
    choices = Choices(mapping=MAPPING, treatments={"no_number": "drop"}, filters=Filters(least_rating=3))
    other = store.add(ImportRequest(tmp_path / "log.csv", tmp_path / "items.csv", choices=choices))
    assert other.dataset_id != imported.dataset_id
    assert (tmp_path / "log.csv").read_text() == LOG


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"choices": {"colour": 1}}', '{"choices": {"filters": {"sample": 7}}}']
)
def test_what_is_no_recipe_is_refused(tmp_path, text):
    with pytest.raises(DataError, match="no recipe"):
        read_recipe(write(tmp_path, text, "recipe.json"))
