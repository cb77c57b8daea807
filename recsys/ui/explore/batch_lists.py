"""The recommendations of all users as one file."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.services.explore import batch_lists
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.widgets import fail
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain

K = 10
COMMAND = "python -m recsys recommend {run_id} --all --out recommendations.csv"


def show(run: OpenRun) -> None:
    """The file is made on request and then offered for download."""
    st.markdown(tr("The top {k} of every user in one CSV file: user, rank, item, title and score.", k=K))
    weights, prepared = run.record.weights_sha256, session().prepared
    if st.button(tr("Prepare the file"), key="prepare_all"):
        bar = st.progress(0.0)

        def tell(done: int, of: int) -> None:
            bar.progress(done / of, text=tr(plural("{done:,} of {n:,} user", "{done:,} of {n:,} users", of, done=done)))

        try:
            prepared = (weights, *batch_lists.prepared(workspace(), run, K, tell))
            session().prepared = prepared
        except RecsysError as error:
            fail(error)
        bar.empty()
    if prepared is not None and prepared[0] == weights:
        name, content = prepared[1:]
        st.download_button(
            tr("Download {file}", file=plain(name)),
            lambda: content,
            name,
            "text/csv",
            key="download_all",
        )
    st.caption(tr("The same on the command line; a name that ends in .parquet gives Parquet."))
    st.code(COMMAND.format(run_id=run.config.run_id), language="shell")
