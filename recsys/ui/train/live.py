"""The live panel: the run or the sweep that is watched, beside earlier runs of the dataset. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys.errors import RecsysError
from recsys.services.train.job_list import Progress, running_jobs
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import from_address, rerun, session, workspace
from recsys.ui.shell.text import comma_list, plain
from recsys.ui.train import job_state, learning_curves, sweep_panel, traffic

TICK = 1.0  # seconds


@dataclass(frozen=True)
class Watched:
    """What the panel shows: a run, or a sweep."""

    run_id: str | None = None
    sweep_id: str | None = None


def watched(dataset_id: str) -> Watched | None:
    """The run or sweep of the link, else the one of this dataset that trains or waits."""
    in_link = from_address("run")
    if in_link:
        session().run_id = in_link
        return Watched(run_id=in_link)
    if sweep_id := from_address("sweep"):
        return Watched(sweep_id=sweep_id)
    run_id = next(iter(jobs(dataset_id)), None)
    if run_id is None:
        return None
    member = workspace().sweeps.of_run(run_id)
    return Watched(sweep_id=member[0].sweep_id) if member else Watched(run_id=run_id)


def jobs(dataset_id: str) -> dict[str, Progress]:
    """The runs of a dataset that train or wait, by id, in order."""
    all_jobs = {run_id: cache.progress(workspace(), run_id) for run_id in running_jobs(workspace())}
    return {run_id: now for run_id, now in all_jobs.items() if now.dataset_id == dataset_id}


def panel(dataset_id: str, shown: Watched | None) -> None:
    """The watched run, as a fragment that polls while something is under way; without one, the curves of earlier runs."""
    if shown is None:
        earlier(dataset_id)
        return
    if shown.sweep_id is not None:
        sweep_panel.panel(shown.sweep_id)
        return
    run_id = shown.run_id
    assert run_id is not None
    try:
        now = cache.progress(workspace(), run_id)
    except RecsysError as error:
        fail(error)
        return
    session().dataset_id = now.dataset_id  # what the form begins with
    under_way = {run_id} if now.is_under_way else set()
    under_way |= set(jobs(now.dataset_id))
    announce(under_way)
    session().watched = under_way
    member = workspace().sweeps.of_run(run_id)
    if member and st.button(tr("All runs of the sweep"), key="to_sweep", type="tertiary", icon=":material/arrow_back:"):
        nav.go("train", sweep=member[0].sweep_id)
    st.fragment(live, run_every=TICK if under_way else None)(run_id)


def announce(under_way: set[str]) -> None:
    """A toast for each watched run that has finished. The page stays."""
    for run_id in session().watched - under_way:
        try:
            now = cache.progress(workspace(), run_id)
        except RecsysError:
            continue  # taken out of the queue
        if now.state == "finished":
            st.toast(tr("{model} is trained.", model=plain(now.title)), icon=":material/check_circle:")


def earlier(dataset_id: str) -> None:
    """Before anything is watched: curves of earlier runs, or what will be seen here."""
    curves = learning_curves.choose(dataset_id, None)
    if curves:
        learning_curves.draw(None, curves)
        return
    with st.container(border=True, key="live_hint"):
        title = tr("Live view")
        st.markdown(f":material/show_chart: **{title}**")
        st.caption(
            tr("Press Train to see the model learn here: training loss and validation NDCG@10 after every epoch, beside "
               "earlier models, with the time left and a button to stop. Training continues when you leave this page.")
        )  # fmt: skip


def live(run_id: str) -> None:
    try:
        now = cache.progress(workspace(), run_id)
    except RecsysError:  # taken out of the queue or deleted elsewhere
        rerun()
    others = jobs(now.dataset_id)
    job_state.show(now)
    traffic.traffic_line(now)
    for other_id, other in others.items():
        if other_id != run_id and other.state == "running":
            job_state.running(other)
    waiting = [other for other_id, other in others.items() if other_id != run_id and other.state == "waiting"]
    if waiting:
        titles = comma_list(plain(other.title) for other in waiting)
        text = tr("Next in the queue: {models}", models=titles)
        st.caption(f":material/hourglass: {text}")
    curves = learning_curves.choose(now.dataset_id, now)
    learning_curves.draw(now, curves)
    if now.epochs_done:
        learning_curves.log(now)
    if not session().watched <= {*others, *([run_id] if now.is_under_way else [])}:
        rerun()  # one has ended: `panel` goes on, and the timer stops where nothing is under way
