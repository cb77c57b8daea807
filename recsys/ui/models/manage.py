"""What is done to models: name, delete, blend, import. All in one menu of the Models page."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from recsys.errors import RecsysError
from recsys.services.models import leaderboard, transfer
from recsys.services.models.leaderboard import RunSummary
from recsys.ui.models import blends
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav
from recsys.ui.shell.state import session, to_address, workspace
from recsys.ui.shell.text import count, plain, size


def menu(chosen: Sequence[RunSummary]) -> None:
    """The menu; what concerns one model is about the first that is selected."""
    with st.popover("Manage", icon=":material/more_vert:", key="manage"):
        rename_tab, blend_tab, import_tab, delete_tab = st.tabs(["Name and note", "Blend", "Import", "Delete"])
        with rename_tab:
            rename(chosen[0])
        with blend_tab:
            blends.offer(chosen)
        with import_tab:
            import_model()
        with delete_tab:
            delete(chosen[0])


def rename(run: RunSummary) -> None:
    with st.form(f"rename_{run.run_id}", border=False):
        name = st.text_input("Name", run.name, max_chars=80, key=f"name_{run.run_id}", placeholder=run.title)
        note = st.text_area("Note", run.note, max_chars=2000, key=f"note_{run.run_id}")
        if st.form_submit_button("Save", type="primary", key=f"save_{run.run_id}"):
            try:
                leaderboard.rename_run(workspace(), run.run_id, name, note)
                st.rerun()
            except RecsysError as error:
                fail(error)
    st.caption("Shown wherever the model is named; its id stays.")


def delete(run: RunSummary) -> None:
    if run.state == "running":
        st.markdown("This model is training. Stop it first, on the Train page.")
        return
    if run.state == "unknown":
        st.markdown("This model may be training on another host. Watch it to see which, and to release it.")
        return
    why_not = leaderboard.why_not_deleted(workspace(), run.run_id)
    if why_not:
        st.markdown(plain(why_not))
        return
    num_files, num_bytes = leaderboard.files_of(workspace(), run.run_id)
    files, name = count(num_files, "file"), plain(run.label)
    st.markdown(f"Deletes {files} of **{name}** ({size(num_bytes)}): weights, metrics, progress, name and note.")
    st.markdown(f"The dataset {plain(run.dataset_name)} stays.")
    if run.is_blend:
        st.markdown("The models that it blends stay.")
    if st.button("Delete for good", type="primary", key="delete_run"):
        try:
            leaderboard.delete_run(workspace(), run.run_id)
        except RecsysError as error:
            fail(error)
            return
        session().run_id = session().compare_id = None
        to_address(run=None, compare=None)
        st.rerun()


def import_model() -> None:
    file = st.file_uploader("Exported model", type=["zip"], key="upload_run")
    if file is None or not st.button("Import model", key="import_run"):
        return
    with tempfile.TemporaryDirectory(prefix="recscope-") as folder:
        path = Path(folder) / "run.zip"
        path.write_bytes(file.getbuffer())
        try:
            with st.spinner("Checking every part of it …"):
                run_id = transfer.import_run(workspace(), path)
        except RecsysError as error:
            fail(error)
            return
    nav.go("recommend", run=run_id)
