"""The context of every page, chosen once in the sidebar: dataset, model, comparison, slice and user; below it the jobs.

The frame draws it before the page, which reads it with `current`. What needs an opened run (the user) is drawn by the page
into `user_slot`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.data.store import DatasetSummary
from recsys.messages import message, plural
from recsys.services.data import forget
from recsys.services.data.datasets import list_datasets
from recsys.services.models.leaderboard import RunSummary, list_runs
from recsys.services.workspace.slices import Slice
from recsys.ui.shell import cache, job_cards, language, open_imports, presenter, user_slice
from recsys.ui.shell.language import tr
from recsys.ui.shell.run_labels import run_labels
from recsys.ui.shell.state import address, follow_address, from_address, lead_address, session, to_address, workspace
from recsys.ui.shell.text import plain, unique_labels

KEY, OPEN = "context", "open_sidebar"
LONGEST_PART, LONGEST_PRESENTED = 24, 60  # characters of a name in the line of what is chosen
SHORT_ID = 4  # characters of an id that tell apart what has the same name
NO_RUN = ""  # compare with no other run
RUN_PAGES = ("models", "explore", "recommend", "explain")  # whose link always names the run
COMPARE_PAGES = ("recommend",)
STALE = {
    "run": message("The link names the model **{name}**, which is not here: another one is shown."),
    "user": message("The link names the user **{name}**, who is not in this dataset: another one is shown."),
    "item": message("The link names the item **{name}**, which is not in this dataset: another one is shown."),
}
OF_A_DATASET = (
    "run",
    "sweep",
    "compare",
    "user",
    "item",
    "history",
    "edit",
    "disliked",
    "slice",
)  # what a link says beside the dataset


@dataclass
class Context:
    """What is chosen. `stale`: (parameter, id) of what the link names and is not here. `runs`: the usable runs of the
    dataset, newest first; `all_runs` also those that are training, waiting or failed, which only Models selects."""

    page: str
    line: DeltaGenerator
    user_slot: DeltaGenerator
    switch: language.Switch
    dataset: DatasetSummary | None = None
    run: RunSummary | None = None
    other: RunSummary | None = None
    runs: list[RunSummary] = field(default_factory=list)
    all_runs: list[RunSummary] = field(default_factory=list)
    stale: list[tuple[str, str]] = field(default_factory=list)
    line_text: str = ""


def show(page: str) -> None:
    """Draw the sidebar of a page."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="context_line"
    ):
        line = st.empty()
        presenter.leave()
    with presenter.sidebar():
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False):
            st.markdown("**RecScope**", width="content")
            share()
        chosen, slice_slot, user_slot = (
            st.container(key="context_chosen"),
            st.container(),
            st.container(key="context_user"),
        )
        switch = language.Switch()
        job_cards.show(page)
    now = Context(page, line, user_slot, switch)
    st.session_state[KEY] = now
    with chosen:
        forget.complete(workspace())  # where a process was killed while it forgot a person
        datasets = list_datasets(workspace())
        runs = list_runs(workspace())
        if page == "models":
            _lead_by_compare()
        if datasets:
            now.dataset = _choose_dataset(datasets, runs if page == "models" else [run for run in runs if run.is_whole])
            now.all_runs = [run for run in runs if now.dataset.dataset_id in (run.dataset_id, run.successor)]
            now.runs = [run for run in now.all_runs if run.is_whole]
        if now.runs:
            _choose_run(now)
        elif page in RUN_PAGES:
            _note_stale(now, "run", ())
    if now.dataset:
        with slice_slot:
            user_slice.show(now.dataset.dataset_id)
    _line(now, "open_context")


def finish() -> None:
    """Draw again what the page has changed since: the address, and the user who was chosen first."""
    now = current()
    now.switch.draw()  # its links lead to what the page shows by now
    _line(now, "open_context_again")


def share() -> None:
    """The link of the page with all that it names, to copy."""
    with st.popover(tr("Share"), icon=":material/link:", key="share", on_change="rerun") as popover:
        if popover.open:
            query = urlencode({name: value for name, value in address().items() if name != open_imports.PARAMETER})
            with st.container(key="share_link"):
                st.code(f"{st.context.url or ''}{'?' * bool(query)}{query}", language=None, wrap_lines=True)
            st.caption(tr("This link opens the page as it is now."))
            presenter.enter()


def sidebar_state() -> Literal["auto", "expanded"]:
    """Open where the one-line context of a phone was pressed."""
    return "expanded" if st.session_state.pop(OPEN, False) else "auto"


def _line(now: Context, key: str) -> None:
    """What is chosen in one line, drawn on narrow screens and while presenting; a press shows the choices."""
    parts = [now.dataset.name if now.dataset else "", now.run.label if now.run else ""]
    parts += [user_slice.line(now.dataset.dataset_id) if now.dataset else "", session().user_id or ""]
    longest, on_click = LONGEST_PART, _open_sidebar
    if presenter.is_presenting():
        longest, on_click = LONGEST_PRESENTED, presenter.toggle_choices
    text = " · ".join(plain(part, longest) for part in parts if part) or "RecScope"
    if text != now.line_text:
        now.line.button(text, key=key, type="tertiary", icon=":material/tune:", on_click=on_click)
        now.line_text = text


def _open_sidebar() -> None:
    st.session_state[OPEN] = True


def current() -> Context:
    """The context of the page that is being drawn."""
    context: Context = st.session_state[KEY]
    return context


def say_stale() -> None:
    """Warn, below the page's title, of what the link names and is not here."""
    for parameter, name in current().stale:
        warn_stale(parameter, name)


def warn_stale(parameter: str, name: str) -> None:
    st.warning(tr(STALE[parameter].format(name=plain(name, 60))), icon=":material/link_off:")


def _choose_dataset(datasets: list[DatasetSummary], runs: list[RunSummary]) -> DatasetSummary:
    """The dataset of the link's run, of the link, of the session, or the newest."""
    by_id = {summary.dataset_id: summary for summary in datasets}
    dataset_of = {run.run_id: run.successor or run.dataset_id for run in runs}
    of_run = dataset_of.get(from_address("run") or "")
    if of_run and st.session_state.get("_run_of_dataset") != from_address("run"):
        st.session_state["dataset_choice"] = of_run
    st.session_state["_run_of_dataset"] = from_address("run")
    ids = list(by_id)
    now = ids.index(follow_address("dataset", "dataset_choice", ids, session().dataset_id))
    names = _dataset_labels(datasets)
    chosen = st.selectbox(
        tr("Dataset"), ids, now, format_func=names.__getitem__, key="dataset_choice", on_change=_dataset_changed
    )
    session().dataset_id = chosen
    lead_address("dataset", "dataset_choice", chosen)
    return by_id[chosen]


def _dataset_labels(datasets: list[DatasetSummary]) -> dict[str, str]:
    """Name and number of events by id; where two agree in both, the beginning of the id behind the name, which a narrow box shows."""
    times = Counter((one.name, one.rows) for one in datasets)
    labels = {}
    for one in datasets:
        name = one.name if times[one.name, one.rows] == 1 else f"{one.name} ({one.dataset_id[:SHORT_ID]})"
        labels[one.dataset_id] = f"{name} · {tr(plural('{n:,} event', '{n:,} events', one.rows))}"
    return unique_labels(labels)


def _dataset_changed() -> None:
    session().run_id = session().user_id = session().compare_id = None
    session().slice = Slice()
    to_address(**dict.fromkeys(OF_A_DATASET))


def _choose_run(now: Context) -> None:
    by_id = {run.run_id: run for run in now.runs}
    selectable = {run.run_id for run in now.all_runs} if now.page == "models" else set(by_id)
    if now.page in RUN_PAGES:
        _note_stale(now, "run", selectable)
    chosen = _select(tr("Model"), "run", "run_choice", by_id, _usual_run(now), _run_changed)
    now.run = by_id[chosen]
    if now.run.note:
        st.caption(plain(now.run.note))
    if now.page in RUN_PAGES and from_address("run") not in selectable - set(by_id):
        session().run_id = chosen
        lead_address("run", "run_choice", chosen)
    if now.page in COMPARE_PAGES:
        others = {run_id: run for run_id, run in by_id.items() if run_id != chosen}
        other = _select(tr("Compare with"), "compare", "compare_choice", {NO_RUN: None, **others}, session().compare_id)
        session().compare_id, now.other = other or None, others.get(other)
        lead_address("compare", "compare_choice", other)


def _usual_run(now: Context) -> str | None:
    """The run of the session; where neither link nor session names one, the best on validation."""
    run_ids = {run.run_id for run in now.runs}
    if run_ids & {from_address("run"), session().run_id, st.session_state.get("run_choice")}:
        return session().run_id
    return cache.ranked(workspace(), now.all_runs)[0].run.run_id


def _run_changed() -> None:
    """The link may name a run that the sidebar does not list, as one that still trains: it gives way."""
    if current().page == "models":
        to_address(run=st.session_state["run_choice"])


def _lead_by_compare() -> None:
    """A link of an earlier version names all its runs in `compare`: the first becomes the model."""
    compared = from_address("compare")
    if compared and not from_address("run"):
        to_address(run=compared.split(",")[0])


def _select(
    label: str,
    parameter: str,
    key: str,
    by_id: Mapping[str, RunSummary | None],
    otherwise: str | None,
    on_change: Callable[[], None] | None = None,
) -> str:
    ids = list(by_id)
    now = ids.index(follow_address(parameter, key, ids, otherwise))
    names = {NO_RUN: tr("none")} | run_labels(run for run in by_id.values() if run)
    chosen: str = st.selectbox(label, ids, now, format_func=names.__getitem__, key=key, on_change=on_change)
    return chosen


def _note_stale(now: Context, parameter: str, existing: Container[str]) -> None:
    wanted = from_address(parameter)
    if wanted and wanted not in existing:
        now.stale.append((parameter, wanted))
