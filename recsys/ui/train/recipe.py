"""The same training as a command and as a file, and settings from a file or an earlier run into the form."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.services.train import recipe
from recsys.services.train.recipe import Recipe
from recsys.ui.parts.widgets import fail
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import from_address, session, workspace
from recsys.ui.shell.text import plain


def fold(dataset_id: str, made: Recipe) -> None:
    """Command and settings file of the form as it is, and a file to fill it from."""
    with st.expander(tr("Command and settings file"), icon=":material/terminal:", key="pass_on"):
        st.code(recipe.command(workspace(), dataset_id, made), language="bash", wrap_lines=True)
        st.caption(
            tr(
                "Trains the same model from a terminal in the project folder, with all cores; the app leaves one core free."
            )
        )
        st.download_button(
            tr("Save settings"),
            lambda: recipe.to_file(made),
            f"{made.model}.json",
            "application/json",
            key="save_settings",
        )
        file = st.file_uploader(
            tr("Load settings"), type=["json"], key="load_settings", max_upload_size=1, on_change=load
        )
        if file is not None:
            try:
                settings_file = recipe.from_file(file.getvalue())
                text = plural("Loaded {file}: {model} with {n:,} changed setting.",
                              "Loaded {file}: {model} with {n:,} changed settings.",
                              len(settings_file.changed), file=plain(file.name), model=plain(settings_file.model))  # fmt: skip
                st.caption(tr(text))
            except RecsysError as error:
                fail(error)


def load() -> None:
    """Fill the form from an uploaded file before it is drawn."""
    file = st.session_state["load_settings"]
    if file is not None:
        try:
            fill(recipe.from_file(file.getvalue()))
        except RecsysError:
            return  # shown below the file


def follow_link() -> None:
    """Fill the form, once, with the settings of the run that a link names: ?like=RUN."""
    run_id = from_address("like")
    if run_id and run_id != session().like:
        try:
            session().dataset_id, settings_of_run = recipe.of_run(workspace(), run_id)
            fill(settings_of_run)
        except RecsysError as error:
            fail(error)
    session().like = run_id
    _follow_model()


def _follow_model() -> None:
    """Choose the model that a link names, once: ?model=NAME."""
    name = from_address("model")
    if name and name != session().linked_model:
        try:
            fill(Recipe.checked(name, "balanced", {}))
        except RecsysError as error:
            fail(error)
    session().linked_model = name


def fill(settings_to_fill: Recipe) -> None:
    """The form begins anew with these choices; a device that this machine lacks becomes auto."""
    session().recipe = settings_to_fill
    session().fillings += 1
