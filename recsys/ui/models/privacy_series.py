"""Below the attack: what protection costs, from the privacy series of the model, trained by the queue."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.services.data.privacy_notes import epsilon_limits, epsilon_note, federated_note
from recsys.services.models import privacy_series, privacy_series_text
from recsys.services.models.privacy_series import MemberRun, Series
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.models import privacy_chart
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache, run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import rerun, workspace
from recsys.ui.shell.text import comma_list, duration, plain

TICK = 2.0  # seconds


def show(run: OpenRun) -> None:
    about = tr("The privacy series trains the same model six times without a fifth of the users, who are then attacked: "
               "central, with a privacy budget (ε) of 8, 3 and 1, federated, and federated with ε ≤ 8.")  # fmt: skip
    st.subheader(tr("What protection costs"), anchor=False, help=about)
    if reason := privacy_series.why_no_series(run.config):
        st.info(plain(reason))
        return
    runs = privacy_series.find_members(workspace(), run.config)
    if not any(member.state == "finished" for member in runs):
        st.markdown(about)
    panel(run, runs)
    done = run_cache.privacy_results(workspace(), runs)
    if done.measured:
        privacy_chart.show(done, run.config.run_id)
    notes(done)


def panel(run: OpenRun, runs: list[MemberRun]) -> None:
    """The series under way, else the button that trains what is left of it."""
    run_id = run.config.run_id
    if any(member.is_under_way for member in runs):
        st.fragment(live, run_every=TICK)(run_id, states(runs))
        return
    failed = [member.config.shown_title for member in runs if member.state == "failed"]
    if failed:
        names = comma_list(plain(title) for title in failed)
        st.warning(tr("Failed: {members}. See the reason under Train, or train the series again.", members=names),
                   icon=":material/error:")  # fmt: skip
    if not any(member.is_left for member in runs):
        return
    seconds = privacy_series_text.seconds_left(runs, kind_of(run), run.record.seconds)
    with st.container(horizontal=True, vertical_alignment="center", key="series_start"):
        pressed = st.button(tr("Train the privacy series"), key="train_series", type="primary", icon=":material/play_arrow:",
                            disabled=is_presenting(), help=tr("It continues when you leave this page."))  # fmt: skip
        finished = sum(member.state == "finished" for member in runs)
        st.caption(tr("{done} of {members} trained. About {time} for the rest, a rough estimate.", done=finished,
                      members=len(runs), time=duration(max(1.0, seconds))), width="content")  # fmt: skip
    if pressed:
        try:
            privacy_series.start(workspace(), run_id)
        except RecsysError as error:
            fail(error)
            return
        rerun()


def kind_of(run: OpenRun) -> str:
    """What kind of member the run is as expensive as."""
    options = run.config.options
    return "federated" if options.federated is not None else "epsilon" if options.privacy is not None else "central"


def states(runs: list[MemberRun]) -> tuple[str, ...]:
    return tuple(member.state for member in runs)


def live(run_id: str, drawn: tuple[str, ...]) -> None:
    """How far the series is; when a member begins or ends, the page is drawn again, and the chart with it."""
    try:
        runs = privacy_series.find_members(workspace(), workspace().runs.open(run_id).config)
    except RecsysError:  # deleted elsewhere
        rerun()
    if states(runs) != drawn:
        rerun()
    finished = sum(member.state == "finished" for member in runs)
    running = next((member for member in runs if member.state == "running"), None)
    share = 0.0
    text = tr("{done} of {members} trained", done=finished, members=len(runs))
    if running is not None:
        now = cache.progress(workspace(), running.config.run_id)
        share = now.share
        text = tr("{done} of {members} trained, {model} is training", done=finished, members=len(runs), model=plain(now.title))  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", key="series_live"):
        with st.container(width="stretch"):
            st.progress(min(1.0, (finished + share) / len(runs)), text=text)
        if st.button(tr("Stop"), key="stop_series", icon=":material/stop_circle:", disabled=is_presenting(),
                     help=tr("What is trained is kept; the next press continues.")):  # fmt: skip
            privacy_series.stop(workspace(), run_id)
            st.toast(tr("Stopping the series: what is trained is kept."))
            rerun()


def notes(done: Series) -> None:
    """What a budget and federated training protect, and what they do not."""
    private = [result for result in done.measured if result.delta is not None]
    with st.expander(tr("What ε and federated training protect"), icon=":material/help:", key="series_notes"):
        if private:
            least = min(private, key=lambda result: result.epsilon)
            st.markdown(tr(epsilon_note(least.epsilon, least.delta or 0.0)))
        st.markdown(tr(epsilon_limits()))
        st.markdown(tr(federated_note()))
