"""The panel of a measurement of a run: a button that starts it, its progress, and the ways to end it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from recsys.errors import RecsysError
from recsys.services.models.run_job import TICK_WAIT, RunJob
from recsys.ui.parts.widgets import fail
from recsys.ui.shell.job_cards import progress_text
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import rerun, workspace
from recsys.ui.shell.text import plain


@dataclass(frozen=True)
class JobPanel:
    """What a panel shows: the label of its button, the numbers of users to choose from, and what the job does.

    A job that is not of a sample has no `sizes`; `usual` is then the number of all users. `more` draws further choices and
    returns them as arguments of the command. With `kept`, what a stop keeps, there is one way to end the job instead of two.
    """

    job: RunJob
    start: str
    sizes: Sequence[int]
    usual: int
    doing: str
    more: Callable[[], Sequence[str]] | None = None
    kept: str = ""

    def show(self, run_id: str, time: Callable[[int], str]) -> None:
        """The measurement that is under way, else the button that starts one; `time` is how long for a number of users."""
        name, now = self.job.command, self.job.progress(workspace(), run_id)
        if now.state in ("running", "unknown"):
            st.fragment(self.live, run_every=TICK_WAIT)(run_id)
            return
        if now.state == "failed":
            st.error(plain(now.message, 400), icon=":material/error:")
        with st.container(horizontal=True, vertical_alignment="bottom", key=f"{name}_start"):
            size = self.usual
            if self.job.of_sample:
                size = st.select_slider(
                    tr("Users in the sample"),
                    self.sizes,
                    value=self.usual,
                    key=f"{name}_users",
                    width=320,
                    format_func=str,
                )
            more = self.more() if self.more is not None else ()
            label = tr(self.start)
            pressed = st.button(label, key=f"measure_{name}", type="primary", icon=":material/play_arrow:",
                                disabled=is_presenting(), help=tr("It continues when you leave this page."))  # fmt: skip
            takes = tr(time(size))
            st.caption(takes, width="content")
        if pressed:
            try:
                self.job.start(workspace(), run_id, size, more)
            except RecsysError as error:
                fail(error)
                return
            rerun()

    def live(self, run_id: str) -> None:
        """How far the measurement is, with the ways to end it; once it has ended, the page is drawn again."""
        name = self.job.command
        try:
            now = self.job.progress(workspace(), run_id)
        except RecsysError:  # deleted elsewhere
            rerun()
        if now.state not in ("running", "unknown"):
            rerun()
        if now.state == "unknown":
            st.info(
                tr(
                    "The measurement may be running on host **{host}**, which cannot be checked from here.",
                    host=plain(now.host),
                )
            )
            if st.button(tr("It has ended: release it"), key=f"release_{name}", disabled=is_presenting()):
                self.job.forget(workspace(), run_id)
                rerun()
            return
        with st.container(horizontal=True, vertical_alignment="center", key=f"{name}_live"):
            st.progress(now.share, text=progress_text(now, self.doing))
            if not self.job.of_sample:
                if st.button(tr("Stop"), key=f"stop_{name}", icon=":material/stop_circle:", disabled=is_presenting(),
                             help=tr("Nothing is kept.")):  # fmt: skip
                    self.job.stop(workspace(), run_id, at_once=True)
                    rerun()
                return
            if self.kept:
                keeps = tr(self.kept)
                if st.button(tr("Stop"), key=f"stop_{name}", icon=":material/stop_circle:", disabled=is_presenting(),
                             help=keeps):  # fmt: skip
                    self.job.stop(workspace(), run_id)
                    st.toast(tr("Stopping after this step."))
                return
            if st.button(tr("Stop and keep"), key=f"stop_{name}", icon=":material/stop_circle:", disabled=is_presenting(),
                         help=tr("Keeps the users measured so far, unless an earlier measurement has more.")):  # fmt: skip
                self.job.stop(workspace(), run_id)
                st.toast(tr("Stopping: the users measured so far are kept."))
            if st.button(tr("Discard"), key=f"discard_{name}", icon=":material/delete:", disabled=is_presenting(),
                         help=tr("Ends it at once and keeps nothing.")):  # fmt: skip
                self.job.stop(workspace(), run_id, at_once=True)
                rerun()
