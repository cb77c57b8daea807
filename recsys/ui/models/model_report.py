"""The report in the Export tab: made by a job in the language of the page, then downloaded."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import ENGLISH, LANGUAGES
from recsys.services.models import report_job
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import report_cards
from recsys.ui.shell.language import language, tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import rerun, session, workspace
from recsys.ui.shell.text import plain


def show(run_id: str) -> None:
    """The report that is being made, or the buttons to make and to download one."""
    st.markdown(tr("Quality, segments, faithfulness and ten explained recommendations in one HTML file, readable without the app."))  # fmt: skip
    now = report_job.progress(workspace(), run_id)
    if now.state == "running":
        st.fragment(live, run_every=report_job.TICK_WAIT)(run_id)
        return
    if now.state == "failed":
        st.error(plain(now.text, 400), icon=":material/error:")
    code = language() if language() in LANGUAGES else ENGLISH
    ready = report_job.report_of(workspace(), run_id, code)
    with st.container(horizontal=True, key="report_buttons"):
        pressed = st.button(tr("Make the report") if ready is None else tr("Make it again"), key="make_report",
                            type="primary" if ready is None else "secondary", icon=":material/description:", disabled=is_presenting(),
                            help=tr("Takes some seconds. It continues when you leave this page."))  # fmt: skip
        if ready is not None:
            report_cards.download(run_id, code, ready, "download_report")
    if pressed:
        try:
            report_job.start(workspace(), run_id, code)
        except RecsysError as error:
            fail(error)
            return
        session().reports[run_id] = code
        rerun()


def live(run_id: str) -> None:
    """How far the report is, with the way to end it; once it has ended, the page is drawn again."""
    try:
        now = report_job.progress(workspace(), run_id)
    except RecsysError:  # deleted elsewhere
        rerun()
    if now.state != "running":
        rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="report_live"):
        st.progress(now.share, text=report_cards.progress_text(now))
        if st.button(tr("Stop"), key="stop_report", icon=":material/stop_circle:", disabled=is_presenting()):
            report_job.stop(workspace(), run_id)
            report_cards.forget(run_id)
            rerun()
