"""What is done to models: name, delete, blend, import. All in one menu of the Models page."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.services.models import leaderboard, transfer
from recsys.services.models.leaderboard import RunSummary
from recsys.ui.models import blends
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav, presenter, uploads
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import rerun, session, to_address, workspace
from recsys.ui.shell.text import plain, size


def menu(chosen: Sequence[RunSummary]) -> None:
    """The menu; what concerns one model is about the first that is selected."""
    with st.popover(tr("Manage"), icon=":material/more_vert:", key="manage"):
        if presenter.closed():
            return
        rename_tab, blend_tab, import_tab, delete_tab = st.tabs(
            [tr("Name and note"), tr("Blend"), tr("Import"), tr("Delete")]
        )
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
        name = st.text_input(
            tr("Name"), run.name, max_chars=80, key=f"name_{run.run_id}", placeholder=localized(run.title)
        )
        note = st.text_area(tr("Note"), run.note, max_chars=2000, key=f"note_{run.run_id}")
        if st.form_submit_button(tr("Save"), type="primary", key=f"save_{run.run_id}"):
            try:
                leaderboard.rename_run(workspace(), run.run_id, name, note)
                rerun()
            except RecsysError as error:
                fail(error)
    st.caption(tr("Shown wherever the model appears. Its id does not change."))


def delete(run: RunSummary) -> None:
    if run.state == "running":
        st.markdown(tr("This model is training. Stop it first, on the Train page."))
        return
    if run.state == "unknown":
        st.markdown(tr("This model may be training on another host. Watch it to see which one, and to release it."))
        return
    why_not = leaderboard.why_not_deleted(workspace(), run.run_id)
    if why_not:
        st.markdown(plain(why_not))
        return
    num_files, num_bytes = leaderboard.files_of(workspace(), run.run_id)
    text = plural("This deletes {n:,} file of **{model}** ({size}): weights, metrics, progress, name and note.",
                  "This deletes {n:,} files of **{model}** ({size}): weights, metrics, progress, name and note.",
                  num_files, model=plain(run.label), size=size(num_bytes))  # fmt: skip
    st.markdown(tr(text))
    st.markdown(tr("The dataset {dataset} is kept.", dataset=plain(run.dataset_name)))
    if run.is_blend:
        st.markdown(tr("The models that it blends are kept."))
    if st.button(tr("Delete permanently"), type="primary", key="delete_run"):
        try:
            leaderboard.delete_run(workspace(), run.run_id)
        except RecsysError as error:
            fail(error)
            return
        session().run_id = session().compare_id = None
        to_address(run=None, compare=None)
        rerun()


def import_model() -> None:
    if presenter.closed():
        return
    file = st.file_uploader(tr("Exported model"), type=["zip"], key="upload_run")
    if file is None or not st.button(tr("Import model"), key="import_run"):
        return
    with tempfile.TemporaryDirectory(prefix="recscope-") as folder:
        path = Path(folder) / "run.zip"
        try:
            uploads.store(file.getvalue(), path)
            with st.spinner(tr("Checking the file …")):
                run_id = transfer.import_run(workspace(), path)
        except RecsysError as error:
            fail(error)
            return
    nav.go("recommend", run=run_id)
