"""The import of interactions, driven without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.services.workspace import open_workspace
from tests.pages.drive import FRAME, address, opened
from tests.worlds.small_shop import import_small_shop

LOG = "".join(
    [
        "user,item,rating,time\n",
        *(f"u{user},i{item},4,{1_700_000_000 + item}\n" for user in range(9) for item in range(7)),
    ]
)
RATED_AGAIN = "u0,i0,5,1700000100\nu1,i0,5,1700000100\n"


def uploaded(home: Path, monkeypatch: pytest.MonkeyPatch, log: str) -> AppTest:
    app = opened("data", home, monkeypatch)
    app.file_uploader(key="upload").set_value(("log.csv", log.encode(), "text/csv")).run()
    return app


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


def test_the_detected_columns_stand_above_the_further_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    keys = [element.key for element in app.main if getattr(element, "key", None)]
    assert keys.index("upload") < keys.index("role_user") < keys.index("upload_items") < keys.index("import")


@pytest.mark.parametrize(
    ("log", "merged"),
    [(LOG, ""), (LOG + RATED_AGAIN, "63 of 65 rows kept; 2 repeats merged."), (LOG + "u0,i6,4,1700000006\n", "63 of 64 rows kept; 1 repeat merged.")],
)  # fmt: skip
def test_an_import_says_how_many_rows_it_merged(
    log: str, merged: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = uploaded(tmp_path, monkeypatch, log)
    app.button(key="import").click().run()
    (success,) = app.success
    assert success.value.startswith("Imported **log**: 63 interactions, 9 users, 7 items.")
    assert success.value.endswith(merged or "7 items.")
    assert address(app, "dataset")


def test_a_note_on_many_lines_names_the_first_ten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = "".join(f"u{user},i0,5,1700000100\nu{user},i1,5,1700000100\n" for user in range(9))
    app = uploaded(tmp_path, monkeypatch, LOG + again)
    app.button(key="import").click().run()
    assert "Lines 2, 3, 9, 10, 16, 17, 23, 24, 30, 31 and more." in "".join(text.value for text in app.markdown)
