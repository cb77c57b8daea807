"""Groups of users who agree, on the Users tab of Data; the privacy choices of an import."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.data.importing.import_choices import Protection
from recsys.services.workspace import open_workspace
from tests.pages.drive import opened, table, texts
from tests.worlds.small_shop import import_small_shop


def test_the_users_tab_lists_the_smallest_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_id = import_small_shop(open_workspace(tmp_path), ages=True)  # 30 users, each of another age
    app = opened("data", tmp_path, monkeypatch, table="Users")
    assert "By age, 30 of 30 users are in groups smaller than 5." in texts(app).replace("\\", "")
    assert "The 10 smallest of 30 groups." in texts(app)
    (groups,) = [frame.value for frame in app.dataframe if set(frame.value.columns) == {"age", "users"}]
    assert groups.values.tolist()[0] == ["20", 1]
    app.multiselect(key=f"group_columns_{dataset_id}").set_value([]).run()
    assert not app.exception and "smaller than" not in texts(app)


def test_a_dataset_without_user_attributes_has_no_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_small_shop(open_workspace(tmp_path))
    app = opened("data", tmp_path, monkeypatch, table="Users")
    assert len(table(app, "user", "events")) == 30
    assert not [one for one in app.number_input if one.key == "group_size"]


def form() -> None:
    import streamlit as st

    from recsys.data.importing.import_choices import Protection
    from recsys.ui.data.protection_form import protection_form

    before = st.session_state.get("before", Protection())
    st.session_state["chosen"] = protection_form({"users": ["age", "zip"], "items": ["price"]}, before)


def test_the_form_changes_nothing_unless_chosen() -> None:
    app = AppTest.from_function(form, default_timeout=30).run()
    assert app.session_state["chosen"] == Protection()


def test_the_form_shows_what_was_chosen_before() -> None:
    before = Protection(pseudonyms=("items",), drop=("users.job",), bands={"users.age": None}, days=True)
    app = AppTest.from_function(form, default_timeout=30)
    app.session_state["before"] = before
    assert app.run().session_state["chosen"] == before


def test_the_form_gives_what_was_chosen() -> None:
    app = AppTest.from_function(form, default_timeout=30).run()
    app.checkbox(key="protect_users").check()
    app.checkbox(key="protect_days").check()
    app.multiselect(key="protect_drop").set_value(["users.zip", "items.price"])
    app.get("button_group")[0].set_value("10")
    app.run()
    assert app.session_state["chosen"] == Protection(
        pseudonyms=("users",), drop=("users.zip", "items.price"), bands={"users.age": 10}, days=True
    )
    assert "The key of the pseudonyms is kept apart" in app.caption[0].value
    app.multiselect(key="protect_drop").set_value(["users.age"]).run()
    assert app.session_state["chosen"].bands == {}
