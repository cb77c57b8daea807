"""Choice of the protocol on Train: leave-one-out, or a time split with its cut."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st

from recsys.data.dataset import Dataset
from recsys.messages import message
from recsys.sequences.time_split import EARLIEST, LATEST, parse_cut
from recsys.training.config import SplitBy, TrainingOptions
from recsys.ui.shell.language import tr

PROTOCOLS = {"leave_one_out": message("leave-one-out"), "time": message("time split")}


def split_choice(dataset: Dataset, before: TrainingOptions, end: str) -> tuple[SplitBy, int | None]:
    """(protocol, cut); the cut is None for the default one. Without times there is nothing to choose."""
    times = dataset.interactions.times
    if times is None:
        return "leave_one_out", None
    chosen = st.radio(
        tr("Protocol"), list(PROTOCOLS), int(before.split_by == "time"), horizontal=True,
        format_func=lambda name: tr(PROTOCOLS[name]), key=f"split_by_{dataset.dataset_id}{end}",
        help=tr("Leave-one-out holds out the last two events of each user. A time split trains on events before one date only, as "
                "after a release, and tests on the first later event of each user."),
    )  # fmt: skip
    if chosen != "time":
        return "leave_one_out", None
    first, last = _day(int(times.min())), _day(int(times.max()))
    usual = None if before.cut is None else min(max(_day(before.cut), first), last)
    picked = st.date_input(
        tr("Cut"), usual, first, last, key=f"cut_{dataset.dataset_id}{end}", width=240,
        help=tr("Empty: the last tenth of the events is held out."),
    )  # fmt: skip
    if not isinstance(picked, date):
        return "time", None
    return "time", before.cut if before.cut is not None and picked == usual else parse_cut(picked.isoformat())


def _day(time: int) -> date:
    return datetime.fromtimestamp(min(max(time, EARLIEST), LATEST), UTC).date()
