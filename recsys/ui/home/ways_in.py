"""The Home page's parts: the sample, the user's data, and the machine."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import CHINESE, Message, message, plural
from recsys.services.data import datasets
from recsys.services.models import leaderboard
from recsys.services.train.machine import Machine, job_threads, machine
from recsys.training.config import TrainingOptions
from recsys.ui.home import trained_models
from recsys.ui.home.trained_models import WIDEST
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav, tour
from recsys.ui.shell.language import language, tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import open_with_dialog, session, workspace
from recsys.ui.shell.text import plain, size

SAMPLE_MODEL = "gru4rec"
PICTURES = 6  # of the sample
EXAMPLE = message(
    "user_id,item_id,rating,timestamp\nanna,tea-01,5,2024-05-31T18:20:00Z\nanna,cup-07,4,2024-06-02T09:05:00Z"
)


def ways_in() -> None:
    """The sample, the user's own data, and the models that there are, which come first in colour."""
    trained = trained_models.to_continue()
    sample, upload = st.columns(2, gap="medium")
    with sample, st.container(border=True, height="stretch"):
        st.subheader(tr("Try the sample"))
        st.container(key="sample_strip").image(
            [content for _, content in sample_pictures()], width=WIDEST, alt=[name for name, _ in sample_pictures()]
        )
        st.markdown(
            tr("A shop of 2,000 users and 600 products with pictures, trained and explained in about a minute.")
        )
        kind: Literal["primary", "secondary"] = "secondary" if trained else "primary"
        if st.button(tr("Try the sample"), type=kind, key="try_sample", width="stretch", disabled=is_presenting()):
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
    if trained:
        trained_models.cards(trained)


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
