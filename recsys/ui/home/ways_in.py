"""The Home page's parts: the sample, the user's data, the newest models, and the machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import CHINESE, Message, message, plural
from recsys.services.data import datasets
from recsys.services.models import leaderboard, standings
from recsys.services.models.leaderboard import RunSummary
from recsys.services.train.machine import Machine, job_threads, machine
from recsys.services.workspace import Workspace
from recsys.training.config import TrainingOptions
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav, tour
from recsys.ui.shell.language import language, tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import open_with_dialog, session, workspace
from recsys.ui.shell.text import day, plain, size

SAMPLE_MODEL = "gru4rec"
NEWEST, PICTURES, FEW = 3, 6, 5  # models, pictures of the sample, pictures of the dataset of a model
WIDEST = 112  # pixels of a picture of a strip, which shrinks until all of them fit: the strip fills its card
EXAMPLE = message(
    "user_id,item_id,rating,timestamp\nanna,tea-01,5,2024-05-31T18:20:00Z\nanna,cup-07,4,2024-06-02T09:05:00Z"
)


def ways_in() -> None:
    """The sample, the user's own data, and the models that there are, which come first in colour."""
    finished = [run for run in leaderboard.list_runs(workspace()) if run.is_whole][:NEWEST]
    sample, upload = st.columns(2, gap="medium")
    with sample, st.container(border=True, height="stretch"):
        st.subheader(tr("Try the sample"))
        st.container(key="sample_strip").image(
            [content for _, content in sample_pictures()], width=WIDEST, alt=[name for name, _ in sample_pictures()]
        )
        st.markdown(
            tr("A shop of 2,000 users and 600 products with pictures, trained and explained in about a minute.")
        )
        kind: Literal["primary", "secondary"] = "secondary" if finished else "primary"
        if st.button(tr("Open the sample"), type=kind, key="try_sample", width="stretch", disabled=is_presenting()):
            try_sample()
        if st.button(
            tr("Take the tour: nine steps, five minutes"),
            key="take_tour",
            icon=":material/tour:",
            width="stretch",
            disabled=is_presenting(),
        ):
            try_sample(guided=True)
    with upload, st.container(border=True, height="stretch"):
        st.subheader(tr("Use my data"))
        st.markdown(tr("A CSV of user–item interactions (timestamps optional); items, users and pictures if you have them. "
                    "The data stays on this machine."))  # fmt: skip
        st.code(tr(EXAMPLE), language=None)
        if st.button(tr("Upload interactions"), key="own_files", width="stretch", disabled=is_presenting()):
            open_with_dialog("data", "import")  # without a dataset the page itself is the form
            nav.go("data")
    if finished:
        models(finished)


def models(finished: Sequence[RunSummary]) -> None:
    """The newest trained models as cards."""
    st.subheader(tr("Continue with a trained model"))
    for column, run in zip(st.columns(NEWEST, gap="medium"), finished, strict=False):
        kind: Literal["primary", "secondary"] = "primary" if run is finished[0] else "secondary"
        with column, st.container(border=True, height="stretch"):
            # The dataset too: two cards may be of one kind of model.
            name = f"**{plain(run.label, 60)}** · {plain(run.dataset_name, 40)}"
            st.markdown(name, help=plain(run.note) or None)
            if pictures := dataset_pictures(workspace(), run.dataset_id):
                alt = [""] * len(pictures)  # they only say which data this is
                st.container(key=f"sample_strip_{run.run_id}").image(pictures, width=WIDEST, alt=alt)
            faithful = standings.faithful_share(workspace(), run.run_id)
            facts = [
                f"NDCG@10 {run.metrics['ndcg@10']:.3f}" if run.metrics and not run.hides_test else "",
                "" if faithful is None else tr("{share:.0%} faithful", share=faithful),
            ]
            st.caption(f"{' · '.join(filter(None, facts))}  \n{day(run.created)}")
            with st.container(horizontal=True):
                if st.button(tr("Recommend"), key=f"open_{run.run_id}", type=kind, icon=":material/recommend:"):
                    nav.go("recommend", run=run.run_id)
                if st.button(tr("Explain"), key=f"explain_{run.run_id}", icon=":material/search_insights:"):
                    nav.go("explain", run=run.run_id)


@st.cache_resource(max_entries=32, show_spinner=False)
def dataset_pictures(workspace: Workspace, dataset_id: str) -> list[str]:
    return [str(path) for path in datasets.some_pictures(workspace, dataset_id, FEW)]


@st.cache_resource(show_spinner=False)
def sample_pictures() -> list[tuple[str, bytes]]:
    """(title, PNG) of some products of the sample, spread over its catalogue."""
    return datasets.sample_pictures(PICTURES)


def try_sample(*, guided: bool = False) -> None:
    """Open the training of the sample; `guided`: begin the tour with it."""
    try:
        dataset_id, run_id = sample_run()
    except RecsysError as error:
        fail(error)
        return
    session().dataset_id, session().run_id = dataset_id, run_id
    if guided:
        tour.start(run_id)
    nav.go("train", run=run_id, like=run_id)  # the form shows what is trained


def sample_run() -> tuple[str, str]:
    """Dataset and run ids of the sample in the session's language; a run is started where there is none yet."""
    with st.spinner(tr("Loading the sample shop …")):
        dataset_id = datasets.import_sample(workspace(), "zh" if language() == CHINESE else "en").dataset_id
    for run in leaderboard.list_runs(workspace()):
        if (run.dataset_id, run.model) == (dataset_id, SAMPLE_MODEL) and run.state in ("finished", "running"):
            return dataset_id, run.run_id
    with st.spinner(tr("Starting the training …")):
        from recsys.services.train.training import TrainRequest, start  # with torch: Home does without

        options = TrainingOptions(threads=job_threads())
        return dataset_id, start(workspace(), TrainRequest(dataset_id, SAMPLE_MODEL, "quick", options=options))


def machine_line() -> None:
    """One line on what there is to train with."""
    here = machine()
    cores = plural("{n:,} core", "{n:,} cores", here.cores)
    line = _machine(here).format(
        cores=cores, memory_free=size(here.memory_free), memory=size(here.memory), gpu=plain(here.gpu or "")
    )
    st.caption(tr(line))


def _machine(here: Machine) -> Message:
    if here.gpu is None:  # not known before torch is loaded
        return message("This machine: {cores}, {memory_free} of {memory} memory free.")
    if not here.gpu:
        return message(
            "This machine: {cores}, {memory_free} of {memory} memory free, no GPU: everything runs on the CPU."
        )
    return message("This machine: {cores}, {memory_free} of {memory} memory free, {gpu}.")
