"""Weights of event types, filters and missing values in the import, driven without a browser."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.drive import checked, opened, texts
from tests.pages.test_import import LOG, keys, press, uploaded

EVENTS = "user,item,event,time\n" + "".join(
    f"u{u},i{i},{('view', 'view', 'cart', 'buy')[i % 4]},{1_700_000_000 + i}\n" for u in range(9) for i in range(8)
)
USERS = "user,age\n" + "".join(f"u{user},{20 + user if user else ''}\n" for user in range(9))


def to_problems(app: AppTest) -> AppTest:
    return press(app, "import_next")


def test_types_of_events_are_listed_with_counts_and_weighed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = to_problems(uploaded(tmp_path, monkeypatch, EVENTS))
    assert "Event types: view \\(36\\), cart \\(18\\), buy \\(18\\)" in texts(app)
    assert not [box.label for box in app.checkbox], "folded until they are chosen one by one"
    app.radio(key="treat_event_types").set_value("weights").run()
    assert [box.label for box in app.checkbox] == ["view · 36 events", "cart · 18 events", "buy · 18 events"]
    assert [box.value for box in app.checkbox] == [True, True, True]
    app.checkbox(key="keep_type_event_types_1_0").uncheck().run()
    assert app.number_input(key="weight_event_types_1_0").disabled
    app.number_input(key="weight_event_types_1_1").set_value(5.0).run()
    press(app, "import_next")
    assert ":small[of 72 in the file]" in texts(app)
    assert "72 rows in the file: 36 kept, 36 left out." in texts(app)
    app.button(key="import").click().run()
    assert app.success[0].value.startswith("Imported **log**: 36 interactions")
    app.run()
    assert app.dataframe, "the dataset has ratings 1 and 5"


def test_a_filter_is_applied_with_its_effect_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG + "rare,i0,4,1700000000\n")
    app.number_input(key="filter_user_0").set_value(5).run()
    assert app.button(
        key="import"
    ).disabled and "What you changed above is not applied yet: press Apply, or undo it." in texts(app)
    press(app, "apply_filters")
    assert (
        "64 rows in the file: 63 kept, 1 left out by filters." in texts(app) and not app.button(key="import").disabled
    )
    assert "kept 63 of 64 events, 9 of 10 users and 7 of 7 items" in texts(app)
    press(app, "remove_filters")
    assert "left out" not in texts(app) and app.number_input(key="filter_user_2").value == 1


def test_a_filter_that_leaves_nothing_can_be_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    app.number_input(key="filter_item_0").set_value(10).run()
    press(app, "apply_filters")
    (error,) = app.error
    assert "Nothing is left" in error.value and "import" not in keys(app)
    press(app, "remove_filters")
    assert "import" in keys(app)


def test_a_period_lies_within_the_days_of_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = 86_400
    log = "user,item,time\n" + "".join(f"u{u},i{i},{1_600_000_000 + day * i}\n" for u in range(5) for i in range(6))
    app = uploaded(tmp_path, monkeypatch, log)
    since = app.date_input(key="filter_since_0")
    assert (since.min, since.max, since.value) == (date(2020, 9, 13), date(2020, 9, 18), None)
    assert "filter_rating_0" not in [field.key for field in app.number_input], "there are no ratings"
    since.set_value(date(2020, 9, 16)).run()
    press(app, "apply_filters")
    assert "30 rows in the file: 15 kept, 15 left out by filters." in texts(app)
    assert app.date_input(key="filter_since_1").value == date(2020, 9, 16)


def test_missing_values_are_filled_where_it_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    assert "fill_0" not in [field.key for field in app.multiselect], "nothing is missing"
    app.file_uploader(key="upload_users_1").set_value(("users.csv", USERS.encode(), "text/csv")).run()
    checked(app)
    assert app.multiselect(key="fill_0").options == ["users.age: 1 missing"]
    app.multiselect(key="fill_0").set_value(["users.age"]).run()
    press(app, "apply_fill")
    assert "Missing values of users\\.age were filled with the median, 24\\.5" in texts(app)


def test_nothing_that_is_not_needed_is_unfolded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(tmp_path, monkeypatch, LOG)
    folded = {expander.label: expander.proto.expanded for expander in app.expander}
    assert folded["Keep only: active users, period, ratings"] is False
    assert set(folded.values()) == {False}


def test_the_import_opens_without_fields_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("data", tmp_path, monkeypatch)
    assert not app.number_input and not app.multiselect
