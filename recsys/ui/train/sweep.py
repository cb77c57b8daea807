"""Sweep, a search of settings: what is searched, what it takes, and the button. Its progress: sweep_panel.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.data.dataset import Dataset
from recsys.errors import RecsysError
from recsys.messages import message
from recsys.models.search_range import SearchRange
from recsys.runs.sweep_record import SweepRecord
from recsys.services.train import sweep
from recsys.services.train.job_list import running_jobs
from recsys.services.train.model_cards import ModelCard
from recsys.services.train.planning import TrainRequest
from recsys.services.train.recipe import Recipe
from recsys.services.train.sweep import USUAL_RUNS, SweepRequest
from recsys.services.train.sweep_runs import earlier_sweeps, sweep_progress
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import from_address, session, workspace
from recsys.ui.shell.text import comma_list, day, plain
from recsys.ui.train import choices, estimate
from recsys.ui.train.model_cards import suffix
from recsys.ui.train.settings import label_of

FEWEST, MOST = 4, 50  # runs on the slider; the command line takes more
EARLIER = 6  # sweeps that are listed
LINEAR, LOG = message("{low:g} to {high:g}"), message("{low:g} to {high:g}, log scale")


@dataclass(frozen=True)
class Search:
    """A choice of the form. `fixed` holds the settings that are not searched; `card` is the model with all settings."""

    card: ModelCard
    fixed: Recipe
    searched: tuple[str, ...]
    num_runs: int


def choose(card: ModelCard, dataset: Dataset, folded: DeltaGenerator) -> Search:
    """The settings to search with their ranges, and the number of runs; the other settings as for one training."""
    fixed_slot, ranges = st.container(), {s.name: s.search for s in card.settings if s.search is not None}
    chosen, num_runs = [], USUAL_RUNS
    if ranges:
        chosen = st.multiselect(
            tr("Settings to search"), [*ranges], [*ranges], format_func=label_of, key=f"searched_{card.name}{suffix()}",
            persist_state="session", help=tr("The others have the values chosen in this form."),
        )  # fmt: skip
        st.caption("  \n".join(_range_line(name, ranges[name]) for name in ranges if name in chosen))
        num_runs = st.slider(
            tr("Number of runs"), FEWEST, MOST, USUAL_RUNS, key=f"search_runs{suffix()}", persist_state="session",
            help=tr("The first run has the settings of the preset, the others random values from these ranges. The seed "
                    "decides which."),
        )  # fmt: skip
    searched = tuple(name for name in ranges if name in chosen)
    shown = replace(card, settings=tuple(setting for setting in card.settings if setting.name not in searched))
    with fixed_slot:
        fixed = choices.choose_one(shown, dataset, folded, is_search=True)
    return Search(card, fixed, searched, num_runs)


def _range_line(name: str, searched: SearchRange) -> str:
    """ "**Dropout** 0 to 0.6"."""
    label = plain(label_of(name))
    if searched.scale == "power of two":
        values = comma_list(str(power) for power in searched.powers)
    else:
        text = LOG if searched.scale == "log" else LINEAR
        values = plain(text.format(low=searched.low, high=searched.high))
    return f"**{label}** {values}"


def action(search: Search, first: TrainRequest) -> None:
    """The estimate, the button and the same sweep as a command; `first` is its first run."""
    slot, model = st.container(key="estimate"), plain(search.card.title)
    request = SweepRequest(first, search.num_runs, search.searched)
    label = tr("Search {runs:d} settings of {model}", runs=search.num_runs, model=model)
    if not search.searched:
        label = tr("Search settings")
    elif running_jobs(workspace()):
        label = tr("Add to the queue")
    is_pressed = st.button(
        label,
        type="primary",
        key="search",
        icon=":material/travel_explore:",
        disabled=not search.searched or is_presenting(),
    )
    if is_pressed:
        start(request)
    if not search.card.settings:
        st.caption(tr("{model} has no settings to search.", model=model))
    elif not search.searched:
        st.caption(tr("Choose at least one setting to search."))
    else:
        with slot:
            estimate.show([first], search.num_runs)
        with st.expander(tr("Command"), icon=":material/terminal:", key="search_command"):
            st.code(
                sweep.command(workspace(), first.dataset_id, search.fixed, request), language="bash", wrap_lines=True
            )
    records = earlier_sweeps(workspace(), first.dataset_id)
    if records:
        last(records[0])
        earlier(records)


def start(request: SweepRequest) -> None:
    """Queue all runs, keep the estimate with the first and lead to the live panel of the sweep."""
    estimate.cancel()
    try:
        with st.spinner(tr("Checking and starting …")):
            sweep_id = sweep.start(workspace(), request)
    except RecsysError as error:
        fail(error)
        return
    estimate.keep({workspace().sweeps.open(sweep_id).run_id(1): request.first})
    session().run_id = None
    nav.go("train", sweep=sweep_id)


def last(record: SweepRecord) -> None:
    """The winner of a sweep that is over and not in the live panel, and its settings for the form."""
    if record.sweep_id == from_address("sweep"):
        return
    now = sweep_progress(workspace(), record.sweep_id)
    winner = now.best
    if winner is None or now.is_under_way:
        return
    assert winner.ndcg is not None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="last_sweep"):
        text = tr("Last search, {model}: run {number:d} of {runs:d} won (validation NDCG@10 {ndcg:.3f})",
                  model=plain(record.shown_title), number=winner.number, runs=record.num_runs, ndcg=winner.ndcg)  # fmt: skip
        st.markdown(f":material/trophy: {text}", width="content")
        if st.button(tr("Use its settings"), key="fill_last", help=tr("Fill the form with the settings of this run.")):
            nav.go("train", like=winner.run_id, sweep=record.sweep_id)


def earlier(records: Sequence[SweepRecord]) -> None:
    """Sweeps on this dataset, to open."""
    with st.popover(tr("Earlier sweeps"), icon=":material/history:", type="tertiary", key="earlier_sweeps"):
        for record in records[:EARLIER]:
            label = tr("{model}, {runs:d} runs, {day}", model=plain(record.shown_title), runs=record.num_runs, day=day(record.created))  # fmt: skip
            if st.button(label, key=f"sweep_{record.sweep_id}", type="tertiary"):
                nav.go("train", sweep=record.sweep_id)
