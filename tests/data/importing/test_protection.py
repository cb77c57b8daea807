"""Privacy at the door: pseudonyms by HMAC-SHA-256, columns left out or coarsened, and no id left anywhere."""

import base64
import hashlib
import hmac
import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from recsys.data.dataset import Repair
from recsys.data.importing.import_choices import Protection
from recsys.data.importing.load import load_dataset
from recsys.data.importing.protection import Protector, coarsened, pseudonym, pseudonyms
from recsys.data.store import DatasetStore
from recsys.errors import DataError
from recsys.messages import message
from tests.worlds.imports import import_request

KEY = bytes(range(32))
DAY = 86_400
LOG = (
    "user_id,item_id,rating,timestamp\nanna@example.org,tea,5,172800\nanna@example.org,cup,3,172860\n"
    "bert@example.org,tea,1,345599\nbert@example.org,tea,2,345600\n"
)
USERS = "user_id,age,zip,mail\nanna@example.org,34,8001,anna@example.org\nbert@example.org,40,8002,bert@example.org\n"
ITEMS = "item_id,title,price\ntea,Green tea,12.5\ncup,,3\n"
SHOWN = "user_id,item_id,timestamp,clicked\nbert@example.org,cup,172900,1\n"
BOTH = ("users", "items")


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "a.key"
    path.write_text(KEY.hex() + "\n")
    return path


def request(folder, log=LOG, **options):
    tables = {"ratings": log, "items": ITEMS, "users": USERS, "impressions": SHOWN}
    paths = {name: folder / f"{name}.csv" for name in tables}
    for name, text in tables.items():
        paths[name].write_text(text, encoding="utf-8")
    protection = {name: options.pop(name) for name in list(options) if name in Protection.model_fields}
    return import_request(**paths, protection=Protection(**protection), **options)


def load(folder, **options):
    return load_dataset(request(folder, **options), folder / "pictures")


def by_hand(kind, original):
    """The first 80 bits in base32, by the standard library alone."""
    digest = hmac.new(KEY, kind.encode() + b"\x00" + original.encode("utf-8"), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode("ascii").lower()


def kinds(loaded):
    return [repair.kind for repair in loaded.report.repairs]


def test_nothing_is_changed_unless_chosen(tmp_path):
    loaded = load(tmp_path)
    assert loaded.key is None and not {"pseudonyms", "days", "bands"} & set(kinds(loaded))
    assert loaded.interactions.user_ids.tolist() == ["", "anna@example.org", "bert@example.org"]


def test_a_pseudonym_is_the_hmac_of_the_id():
    assert pseudonym(KEY, "users", "anna") == by_hand("users", "anna") and len(by_hand("users", "anna")) == 16
    assert pseudonym(KEY, "items", "anna") != pseudonym(KEY, "users", "anna")


def test_two_ids_with_the_same_pseudonym_are_refused(monkeypatch):
    monkeypatch.setattr("recsys.data.importing.protection.pseudonym", lambda key, kind, original: original[:1])
    with pytest.raises(DataError, match="same pseudonym"):
        pseudonyms(KEY, "users", ["anna", "ada"])


def test_all_files_have_the_same_pseudonyms(tmp_path, key_file):
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        buffer = io.BytesIO()
        Image.new("RGB", (4, 4), "teal").save(buffer, "PNG")
        archive.writestr("cup.png", buffer.getvalue())
    loaded = load(tmp_path, pseudonyms=BOTH, key=key_file, images=tmp_path / "pictures.zip")
    log = loaded.interactions
    users, items = log.user_index, log.item_index
    anna, bert, tea, cup = (by_hand(*pair) for pair in (
        ("users", "anna@example.org"), ("users", "bert@example.org"), ("items", "tea"), ("items", "cup")))  # fmt: skip
    assert {*users} == {anna, bert} and {*items} == {tea, cup}
    assert log.history(users[anna]).tolist() == [items[tea], items[cup]]
    assert loaded.users["age"][users[bert]] == 40
    assert loaded.items["title"][items[tea]] == "Green tea" and loaded.items["title"][items[cup]] == cup
    assert loaded.impressions[["user_id", "item_id"]].values.tolist() == [[users[bert], items[cup]]]
    assert list(loaded.pictures) == [items[cup]]
    assert loaded.key == KEY


def test_a_new_key_is_made_for_each_import(tmp_path):
    first, second = load(tmp_path, pseudonyms=["users"]), load(tmp_path, pseudonyms=["users"])
    assert len(first.key) == 32 and first.key != second.key
    assert {*first.interactions.user_ids} & {*second.interactions.user_ids} == {""}


def test_no_file_of_the_workspace_holds_an_original_id(tmp_path):
    store = DatasetStore(tmp_path / "home" / "datasets")
    dataset = store.add(request(tmp_path, pseudonyms=BOTH, name="Shop"))
    content = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    texts = str([*dataset.users.to_numpy().tolist(), *dataset.items.to_numpy().tolist(), dataset.report.stored()])
    for original in ("anna@example.org", "bert@example.org", "anna", "bert"):
        assert original.encode() not in content and original not in texts
    assert "'cup'" not in texts and "tea" not in texts.replace("Green tea", "")
    (repair,) = [repair for repair in dataset.report.repairs if repair.kind == "later_rating"]
    assert repair.count == 1 and repair.lines == (4,)


def test_the_users_of_dropped_rows_are_noted_by_their_pseudonyms(tmp_path, key_file):
    loaded = load(tmp_path, pseudonyms=["users"], key=key_file)
    (repair,) = [repair for repair in loaded.report.repairs if repair.kind == "later_rating"]
    assert repair.users == (by_hand("users", "bert@example.org"),)


def test_a_note_that_quotes_an_id_quotes_its_pseudonym():
    protector = Protector(Protection())
    protector.names = {"user_id": {"anna": "abcd"}}
    quoting = message("{fault} Line {line}.", fault=message("user {user!r} twice.", user="anna"), line=3)
    (note,) = protector.notes([Repair(kind="conflict", message=quoting, users=("anna",))])
    assert note.message == "user 'abcd' twice. Line 3." and note.users == ("abcd",)


def test_a_warning_about_ids_quotes_pseudonyms(tmp_path, key_file):
    log = LOG.replace("cup", "7.65612E+16")
    (warning,) = [
        text for text in load(tmp_path, log=log, pseudonyms=BOTH, key=key_file).report.warnings if "rounded" in text
    ]
    assert by_hand("items", "7.65612E+16") in warning and "E+16" not in warning


def test_a_column_that_repeats_the_ids_is_left_out(tmp_path):
    loaded = load(tmp_path, pseudonyms=["users"])
    assert list(loaded.users.columns) == ["age", "zip"]
    assert list(load(tmp_path).users.columns) == ["age", "zip", "mail"]


def test_columns_are_dropped_by_their_name(tmp_path):
    loaded = load(tmp_path, drop=["zip", "items.price"])
    assert list(loaded.users.columns) == ["age", "mail"] and list(loaded.items.columns) == ["title"]
    assert kinds(loaded).count("dropped_column") == 2


def test_an_unknown_column_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(DataError, match=r"No column 'salary'.*users\.age, users\.zip, users\.mail, items\.title"):
        load(tmp_path, drop=["salary"])


def test_ages_and_prices_are_written_as_the_lowest_number_of_their_band(tmp_path):
    loaded = load(tmp_path, bands={"age": None, "items.price": 5, "zip": 1000})
    assert loaded.users["age"].tolist()[1:] == [25, 35]  # of the bands 25 to 34 and 35 to 44
    assert loaded.users["zip"].tolist() == ["", "8000", "8000"]
    assert loaded.items["price"].tolist()[1:] == [0, 10]  # cup, tea
    assert load(tmp_path, bands={"age": 10}).users["age"].tolist()[1:] == [30, 40]


def test_unknown_numbers_stay_unknown():
    values = coarsened(np.array([np.nan, 3.0]), 2)
    assert values[0] != values[0] and values[1] == 2


def test_a_text_has_no_bands(tmp_path):
    with pytest.raises(DataError, match=r"mail cannot be coarsened: 'anna@example\.org' is no number"):
        load(tmp_path, bands={"mail": 10})
    with pytest.raises(DataError, match="The age bands are for age"):
        load(tmp_path, bands={"zip": None})


def test_days_keep_the_order_of_events(tmp_path):
    newest_first = "anna@example.org,cup,172860\nanna@example.org,tea,172800\nbert@example.org,tea,345599\nbert@example.org,cup,100\n"
    loaded = load(tmp_path, log=f"user_id,item_id,timestamp\n{newest_first}", days=True)
    log = loaded.interactions
    assert log.times.tolist() == [2 * DAY, 2 * DAY, 0, 3 * DAY]  # by user: anna's two, bert's two
    assert [log.item_ids[item] for item in log.history(1)] == ["tea", "cup"]
    assert loaded.impressions["time"].tolist() == [2 * DAY]


def test_a_key_that_is_none_is_refused(tmp_path, key_file):
    with pytest.raises(DataError, match="no ids are replaced"):
        load(tmp_path, key=key_file)
    key_file.write_text("0123")
    with pytest.raises(DataError, match="64 hexadecimal digits"):
        load(tmp_path, pseudonyms=["users"], key=key_file)
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path, pseudonyms=["users"], key=tmp_path / "no.key")


def test_a_band_has_a_width():
    with pytest.raises(ValidationError):
        Protection(bands={"age": 0})
