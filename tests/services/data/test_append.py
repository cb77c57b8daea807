"""Appending a log: the same dataset as the import of the whole, whatever the treatments and the order of the halves."""

import numpy as np
import pytest

from recsys.data.importing.faults import UndecidedError
from recsys.data.importing.import_choices import Choices, Filters, Protection
from recsys.data.importing.load import ImportRequest
from recsys.data.provenance import RECIPE, newest_after, originals_in, recipe_in
from recsys.errors import DataError
from recsys.services.data.append import AppendRequest, append
from recsys.services.data.forget import forget
from recsys.services.workspace import open_workspace

HEADER = "user_id,item_id,rating,timestamp\n"


def rows_with_times(count=240, seed=0, *, repeats=True):
    """Ratings with times in the order of the file; a few pairs are rated again, a few rows are there twice."""
    rng = np.random.default_rng(seed)
    rows = [
        f"u{rng.integers(12)},i{rng.integers(9 if repeats else 10_000)},{rng.integers(1, 6)},{1_600_000_000 + 10 * n}\n"
        for n in range(count)
    ]
    return rows[:50] + rows[40:] if repeats else rows


@pytest.fixture
def workspace(tmp_path):
    return open_workspace(tmp_path / "workspace")


def write(folder, text, name="log.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def whole_and_appended(workspace, folder, header, first, second, choices=None, **files):
    """(dataset of the whole log, dataset of the first half with the second appended), imported in workspaces of their own."""
    choices = Choices() if choices is None else choices
    whole = open_workspace(folder / "other").datasets.add(
        ImportRequest(write(folder, header + "".join(first + second), "whole.csv"), choices=choices, **files)
    )
    half = workspace.datasets.add(ImportRequest(write(folder, header + "".join(first)), choices=choices, **files))
    return whole, append(
        workspace, AppendRequest(half.dataset_id, write(folder, header + "".join(second), "later.csv"))
    )


CHOICES = {
    "as it is": Choices(),
    "a core": Choices(filters=Filters(user_core=5, item_core=6)),
    "a sample": Choices(filters=Filters(sample=0.5, seed=3)),
    "least events": Choices(filters=Filters(least_events=6)),
    "a least rating": Choices(filters=Filters(least_rating=3)),
    "stretched": Choices(scale=(0, 3), treatments={"off_scale": "rescale"}),
    "clipped": Choices(scale=(2, 4), treatments={"off_scale": "clip"}),
    "without ratings": Choices(mapping={"rating": ""}),
}


@pytest.mark.parametrize("order", ["earlier first", "later first"])
@pytest.mark.parametrize("name", CHOICES)
def test_half_of_a_log_appended_to_the_other_is_the_whole(workspace, tmp_path, name, order):
    rows = rows_with_times()
    halves = (rows[:130], rows[130:]) if order == "earlier first" else (rows[130:], rows[:130])
    whole, appended = whole_and_appended(workspace, tmp_path, HEADER, *halves, CHOICES[name])
    assert appended.dataset_id == whole.dataset_id


def test_empty_ratings_take_the_median_of_all(workspace, tmp_path):
    rows = ["a,x,1,\n", "a,y,1,\n", "b,x,,\n", "b,y,5,\n", "c,x,5,\n", "c,y,5,\n"]
    rows = [row.replace(",\n", f",{1_600_000_000 + n}\n") for n, row in enumerate(rows)]
    choices = Choices(treatments={"no_number": "median"})
    whole, appended = whole_and_appended(workspace, tmp_path, HEADER, rows[:4], rows[4:], choices)
    assert appended.dataset_id == whole.dataset_id
    assert appended.interactions.ratings_of(2).tolist() == [5, 5]  # the median of the first half is 1


@pytest.mark.parametrize("treatment", ["last", "first", "mean", "highest", "drop"])
def test_conflicts_across_the_seam_are_treated_by_the_recipe(workspace, tmp_path, treatment):
    first, second = (
        ["a,x,1\n", "a,x,2\n", "a,y,3\n", "b,x,4\n", "b,z,4\n"],
        ["a,x,5\n", "b,x,1\n", "c,z,2\n", "c,y,2\n"],
    )
    choices = Choices(treatments={"conflict": treatment})
    whole, appended = whole_and_appended(workspace, tmp_path, HEADER[:22] + "\n", first, second, choices)
    assert appended.dataset_id == whole.dataset_id


def test_a_conflict_that_is_new_across_the_seam_is_open(workspace, tmp_path):
    half = workspace.datasets.add(ImportRequest(write(tmp_path, "user_id,item_id,rating\na,x,1\na,y,3\nb,x,4\n")))
    later = write(tmp_path, "user_id,item_id,rating\nb,y,2\na,x,5\n", "later.csv")
    with pytest.raises(UndecidedError) as caught:
        append(workspace, AppendRequest(half.dataset_id, later))
    (fault,) = caught.value.faults
    assert (fault.key, fault.lines) == ("conflict", (3,))
    assert len(workspace.datasets.list()) == 1
    appended = append(workspace, AppendRequest(half.dataset_id, later, treatments={"conflict": "last"}))
    assert appended.interactions.ratings.tolist() == [3, 5, 4, 2]
    assert recipe_in(workspace.datasets.folder(appended.dataset_id)).choices.treatments == {"conflict": "last"}


def test_fractions_of_a_second_order_events_across_the_seam(workspace, tmp_path):
    first = [f"a,i{n},{n % 5},1600000000.{n}\n" for n in (5, 3, 9)] + ["b,i1,2,1600000000\n", "b,i2,2,1600000001\n"]
    second = [f"a,i{n},{n % 5},1600000000.{n}\n" for n in (7, 1)]
    whole, appended = whole_and_appended(workspace, tmp_path, HEADER, first, second)
    assert appended.dataset_id == whole.dataset_id
    assert appended.interactions.item_ids[appended.interactions.history(1)].tolist() == ["i1", "i3", "i5", "i7", "i9"]


def test_clicks_that_agree_in_every_column_count_once_across_the_seam(workspace, tmp_path):
    header = "user_id,item_id,timestamp,page\n"
    first = ["a,x,1600000000,p1\n", "a,y,1600000001,p1\n", "b,x,1600000002,p2\n"]
    second = ["a,x,1600000000,p1\n", "a,x,1600000000,p2\n", "b,y,1600000003,p1\n"]
    whole, appended = whole_and_appended(workspace, tmp_path, header, first, second)
    assert appended.dataset_id == whole.dataset_id and len(appended.interactions) == 5


@pytest.mark.parametrize("events", [{"view": 1, "buy": 5}, {"view": 1, "buy": 1}, {"view": 0, "buy": 1}])
def test_types_of_events_weigh_the_same_across_the_seam(workspace, tmp_path, events):
    header, rng = "user_id,item_id,event,timestamp\n", np.random.default_rng(2)
    rows = [
        f"u{rng.integers(5)},i{rng.integers(6)},{('view', 'buy')[rng.integers(2)]},{1_600_000_000 + n}\n"
        for n in range(80)
    ]
    whole, appended = whole_and_appended(workspace, tmp_path, header, rows[:40], rows[40:], Choices(events=events))
    assert appended.dataset_id == whole.dataset_id


def test_titles_in_the_log_are_those_of_the_first_rows(workspace, tmp_path):
    header = "user_id,item_id,title,genre\n"
    first, second = (
        ['a,x,First,"Crime, Drama"\n', 'b,y,Y,"Drama, Crime"\n', "a,y,Y2,\n"],
        ["c,x,Second,\n", "c,z,Z,Crime\n"],
    )
    whole, appended = whole_and_appended(workspace, tmp_path, header, first, second)
    assert appended.dataset_id == whole.dataset_id
    assert appended.items["title"].tolist() == ["", "First", "Y", "Z"]


@pytest.mark.parametrize("choices", [Choices(), Choices(fill=("users.age",), filters=Filters(item_core=2))])
def test_tables_of_items_and_users_are_kept_with_ids_that_had_no_event(workspace, tmp_path, choices):
    items = write(tmp_path, "item_id,title,price,genre\nx,X,1,A|B\ny,Y,2,A\nz,Z,3,B\nw,W,4,B\n", "items.csv")
    users = write(tmp_path, "user_id,age\na,30\nb,\nc,50\n", "users.csv")
    first, second = ["a,x,5\n", "a,y,4\n", "b,x,3\n", "b,y,1\n"], ["c,z,5\n", "c,x,1\n", "b,z,2\n"]
    whole, appended = whole_and_appended(
        workspace, tmp_path, HEADER[:22] + "\n", first, second, choices, items=items, users=users
    )
    assert appended.dataset_id == whole.dataset_id
    recipe = recipe_in(workspace.datasets.folder(appended.dataset_id))
    assert recipe.choices.mapping["items.title"] == "title" and set(recipe.columns) == {
        "interactions",
        "items",
        "users",
    }


def test_a_newer_table_replaces_the_rows_of_its_ids(workspace, tmp_path):
    items = write(tmp_path, "item_id,title\nx,X\ny,Y\n", "items.csv")
    half = workspace.datasets.add(ImportRequest(write(tmp_path, "user_id,item_id\na,x\na,y\nb,x\n"), items))
    newer, later = (
        write(tmp_path, "item_id,title\ny,Why\nz,Z\n", "newer.csv"),
        write(tmp_path, "user_id,item_id\nb,z\n", "later.csv"),
    )
    appended = append(workspace, AppendRequest(half.dataset_id, later, items=newer))
    assert appended.items["title"].tolist() == ["", "X", "Why", "Z"]


def test_impressions_are_kept_and_new_ones_added(workspace, tmp_path):
    log, shown = "user_id,item_id\na,x\na,y\nb,x\n", "user_id,item_id,clicked\na,y,0\nb,x,1\n"
    half = workspace.datasets.add(ImportRequest(write(tmp_path, log), impressions=write(tmp_path, shown, "shown.csv")))
    later = write(tmp_path, "user_id,item_id\nb,a0\n", "later.csv")  # a0 comes before x: indices move
    appended = append(workspace, AppendRequest(half.dataset_id, later))
    log = appended.interactions
    assert [log.item_ids[item] for item in appended.impressions["item_id"]] == ["y", "x"]
    newer = write(tmp_path, "user_id,item_id,clicked\na,a0,1\n", "newer.csv")
    more = append(workspace, AppendRequest(half.dataset_id, later, impressions=newer))
    assert [log.item_ids[item] for item in more.impressions["item_id"]] == ["y", "a0", "x"]
    assert more.impressions["clicked"].tolist() == [False, True, True]


def test_the_older_dataset_stays_and_names_the_newest(workspace, tmp_path):
    half = workspace.datasets.add(ImportRequest(write(tmp_path, HEADER + "".join(rows_with_times(30, repeats=False)))))
    ids, folder = [half.dataset_id], workspace.datasets.folder(half.dataset_id)
    assert newest_after(folder) is None
    for seed in (1, 2):
        later = write(tmp_path, HEADER + "".join(rows_with_times(30, seed, repeats=False)), "later.csv")
        ids.append(append(workspace, AppendRequest(ids[-1], later)).dataset_id)
    assert newest_after(folder) == ids[2]
    assert len(workspace.datasets.load(ids[0]).interactions) == 30
    workspace.datasets.delete(ids[2])
    assert newest_after(folder) == ids[1]


def test_a_log_that_adds_nothing_is_refused(workspace, tmp_path):
    log = write(tmp_path, HEADER + "".join(rows_with_times(30, repeats=False)))
    half = workspace.datasets.add(ImportRequest(log))
    again = write(tmp_path, HEADER + "".join(rows_with_times(30, repeats=False)), "again.csv")
    with pytest.raises(DataError, match="30 rows in the new file: 0 new, 30 already there"):
        append(workspace, AppendRequest(half.dataset_id, again))
    assert newest_after(workspace.datasets.folder(half.dataset_id)) is None


def test_a_dataset_without_a_recipe_is_refused_until_it_is_imported_again(workspace, tmp_path):
    log = write(tmp_path, HEADER + "".join(rows_with_times(30)))
    half = workspace.datasets.add(ImportRequest(log))
    recipe = workspace.datasets.folder(half.dataset_id) / RECIPE
    recipe.unlink()
    with pytest.raises(DataError, match="no recipe"):
        append(workspace, AppendRequest(half.dataset_id, log))
    workspace.datasets.add(ImportRequest(log))
    assert recipe.exists()


def test_a_forgotten_person_is_not_in_what_is_kept_for_a_later_log(workspace, tmp_path):
    users = write(tmp_path, "user_id,age\n" + "".join(f"u{n},{20 + n}\n" for n in range(12)), "users.csv")
    rows = rows_with_times()
    choices = Choices(filters=Filters(least_rating=2))
    half = workspace.datasets.add(
        ImportRequest(write(tmp_path, HEADER + "".join(rows[:130])), users=users, choices=choices)
    )
    without = forget(workspace, half.dataset_id, "u3").new_dataset_id
    for path in workspace.datasets.folder(without).rglob("*"):
        assert path.is_dir() or b"u3" not in path.read_bytes()
    later = write(tmp_path, HEADER + "".join(row for row in rows[130:] if not row.startswith("u3,")), "later.csv")
    appended = append(workspace, AppendRequest(without, later))
    kept = [row for row in rows if not row.startswith("u3,")]
    whole = open_workspace(tmp_path / "other").datasets.add(
        ImportRequest(write(tmp_path, HEADER + "".join(kept), "whole.csv"), users=users, choices=choices)
    )
    assert len(appended.interactions) == len(whole.interactions)
    assert (appended.interactions.items == whole.interactions.items).all()


def test_a_person_whom_a_filter_left_out_is_forgotten_too(workspace, tmp_path):
    log = write(tmp_path, "user_id,item_id,rating\na,x,5\na,y,4\nb,x,5\nb,y,4\ncarl,x,1\ncarl,y,1\n")
    users = write(tmp_path, "user_id,age\na,1\nb,2\ncarl,3\n", "users.csv")
    dataset = workspace.datasets.add(ImportRequest(log, users=users, choices=Choices(filters=Filters(least_rating=2))))
    done = forget(workspace, dataset.dataset_id, "carl")
    assert (done.events, done.has_features, done.runs, done.new_dataset_id) == (2, True, (), dataset.dataset_id)
    for path in workspace.datasets.folder(dataset.dataset_id).rglob("*"):
        assert path.is_dir() or b"carl" not in path.read_bytes()


def test_the_older_dataset_names_the_one_without_a_forgotten_person(workspace, tmp_path):
    half = workspace.datasets.add(ImportRequest(write(tmp_path, HEADER + "".join(rows_with_times(60)))))
    later = write(tmp_path, HEADER + "".join(rows_with_times(60, 1)), "later.csv")
    appended = append(workspace, AppendRequest(half.dataset_id, later))
    without = forget(workspace, appended.dataset_id, "u3").new_dataset_id
    assert newest_after(workspace.datasets.folder(half.dataset_id)) == without


def test_a_later_log_gets_the_same_pseudonyms_and_what_is_kept_holds_no_original_id(workspace, tmp_path):
    rows = rows_with_times()
    choices = Choices(protection=Protection(pseudonyms=("users",)), filters=Filters(user_core=5))
    half = workspace.datasets.add(ImportRequest(write(tmp_path, HEADER + "".join(rows[:120])), choices=choices))
    later = AppendRequest(half.dataset_id, write(tmp_path, HEADER + "".join(rows[120:]), "later.csv"))
    appended = append(workspace, later)
    key = workspace.datasets.keys.path(half.dataset_id)
    whole = open_workspace(tmp_path / "other").datasets.add(
        ImportRequest(write(tmp_path, HEADER + "".join(rows), "whole.csv"), choices=choices, key=key)
    )
    assert appended.dataset_id == whole.dataset_id
    originals = originals_in(workspace.datasets.folder(appended.dataset_id)).rows
    assert not {f"u{n}" for n in range(12)} & set(originals["user_id"].astype(str))


def test_a_log_is_not_appended_where_times_were_coarsened(workspace, tmp_path):
    choices = Choices(protection=Protection(days=True))
    dataset = workspace.datasets.add(
        ImportRequest(write(tmp_path, HEADER + "".join(rows_with_times())), choices=choices)
    )
    assert originals_in(workspace.datasets.folder(dataset.dataset_id)).rows is None
    with pytest.raises(DataError, match="coarsened to the day"):
        append(
            workspace, AppendRequest(dataset.dataset_id, write(tmp_path, HEADER + "u0,i1,3,1700000000\n", "later.csv"))
        )
