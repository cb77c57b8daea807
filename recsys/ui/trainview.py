"""The Train page's parts: the form, and the live view of a run."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.services import training
from recsys.services.machine import machine
from recsys.services.models import list_models
from recsys.services.training import Progress, TrainRequest
from recsys.training.config import TrainingOptions
from recsys.ui import charts, nav
from recsys.ui.landing import land
from recsys.ui.state import session, workspace
from recsys.ui.text import duration, plain
from recsys.ui.widgets import fail, job_threads, settings_form


def form(chosen: DatasetSummary) -> None:
    """Model, preset, sliders, and the button."""
    cards = {card.name: card for card in list_models()}
    names = list(reversed(cards))  # MODELS begins with the simplest
    name = st.radio(
        "Model", names, format_func=lambda n: f"{cards[n].title} · {cards[n].family}", captions=[cards[n].summary for n in names],
        key="model",
    )  # fmt: skip
    card = cards[name]
    settings, preset = {}, "balanced"
    if card.settings:
        preset = (
            st.segmented_control("Preset", list(card.presets), default="balanced", key=f"preset_{name}") or "balanced"
        )
        settings = settings_form(card, preset)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        device = st.selectbox("Device", ("auto", *machine().devices), key="device", width=160)
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 1, key="seed", width=160, help="The same seed gives the same model."
        )
        pressed = st.button(f"Train {card.title}", type="primary", key="train")
    if not pressed:
        return
    options = TrainingOptions(seed=int(seed), device=device, threads=job_threads())
    try:
        with st.spinner("Checking and starting …"):
            run_id = training.start(workspace(), TrainRequest(chosen.dataset_id, name, preset, settings, options))
    except RecsysError as error:
        fail(error)
        return
    session().run_id = run_id
    nav.go("train", run=run_id)


def watch(run_id: str) -> None:
    """The live view of a run; on its end, leads to the first explained user."""
    try:
        now = training.progress(workspace(), run_id)
    except RecsysError as error:
        fail(error)
        return
    is_under_way = now.state in ("running", "waiting")
    if is_under_way:
        session().watched.add(run_id)
    st.fragment(live, run_every=1.0 if is_under_way else None)(run_id)


def live(run_id: str) -> None:
    now = training.progress(workspace(), run_id)
    header(now)
    if now.epochs_done:
        curves(now)
    if now.state == "finished" and run_id in session().watched:
        session().watched.discard(run_id)
        land(run_id)
    if now.state not in ("running", "waiting") and run_id in session().watched:
        session().watched.discard(run_id)
        st.rerun()


def header(now: Progress) -> None:
    left = f", {duration(now.eta)} left at most" if now.eta is not None else ""
    if now.state == "running":
        what = (
            f"Epoch {now.epoch} of {now.epochs}{left}"
            if now.epochs_done or now.share
            else "Starting: loading PyTorch and the data …"
        )
        st.progress(now.share, text=f"Training {plain(now.model)} · {what}")
        if st.button("Stop and keep the best so far", key="stop"):
            training.stop(workspace(), now.run_id)
            st.toast("Stopping: the best state is kept.")
        if now.is_quiet:
            st.warning(
                f"No sign of life for {duration(now.quiet_seconds)}: it may hang. What is kept is its last finished epoch."
            )
            if st.button("End it at once", key="kill"):
                training.stop(workspace(), now.run_id, at_once=True)
                st.rerun()
    elif now.state == "waiting":
        st.info(f"{plain(now.model)} waits for its turn: number {now.place} in line.", icon=":material/hourglass:")
        if st.button("Take it out of the queue", key="take_out"):
            training.stop(workspace(), now.run_id)
            nav.go("train")
    elif now.state == "failed":
        st.error(plain(now.message, 400), icon=":material/error:")
        if st.button("Try again, from its last finished epoch", key="resume_failed"):
            again(now.run_id)
    else:
        st.success(
            f"{plain(now.model)}: {now.state} after {len(now.epochs_done)} epochs, {duration(now.seconds)}.",
            icon=":material/check_circle:",
        )
        with st.container(horizontal=True):
            if st.button("See what it suggests", type="primary", key="see"):
                land(now.run_id)
            if st.button("Evaluate it", key="to_evaluate"):
                nav.go("evaluate", run=now.run_id)
            if now.state == "stopped" and st.button("Resume", key="resume"):
                again(now.run_id)


def again(run_id: str) -> None:
    try:
        training.resume(workspace(), run_id)
        st.rerun()
    except RecsysError as error:
        fail(error)


def curves(now: Progress) -> None:
    """Loss and validation NDCG@10 by epoch."""
    epochs = [line["epoch"] for line in now.epochs_done]
    ndcgs = [line["ndcg"] for line in now.epochs_done]
    table = pd.DataFrame(now.epochs_done)[["epoch", "loss", "ndcg", "accuracy", "seconds"]].dropna(axis=1, how="all")
    left, right = st.columns(2, gap="large")
    with left:
        charts.show(charts.curve(epochs, [line["loss"] for line in now.epochs_done], "training loss"), "loss_curve",
                    "Training loss by epoch: lower is better.", table)  # fmt: skip
    with right:
        if all(value is not None for value in ndcgs):
            best = epochs[ndcgs.index(max(ndcgs))]
            charts.show(charts.curve(epochs, ndcgs, "validation NDCG@10", best), "ndcg_curve",
                        "Ranking quality on held-out items by epoch; the best epoch is kept.")  # fmt: skip
        elif now.epochs_done[-1]["accuracy"] is not None:
            charts.show(charts.curve(epochs, [line["accuracy"] for line in now.epochs_done], "accuracy"), "accuracy_curve",
                        "Share of touched and untouched pairs told apart while training.")  # fmt: skip
