"""How few events identify a user, with what pseudonyms do not do: a line below the users, the numbers behind it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.services.data import reidentification
from recsys.services.data.privacy_notes import pseudonym_note
from recsys.services.data.reidentification import Uniqueness
from recsys.services.workspace import Workspace
from recsys.ui.parts import charts
from recsys.ui.shell import cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace

HEIGHT = 190  # pixels


def show(chosen: DatasetSummary) -> None:
    """The line with the note as its help, and the chart in a folder."""
    measured = _measured(workspace(), chosen.dataset_id)
    line = reidentification.headline(measured)
    if line is None:
        return
    st.markdown(f":material/fingerprint: {tr(line)}", help=tr(pseudonym_note()))
    with st.expander(tr("Re-identification and pseudonyms"), icon=":material/privacy_tip:", key="reidentification"):
        st.markdown(tr(pseudonym_note()))
        table = pd.DataFrame(
            {
                tr("events known"): [one.num_events for one in measured],
                tr("what is known"): [_known(one.with_day) for one in measured],
                tr("users identified"): [f"{one.share:.1%}" for one in measured],
                tr("95% interval"): [f"{one.interval[0]:.1%} – {one.interval[1]:.1%}" for one in measured],
                tr("users measured"): [one.num_users for one in measured],
            }
        )
        caption = tr(
            "Share of users whom a few of their events, drawn at random, identify. Users with fewer events are left out."
        )
        charts.show(_figure(measured), "uniqueness", caption, table, HEIGHT)


def _known(with_day: bool) -> str:
    return tr("item and day") if with_day else tr("item alone")


def _figure(measured: list[Uniqueness]) -> charts.go.Figure:
    figure = charts.go.Figure()
    for index, with_day in enumerate(dict.fromkeys(one.with_day for one in reversed(measured))):
        points = [one for one in measured if one.with_day == with_day]
        figure.add_scatter(
            x=[one.num_events for one in points], y=[one.share for one in points], mode="lines+markers", name=_known(with_day),
            line={"color": charts.LINES[index], "dash": charts.DASHES[index]}, hovertemplate=tr("%{x} events: %{y:.1%}"),
        )  # fmt: skip
    figure.update_xaxes(title=tr("events known"), dtick=1)
    figure.update_yaxes(title=tr("users identified"), tickformat=".0%", range=[-0.03, 1.03])
    return figure


@st.cache_resource(max_entries=8, show_spinner=False)
def _measured(workspace: Workspace, dataset_id: str) -> list[Uniqueness]:
    with st.spinner(tr("Counting how many events identify a user …")):
        return reidentification.uniqueness(cache.dataset(workspace, dataset_id))
