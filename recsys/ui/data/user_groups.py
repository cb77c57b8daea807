"""How small the groups of users are that agree in some columns: a line below the users, the smallest groups behind it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.services.data import user_groups
from recsys.services.data.user_groups import K, UserGroups
from recsys.ui.shell import cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

ROW, HEADER = 35, 38  # pixels


def show(chosen: DatasetSummary) -> None:
    """The line for the chosen columns, and in a folder the choice and the smallest groups."""
    names = list(map(str, chosen.user_columns))
    if not names:
        return
    line = st.container()
    with st.expander(tr("Groups of users who agree (k-anonymity)"), icon=":material/groups:", key="user_groups"):
        columns, size = st.columns([4, 1], vertical_alignment="bottom")
        picked = columns.multiselect(
            tr("Columns that somebody may know"), names, default=names, key=f"group_columns_{chosen.dataset_id}"
        )
        k = size.number_input(
            tr("Least size"), 2, 1000, K, key="group_size",
            help=tr("k of k-anonymity: a user is exposed in a group smaller than this."),
        )  # fmt: skip
        groups = _groups(chosen.dataset_id, tuple(picked), int(k))
        if groups is not None:
            table(groups)
    if groups is not None:
        line.markdown(f":material/groups: {plain(user_groups.headline(groups))}")


def table(groups: UserGroups) -> None:
    """The smallest groups, their values and how many users they are; also for a preview before an import."""
    rows = [
        {**{name: localized(user_groups.shown_value(value)) for name, value in zip(groups.columns, group.values, strict=True)},
         tr("users"): group.size}
        for group in groups.smallest
    ]  # fmt: skip
    st.caption(tr("The {shown:,} smallest of {groups:,} groups.", shown=len(rows), groups=groups.num_groups))
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, height=HEADER + ROW * min(5, len(rows)), key="smallest_groups",
        alt=tr("The smallest groups of users who agree"),
    )  # fmt: skip


def _groups(dataset_id: str, columns: tuple[str, ...], k: int) -> UserGroups | None:
    return user_groups.user_groups(cache.dataset(workspace(), dataset_id).users, columns, k)
