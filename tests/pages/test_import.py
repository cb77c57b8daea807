"""The import of interactions, driven without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.data.importing.roles import ROLES
from recsys.services.data.import_draft import OF_ITEMS
from recsys.services.workspace import open_workspace
from recsys.ui.data import import_columns, import_preview
from tests.pages.drive import FRAME, address, checked, opened, texts
from tests.worlds.small_shop import import_small_shop

LOG = "".join(
    [
        "user,item,rating,time\n",
        *(f"u{user},i{item},4,{1_700_000_000 + item}\n" for user in range(9) for item in range(7)),
    ]
)
RATED_AGAIN = "u0,i0,5,1700000100\nu1,i0,5,1700000100\n"
CONFLICT = "user,item,rating\n" + "".join(f"u{u},i{i},{i}\n" for u in range(9) for i in range(7)) + "u0,i0,5\n"


def uploaded(home: Path, monkeypatch: pytest.MonkeyPatch, log: str) -> AppTest:
    app = opened("data", home, monkeypatch)
    app.file_uploader(key="upload").set_value(("log.csv", log.encode(), "text/csv")).run()
    return checked(app)


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    return checked(app)


def keys(app: AppTest) -> list[str]:
    return [element.key for element in app.main if getattr(element, "key", None)]


def test_the_upload_on_home_opens_the_form_also_where_there_is_a_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_small_shop(open_workspace(tmp_path))
    monkeypatch.setenv("RECSCOPE_HOME", str(tmp_path))
    app = AppTest.from_file(str(FRAME), default_timeout=60).run()  # at the root of the address, where Home is
    assert not [uploader.key for uploader in app.file_uploader]
    app.button(key="own_files").click().run()
    assert app.title[0].value == "Data"
    assert "upload" in [uploader.key for uploader in app.file_uploader]


def test_a_clean_file_is_imported_with_one_press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    assert keys(app).index("more_files" if "more_files" in keys(app) else "upload_items") < keys(app).index("import")
    assert "User: **user** · Item: **item** · Rating: **rating** · Timestamp: **time**" in texts(app)
    assert list(app.dataframe[0].value["time"])[:1] == ["2023-11-14 22:13:20"]
    app.text_input(key="import_name_1").set_value("My shop").run()
    app.button(key="import").click().run()
    assert app.success[0].value.startswith("Imported **My shop**: 63 interactions, 9 users, 7 items.")
    assert address(app, "dataset")


@pytest.mark.parametrize(
    ("log", "merged"),
    [(LOG, ""), (LOG + RATED_AGAIN, "65 rows in the file: 63 kept, 2 repeats merged."), (LOG + "u0,i6,4,1700000006\n", "64 rows in the file: 63 kept, 1 repeat merged.")],
)  # fmt: skip
def test_an_import_says_how_many_rows_it_merged(
    log: str, merged: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = uploaded(tmp_path, monkeypatch, log)
    app.button(key="import").click().run()
    (success,) = app.success
    assert success.value.startswith("Imported **log**: 63 interactions, 9 users, 7 items.")
    assert success.value.endswith(merged or "7 items.")


def test_a_note_on_many_lines_names_the_first_ten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = "".join(f"u{user},i0,5,1700000100\nu{user},i1,5,1700000100\n" for user in range(9))
    app = uploaded(tmp_path, monkeypatch, LOG + again)
    app.button(key="import").click().run()
    assert "Lines 2, 3, 9, 10, 16, 17, 23, 24, 30, 31 and more." in "".join(text.value for text in app.markdown)


def test_the_server_keeps_no_upload_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    assert "upload" not in [uploader.key for uploader in app.file_uploader]
    assert "upload" not in app.session_state
    assert "**log\\.csv** · 1 KB" in texts(app)


def test_a_problem_is_decided_and_its_effect_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, CONFLICT)
    assert "import" not in keys(app) and app.button(key="import_next").label == "Next: 1 problem"
    press(app, "import_next")
    assert "rates item" in texts(app) and "1 of 64 rows, 1.6% · Line 65 · Ratings: 5" in texts(app)
    radio = app.radio(key="treat_conflict")
    assert radio.value is None and app.button(key="import_next").disabled
    assert "(proposed)" not in "".join(radio.options), "1.6% is too much for a proposal"
    radio.set_value("last").run()
    assert "1 of 64 rows is merged." in texts(app)
    press(app, "import_next")
    assert "64 rows in the file: 63 kept, 1 repeat merged." in texts(app)
    app.button(key="import").click().run()
    assert app.success[0].value.startswith("Imported **log**: 63 interactions")


def test_proposals_are_taken_only_when_they_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = "".join(f"v{u},i{i},{i}\n" for u in range(9) for i in range(7))
    app = press(uploaded(tmp_path, monkeypatch, CONFLICT + more), "import_next")
    assert app.radio(key="treat_conflict").options[0] == "The last one counts (proposed)"
    assert app.radio(key="treat_conflict").value is None
    app.button(key="accept_all").click().run()
    assert app.radio(key="treat_conflict").value == "last"
    assert not app.button(key="import_next").disabled


def test_a_missing_column_is_chosen_among_those_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = LOG.replace("user,item,rating,time", "user,thing,stars_given,bought")
    app = uploaded(tmp_path, monkeypatch, log)
    (error,) = app.error
    assert "no column item\\_id" in error.value
    assert "File log\\.csv · Column item\\_id" in texts(app)
    press(app, "import_next")
    assert "Choose first: Item column" in texts(app) and app.button(key="import_next").disabled
    app.selectbox(key="role_item").set_value("thing").run()
    assert "e.g. i0, i1, i2" in texts(app)
    press(app, "import_next")
    assert "import" in keys(app)


def test_an_unused_column_of_times_is_used_with_one_press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG.replace("rating,time", "rating,bought"))
    assert "**bought** looks like times" in texts(app)
    press(app, "use_time_interactions")
    assert "Timestamp: **bought**" in texts(app)
    assert list(app.dataframe[0].value["time"])[:1] == ["2023-11-14 22:13:20"]


def test_an_error_shows_no_earlier_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    assert "import" in keys(app)
    app.file_uploader(key="upload_items_1").set_value(("items.csv", b"item,title\ni0,Tea,more\n", "text/csv")).run()
    checked(app)
    assert len(app.error) == 1 and "Line 2 has 3 fields" in app.error[0].value
    assert "File items\\.csv · Line 2" in texts(app)
    assert "import" not in keys(app) and "time" in app.dataframe[0].value.columns
    assert app.dataframe[0].value["time"][0] == "1700000000", "the rows of the file, not those of a dataset"


def test_a_removed_file_asks_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = press(uploaded(tmp_path, monkeypatch, LOG), "remove_interactions")
    assert "upload_2" in [uploader.key for uploader in app.file_uploader] and "import" not in keys(app)


def test_starting_over_leaves_nothing_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    assert len(list((tmp_path / "datasets").iterdir())) == 1
    press(app, "import_over")
    assert list((tmp_path / "datasets").iterdir()) == []
    assert "upload" in [uploader.key for uploader in app.file_uploader]


def test_every_role_of_a_column_has_a_label() -> None:
    roles = {role for of_file in ROLES.values() for role in of_file}
    assert roles <= set(import_columns.ROLES)
    assert {*ROLES["interactions"], *OF_ITEMS} <= set(import_preview.ROLES)
