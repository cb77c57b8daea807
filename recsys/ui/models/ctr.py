"""The tab on calibration and click-through: scores as probabilities. Measured where a switch is on, not on each visit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import Message, message, plural
from recsys.services.models import ctr, user_lists
from recsys.services.models.ctr import Kind, LabelQuality
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import USER_IDS
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

QUESTIONS: dict[Kind, str] = {"ratings": message("Will they like it?"), "clicks": message("Will they click?")}


def show(run: OpenRun) -> None:
    """A switch for each kind of label of the dataset."""
    kinds: dict[Kind, bool] = {"ratings": run.dataset.interactions.ratings is not None, "clicks": run.dataset.impressions is not None}  # fmt: skip
    if not any(kinds.values()):
        st.info(tr("No labels: the dataset has neither ratings nor impressions."))
        return
    st.markdown(
        tr("Scores as probabilities: how often is the model right, and do 70% predictions come true 70% of the time?")
    )
    for kind, question in QUESTIONS.items():
        if kinds[kind] and st.toggle(tr(question), key=f"labels_{kind}"):
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
    cards(quality, kind)
    if quality.ctr:
        click_cards(quality)
    for reason in quality.why_none.values():
        st.caption(tr("Not computable (—): {reason}", reason=plain(reason)))
    st.caption(
        tr("{dataset}, {events} of {users}, {share:.1%} of them positive. Protocol: {protocol}. Probability: {probability}.",
           dataset=plain(run.dataset.name), events=plural("{n:,} event", "{n:,} events", quality.num_events),
           users=plural("{n:,} user", "{n:,} users", quality.num_users), share=quality.num_yes / quality.num_events,
           protocol=plain(quality.protocol), probability=plain(quality.probability))
    )  # fmt: skip
    for remark in remarks(quality):
        st.caption(tr(remark))
    calibration(run, quality, kind)


def calibration(run: OpenRun, quality: LabelQuality, kind: Kind) -> None:
    """Predicted probabilities against observed frequencies; a click on a point lists its events."""
    bins = quality.calibration
    table = pd.DataFrame(
        {
            tr("Predicted probability"): [b.predicted for b in bins],
            tr("Observed frequency"): [b.observed for b in bins],
            tr("Events"): [b.count for b in bins],
        }
    )
    figure = charts.calibration([b.predicted for b in bins], [b.observed for b in bins], [b.count for b in bins])
    key = f"calibration_{kind}"
    figure = compact_charts.with_ids(figure, [str(number) for number in ctr.bins_of(quality)], trace=1)
    caption = tr("Observed frequency by predicted probability; on the dashed line both are equal.")
    charts.show(figure, key, caption, table, selects=True)
    listed(run, quality, kind, compact_charts.selected(key))


def listed(run: OpenRun, quality: LabelQuality, kind: Kind, number: str | None) -> None:
    """The events of the bin that is clicked."""
    if number is None or int(number) not in ctr.bins_of(quality):
        return
    events = ctr.in_bin(quality, int(number))
    shown = user_lists.users_table(run.dataset, events.users[: user_lists.MOST], events.items[: user_lists.MOST])
    shown = shown.rename(columns={"held_out": "event_item"})
    shown["label"] = [localized(ctr.WORDS[kind][int(label)]) for label in events.labels[: user_lists.MOST]]
    ids = [str(user_id) for user_id in run.dataset.interactions.user_ids[np.unique(events.users)]]
    listing.users(shown, len(events), tr("Events of this point, the most probable first"), f"users_{kind}", run.config.run_id,
                  as_slice=(USER_IDS, ids))  # fmt: skip


def least_rating(run: OpenRun) -> float | None:
    """The rating from which on an event counts as liked, as it is chosen on the page."""
    choices, usual = run_cache.thresholds(workspace(), run)
    if len(choices) < 2:
        return usual
    return st.select_slider(
        tr("Liked means a rating of at least"),
        choices,
        value=usual,
        format_func=lambda value: f"{value:g}",
        key=f"threshold_{run.dataset.dataset_id}",
    )


def cards(quality: LabelQuality, kind: Kind) -> None:
    auc, user_auc = (None if v is None else f"{v:.3f}" for v in (quality.auc, quality.user_auc))
    of_users = plural(
        "Mean over {n:,} user with both labels.", "Mean over {n:,} users with both labels.", quality.num_auc_users
    )
    figures = (
        (tr("Accuracy"), f"{quality.accuracy:.1%}", tr("Share of events where a probability of one half or more means positive.")),
        (tr('Always "{label}"', label=quality.commoner), f"{quality.base_rate:.1%}", tr("Accuracy of always predicting the more frequent label.")),
        (tr("AUC"), auc, with_span(quality, "auc", message("Probability that a positive event has a higher score than a negative one; 0.5 is guessing."))),
        (tr("AUC within a user"), user_auc, with_span(quality, "user_auc", of_users)),
        (tr("Log-loss"), f"{quality.log_loss:.3f}", tr("Mean negative log of the probability of the observed label; lower is better.")),
        (tr("Calibration error"), f"{quality.calibration_error:.3f}", tr("Mean distance of predicted from observed over ten bins; 0 is best.")),
    )  # fmt: skip
    for number, row in enumerate((figures[:3], figures[3:])):
        with st.container(horizontal=True, key=f"figures_{number}_{kind}"):
            for name, value, text in row:
                st.metric(name, value, help=text, border=True)


def click_cards(quality: LabelQuality) -> None:
    with st.container(horizontal=True, key="figures_ctr"):
        for k, value in quality.ctr.items():
            text = message(
                "Click rate among the first {k} impressions of each user, ordered by score; mean over users.", k=k
            )
            name = tr("CTR @{k}", k=k)
            definition = with_span(quality, f"ctr@{k}", text)
            st.metric(name, f"{value:.2%}", help=definition, border=True)
        any_order = None if quality.ctr_any_order is None else f"{quality.ctr_any_order:.2%}"
        text = plural("Mean click rate of {n:,} user: the CTR of a random order.",
                      "Mean click rate of {n:,} users: the CTR of a random order.", quality.num_ctr_users)  # fmt: skip
        st.metric(tr("CTR in any order"), any_order, help=tr(text), border=True)


def with_span(quality: LabelQuality, name: str, text: Message) -> str:
    """The text and the interval of a figure, where there is one."""
    if name not in quality.intervals:
        return tr(text)
    low, high = quality.intervals[name]
    return tr("{help} 95% interval {low:.3f} to {high:.3f}", help=text, low=low, high=high)


def remarks(quality: LabelQuality) -> list[Message]:
    """What a reader must know before trusting the numbers."""
    notes = []
    if quality.num_left_out:
        notes.append(
            plural("{n:,} event of an item that the model was not trained on is left out.",
                   "{n:,} events of items that the model was not trained on are left out.", quality.num_left_out)
        )  # fmt: skip
    if quality.num_known:
        notes.append(
            plural("{n:,} event is of an item that the user also chose in training.",
                   "{n:,} events are of items that the user also chose in training.", quality.num_known)
        )  # fmt: skip
    if quality.scale is not None and quality.scale.slope < 0:
        notes.append(message("Here a higher score means a lower probability."))
    return notes
