"""The tab on calibration and click-through: scores as probabilities. Measured where a switch is on, not on each visit."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.services.models import ctr, user_lists
from recsys.services.models.ctr import Kind, LabelQuality
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import run_cache
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import count, plain

QUESTIONS: dict[Kind, str] = {"ratings": "Will they like it?", "clicks": "Will they click?"}


def show(run: OpenRun) -> None:
    """A switch for each kind of label of the dataset."""
    kinds: dict[Kind, bool] = {"ratings": run.dataset.interactions.ratings is not None, "clicks": run.dataset.impressions is not None}  # fmt: skip
    if not any(kinds.values()):
        st.info("No labels: the dataset has neither ratings nor impressions.")
        return
    st.markdown(
        "Scores as probabilities: how often is the model right, and does a probability of 70 % come true 70 times of 100?"
    )
    for kind, question in QUESTIONS.items():
        if kinds[kind] and st.toggle(question, key=f"labels_{kind}"):
            with st.container(border=True):
                one(run, kind)


def one(run: OpenRun, kind: Kind) -> None:
    try:
        threshold = least_rating(run) if kind == "ratings" else None
        quality = run_cache.label_quality(workspace(), run, kind, threshold)
    except RecsysError as error:
        fail(error)
        return
    st.markdown(plain(quality.verdict, 500))
    cards(quality)
    if quality.ctr:
        click_cards(quality)
    for reason in quality.why_none.values():
        st.caption(f"Not computable (—): {plain(reason)}")
    st.caption(
        f"{plain(run.dataset.name)}, {count(quality.num_events, 'event')} of {count(quality.num_users, 'user')}, "
        f"{quality.num_yes / quality.num_events:.1%} of them yes. Protocol: {plain(quality.protocol)}. "
        f"Chance: {plain(quality.probability)}. {plain(remarks(quality))}"
    )
    bins = quality.calibration
    table = pd.DataFrame(
        {
            "chance": [b.predicted for b in bins],
            "came true": [b.observed for b in bins],
            "events": [b.count for b in bins],
        }
    )
    figure = charts.calibration([b.predicted for b in bins], [b.observed for b in bins], [b.count for b in bins])
    key = f"calibration_{kind}"
    charts.show(compact_charts.with_ids(figure, [str(number) for number in ctr.bins_of(quality)], trace=1), key, "How often what "
                "was given a chance came true; on the dashed line chances are right.", table, selects=True)  # fmt: skip
    listed(run, quality, kind, compact_charts.selected(key))


def listed(run: OpenRun, quality: LabelQuality, kind: Kind, number: str | None) -> None:
    """The events of the bin that is clicked."""
    if number is None or int(number) not in ctr.bins_of(quality):
        return
    events = ctr.in_bin(quality, int(number))
    shown = user_lists.users_table(run.dataset, events.users[: user_lists.MOST], events.items[: user_lists.MOST])
    shown["label"] = [ctr.WORDS[kind][int(label)] for label in events.labels[: user_lists.MOST]]
    listing.users(
        shown, len(events), "Events of this point, the most probable first", f"users_{kind}", run.config.run_id
    )


def least_rating(run: OpenRun) -> float | None:
    """The rating from which on an event counts as liked, as the person sets it."""
    choices, usual = run_cache.thresholds(workspace(), run)
    if len(choices) < 2:
        return usual
    return st.select_slider(
        "Liked means a rating of at least",
        choices,
        value=usual,
        format_func=lambda value: f"{value:g}",
        key=f"threshold_{run.dataset.dataset_id}",
    )


def cards(quality: LabelQuality) -> None:
    auc, user_auc = (None if v is None else f"{v:.3f}" for v in (quality.auc, quality.user_auc))
    figures = (
        ("Accuracy", f"{quality.accuracy:.1%}", "Share of events where a chance of one half or more means yes."),
        (f'Always "{quality.commoner}"', f"{quality.base_rate:.1%}", "Accuracy of always saying the commoner label."),
        ("AUC", auc, f"Chance that a yes has a higher score than a no; .5 is guessing.{span(quality, 'auc')}"),
        ("AUC within a user", user_auc, f"Mean over {count(quality.num_auc_users, 'user')} with both labels.{span(quality, 'user_auc')}"),
        ("Log-loss", f"{quality.log_loss:.3f}", "Mean of minus log of the chance given to what came true; lower is better."),
        ("Calibration error", f"{quality.calibration_error:.3f}", "Mean distance of chances from what came true, over ten bins; 0 is best."),
    )  # fmt: skip
    for row in (figures[:3], figures[3:]):
        with st.container(horizontal=True):
            for name, value, text in row:
                st.metric(name, value, help=text, border=True)


def click_cards(quality: LabelQuality) -> None:
    with st.container(horizontal=True):
        for k, value in quality.ctr.items():
            text = f"Clicked ones among each user's first {k} impressions, ordered by score; mean over users.{span(quality, f'ctr@{k}')}"
            st.metric(f"CTR @{k}", f"{value:.2%}", help=text, border=True)
        any_order = None if quality.ctr_any_order is None else f"{quality.ctr_any_order:.2%}"
        text = f"Mean click rate of {count(quality.num_ctr_users, 'user')}: what CTR is in an order made by chance."
        st.metric("CTR in any order", any_order, help=text, border=True)


def span(quality: LabelQuality, name: str) -> str:
    if name not in quality.intervals:
        return ""
    low, high = quality.intervals[name]
    return f" 95 % interval {low:.4f} to {high:.4f}."


def remarks(quality: LabelQuality) -> str:
    """What a reader must know before trusting the numbers."""
    notes = []
    if quality.num_left_out:
        notes.append(
            f"{count(quality.num_left_out, 'event')} of items that the model was not trained on were left out."
        )
    if quality.num_known:
        notes.append(f"{count(quality.num_known, 'event')} are of an item that the user also chose in training.")
    if quality.scale is not None and quality.scale.slope < 0:
        notes.append("Here a higher score means a lower chance.")
    return " ".join(notes)
