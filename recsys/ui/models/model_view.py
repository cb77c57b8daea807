"""The selected model: what it is, what to do with it, and one tab a question. Only the open tab is computed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import Message, message
from recsys.services.models.leaderboard import RunSummary
from recsys.services.models.standings import Standing
from recsys.ui.models import blends, export, record_only
from recsys.ui.models.setting_names import setting_name, setting_value
from recsys.ui.parts.widgets import fail, tabs
from recsys.ui.shell import cache, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import from_address, to_address, workspace
from recsys.ui.shell.text import day, plain, size

TABS = (
    message("Quality"), message("Segments"), message("Fairness"), message("Explanations"), message("Calibration & CTR"),
    message("Privacy"), message("Settings"), message("Export"),
)  # fmt: skip
OF_SLICE = ("Quality", "Segments")  # tabs that begin with the figure of the slice
MOVED = {"Trust": "Explanations", "Leaderboard": "Quality", "Report": "Export"}  # tabs of earlier versions


def show(run: RunSummary, board: Sequence[Standing]) -> None:
    header(run)
    if not run.is_whole:
        settings(run)
        return
    part = from_address("part")
    if part in MOVED:
        to_address(part=MOVED[part])
    for name, place in tabs(TABS, "part").items():
        if place.open:
            with place:
                tab(name, run, board)


def header(run: RunSummary) -> None:
    """Name, note, and the ways on."""
    with st.container(horizontal=True, vertical_alignment="center", key="model_head"):
        with st.container(gap=None):
            st.subheader(plain(run.label), anchor=False)
            text = message("Predicts {target} · trained {date}")
            if run.label != run.title:
                text = message("{model} · predicts {target} · trained {date}")
            st.caption(tr(text.format(model=plain(run.title), target=plain(run.target), date=day(run.created))))
        with st.container(horizontal=True, wrap=False, width="content", key="model_actions"):
            if st.button(
                tr("Recommend"), type="primary", key="open_run", icon=":material/recommend:", disabled=not run.is_whole
            ):
                nav.go("recommend", run=run.run_id)
            if not (run.is_blend or run.saw_forgotten) and st.button(tr("Training"), key="watch_run", icon=":material/show_chart:", disabled=is_presenting(),
                                              help=tr("Learning curves, and Resume if it was stopped.")):  # fmt: skip
                nav.go("train", run=run.run_id)
    if run.note:
        st.text(run.note)
    if run.saw_forgotten:
        record_only.show(run)
    elif run.is_untrained:
        st.caption(tr("Stopped before its first epoch ended: it has learnt nothing. Resume it under Training."))
    elif not run.is_whole:
        st.caption(tr("This model is not finished: see its progress under Training."))


def tab(name: str, run: RunSummary, board: Sequence[Standing]) -> None:
    """Draw one tab; those that need the model open it."""
    if name == "Settings":
        settings(run)
        return
    if name == "Export":
        export.show(run, board)
        return
    try:
        opened = cache.opened(workspace(), run.run_id)
    except RecsysError as error:
        fail(error)
        return
    from recsys.ui.models import (
        attack,
        ctr,
        fairness,
        quality,
        segment_report,
        trust,
    )  # imports torch, as the opened run did
    from recsys.ui.parts import slice_line

    screens = {
        "Quality": quality.show,
        "Segments": segment_report.show,
        "Fairness": fairness.show,
        "Explanations": trust.show,
        "Calibration & CTR": ctr.show,
        "Privacy": attack.show,
    }
    if name in OF_SLICE:
        slice_line.show(opened)
    screens[name](opened)


def settings(run: RunSummary) -> None:
    """Settings and measurements, and the way to train with them again."""
    if run.is_blend:
        blends.parts(run)
    rows = [
        {tr("Setting"): setting_name(name), tr("Value"): setting_value(value)}
        for name, value in facts(run).items()
        if value is not None
    ]
    alt = tr("Settings and measurements of the model")
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="run_settings", alt=alt)
    if not (run.is_blend or run.saw_forgotten) and st.button(
        tr("Train again with these settings"), key="train_like", icon=":material/replay:", disabled=is_presenting()
    ):
        nav.go("train", like=run.run_id)


def facts(run: RunSummary) -> dict[Message | str, object]:
    """Settings and measurements by name; None where one does not exist."""
    return {
        message("ID"): run.run_id,
        message("Model"): run.title,
        message("Seed"): run.seed,
        message("Predicts"): run.target,
        message("Protocol"): run.protocol,
        message("Items held out (share)"): f"{run.cold_share:.0%}" if run.cold_share else None,
        message("Users held out (share)"): f"{run.held_out_users:.0%}" if run.held_out_users else None,
        **run.all_settings,
        message("Epochs run"): run.epochs,
        message("Best validation NDCG@10"): None
        if run.best_validation_ndcg is None
        else f"{run.best_validation_ndcg:.3f}",
        message("Targets per second"): None if run.targets_per_second is None else f"{run.targets_per_second:,.0f}",
        message("Peak memory"): None if run.peak_memory is None else size(run.peak_memory),
        message("Device"): run.device,
        **budget(run),
        **traffic(run),
    }


def budget(run: RunSummary) -> dict[Message | str, object]:
    """What a private training has spent, by name, and the noise it did so with."""
    if not run.spent:
        return {}
    spent = run.spent
    return {
        message("Privacy budget spent (ε)"): f"{spent['epsilon']:.2f}",
        "delta": f"{spent['delta']:g}",
        "noise": f"{spent['noise']:.3g}",
    }


def traffic(run: RunSummary) -> dict[Message | str, object]:
    """What a federated training exchanged, by name."""
    done = run.traffic
    if not done:
        return {}
    return {
        message("Clients"): f"{done['clients']:,}",
        message("Rounds"): f"{done['rounds']:,}",
        message("Rounds lost"): f"{done['lost']:,}" if done["lost"] else None,
        message("Invitations answered"): tr(
            "{answered:,} of {invited:,}", answered=done["answered"], invited=done["invited"]
        ),
        message("Sent to clients"): size(done["bytes_down"]),
        message("Received from clients"): size(done["bytes_up"]),
    }
