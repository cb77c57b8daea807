"""The Explain page's parts: the item, the sentence, the contributions, where the model looked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.explain.explanation import EventContribution, FeatureContribution
from recsys.services.explain import explain_item
from recsys.services.explain.explain_item import ItemExplanation, MethodChoice
from recsys.services.explain.html_report import render_html
from recsys.services.recommend import cold_start, recommendation
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts
from recsys.ui.parts.widgets import fail, stale
from recsys.ui.recommend import history_edits
from recsys.ui.shell import explanation_cache, nav
from recsys.ui.shell.state import follow_address, from_address, lead_address, workspace
from recsys.ui.shell.text import plain

USER = "user"  # the column of what is known of the user, among positions
SHOWN = 10  # contributions drawn as bars; the strip shows all


@dataclass(frozen=True, eq=False)
class Card:
    """A card as it was drawn, with the places that are filled once it is known whether its reasons hold.

    `exact` is what the sentence is made from; `told` by the chosen method, the same where that is the exact one.
    """

    exact: ItemExplanation
    told: ItemExplanation
    headline: st.delta_generator.DeltaGenerator
    verdict: st.delta_generator.DeltaGenerator
    handout: st.delta_generator.DeltaGenerator


def choose_item(run: OpenRun, query: Query) -> str:
    """One of the recommendations, or the item that the address names."""
    items = recommendation.recommend_items(run, query, 10)
    if not items:
        nav.stop_with_hint(
            "There are no recommendations here, so there is nothing to explain.", "recommend", "Go to Recommend"
        )
    if cold_start.needs_cold_start(run, query):
        st.info("No events: Recommend then lists what people alike chose lately. Explained here is what the model itself "
                "would recommend.", icon=":material/group:")  # fmt: skip
    item_in_link = from_address("item")
    stale("item", "item", run.dataset.interactions.item_index)
    titles = {item.item_id: f"{item.rank}. {item.title}" for item in items}
    if item_in_link and item_in_link not in titles and item_in_link in run.dataset.interactions.item_index:
        titles[item_in_link] = run.dataset.title(run.item(item_in_link))
    key = f"item_{query.user_id}"
    follow_address("item", key, list(titles), None)
    item_id = st.selectbox("Recommended item", list(titles), format_func=lambda i: titles[i], key=key)
    lead_address("item", key, item_id)
    if run.candidates.hide_seen and run.item(item_id) in query.history:
        st.caption(
            "Seen already: Recommend leaves it out while seen items are hidden. Its rank here is among what was not seen."
        )
    return str(item_id)


def card(run: OpenRun, query: Query, item_id: str) -> Card | None:
    """Sentence first; then contributions by the chosen method; then attention. None where there is nothing to explain.

    Whether the reasons hold is not asked here: it takes longer, and the card should not wait (faithview.py).
    """
    choices = {choice.name: choice for choice in explain_item.methods(run)}
    if not choices:
        st.info("This model recommends the most popular items to everyone: no event explains them.")
        return None
    try:
        exact = explanation_cache.explained(workspace(), run, query, item_id, None)
    except RecsysError as error:
        fail(error)
        return None
    sentence = headline(run, exact, item_id)
    moves(run, query, item_id, exact)
    names = list(choices)
    method = choose_method(choices, explanation_cache.usual_method(run))
    explained = exact if method == names[0] else explanation_cache.explained(workspace(), run, query, item_id, method)
    verdict = st.container(key="verdict")
    contributions(explained)
    other = explain_item.other_start(method)
    if other in choices:
        baseline_agreement(explained, explanation_cache.explained(workspace(), run, query, item_id, other))
    if explained.explanation.attention is not None:
        attention_chart(explained)
    saving = st.container()
    missing = explain_item.missing_methods(run)
    if missing:
        with st.expander("Not available for this model"):
            for label, reason in missing:
                st.markdown(f"- {plain(label)}: {plain(reason)}.")
    return Card(exact, explained, sentence, verdict.empty(), saving)


def save(run: OpenRun, query: Query, explained: ItemExplanation, verdict: str) -> None:
    """Export the explanation as one HTML file, made on request."""
    st.download_button("Export HTML", lambda: render_html(run, query, explained, verdict=verdict), mime="text/html",
                       key="handout", icon=":material/description:",
                       file_name=f"why-{run.config.run_id}-{run.item(explained.item_id)}.html",
                       help="One file that anyone can open without the app; it loads nothing from elsewhere.")  # fmt: skip


def choose_method(choices: dict[str, MethodChoice], usual: str) -> str:
    """What a link asks for, else what is the most faithful of this model."""
    follow_address("method", "method", list(choices), usual)
    method = st.selectbox("How", list(choices), format_func=lambda name: choices[name].label, key="method")
    lead_address("method", "method", method)
    st.caption(plain(choices[method].help))
    return method


def headline(run: OpenRun, explained: ItemExplanation, item_id: str) -> st.delta_generator.DeltaGenerator:
    """The item and why; gives the place of the sentence."""
    picture = run.dataset.images.get(run.item(item_id))
    with st.container(border=True, key="sentence"):
        text = st.container()
        if picture is not None:
            beside, text = st.columns([1, 9], vertical_alignment="center")
            beside.image(str(picture), width=72, alt=f"Picture of {explained.title}")
        badge_slot = text.empty()
    badge_slot.markdown(in_words(explained))
    return badge_slot


def in_words(explained: ItemExplanation, badge: str = "") -> str:
    """`badge` is Markdown of our own, to stand behind the rank."""
    rank = "already in the history" if explained.explanation.is_seen else f"rank {explained.explanation.rank}"
    return f"**{plain(explained.title)}**, {rank} {badge}  \n{plain(explained.sentence, 600)}"


def moves(run: OpenRun, query: Query, item_id: str, now: ItemExplanation) -> None:
    """After a change of the past or the person: how the rank and the reasons moved."""
    compared = history_edits.before_the_edit(run, query)
    if compared is None:
        return
    run_before, before_asker, whose = compared
    try:
        before = explanation_cache.explained(workspace(), run_before, before_asker, item_id, None)
    except RecsysError as error:
        st.caption(plain(error.message))
        return
    was, rank = before.explanation.rank, now.explanation.rank
    arrow = (
        f":{'green' if rank < was else 'orange'}-badge[{'▲' if rank < was else '▼'}{abs(was - rank)}]"
        if was != rank
        else ""
    )
    st.markdown(f"Rank **{rank}**, with {whose} **{was}** {arrow}")
    moved_text = explain_item.moved(before, now)
    table = pd.DataFrame(
        {
            "what": [move.title for move in moved_text],
            "before": [move.before for move in moved_text],
            "now": [move.now for move in moved_text],
            "change": [move.by for move in moved_text],
        }
    )
    with st.expander("How the reasons moved", icon=":material/compare_arrows:"):
        number = st.column_config.NumberColumn(format="%+.3f")
        st.dataframe(
            table, hide_index=True, key="moves", alt="What each event contributed before and now, the largest change first",
            column_config=dict.fromkeys(("before", "now", "change"), number), height=min(400, 35 * (len(table) + 1) + 3),
        )  # fmt: skip


def contributions(explained: ItemExplanation) -> None:
    shown = explained.explanation
    unit = "weight" if explained.kind == "look" else explained.quantity.unit
    events = [part for part in shown.contributions if isinstance(part, EventContribution)]
    if not events:
        of_inputs(explained, unit)
        return
    ordered = explain_item.strongest_first(shown)
    event_parts = [part if isinstance(part, EventContribution) else None for part in ordered]
    names = [explain_item.part_name(part, shown, explained.titles) for part in ordered]
    values = [part.value for part in ordered]
    table = pd.DataFrame(
        {
            "#": pd.array([part.position + 1 if part else None for part in event_parts], dtype="Int64"),
            "title": names,
            "contribution": values,
            "rank without it": pd.array([part.rank_without if part else None for part in event_parts], dtype="Int64"),
        }
    ).dropna(axis=1, how="all")
    drawn = [
        *range(min(SHOWN, len(event_parts))),
        *(index for index in range(SHOWN, len(event_parts)) if event_parts[index] is None),
    ]
    left, right = st.columns(2, gap="large")
    with left:
        bars = charts.signed_bars([names[index] for index in drawn], [values[index] for index in drawn], unit)
        charts.show(bars, "bars", meaning(explained), table, 340)
    with right:
        positions = [part.position + 1 for part in events]
        strip = charts.strip(
            [explained.titles[part.position] for part in events], [part.value for part in events], positions, unit
        )
        charts.show(strip, "strip", "Every event that the model reads, in order of time.", height=340)


def baseline_agreement(explained: ItemExplanation, from_other_start: ItemExplanation) -> None:
    line = explain_item.agreement_text(explained, from_other_start)
    if line:
        st.caption(plain(line))


def of_inputs(explained: ItemExplanation, unit: str) -> None:
    """What is left where there is no event to point to: the inputs of a model that reads none, or what it knows of
    somebody whose history is empty."""
    parts = (*explained.explanation.contributions, *explained.explanation.features)
    features = [part for part in parts if isinstance(part, FeatureContribution)]
    if features:
        ordered = sorted(features, key=lambda part: -abs(part.value))
        names = [explain_item.part_name(part, explained.explanation, explained.titles) for part in ordered]
        values = [part.value for part in ordered]
        table = pd.DataFrame({"input": names, "contribution": values})
        charts.show(charts.signed_bars(names, values, unit), "bars", meaning(explained), table)
    if explained.explanation.contributions:
        st.caption("This model looks at no past events, so there is no attention to show.")
    else:
        st.info("The history is empty: no event speaks for or against the item.")


def meaning(explained: ItemExplanation) -> str:
    """What the bars add up to, or that they do not."""
    shown = explained.explanation
    if explained.kind == "look":
        return "Where the model looked, which is not why: an event with much weight may change nothing."
    text = (
        "Blue speaks for the item, orange against it."
        + " An effect of 0.69 doubles the odds." * explained.quantity.is_log_odds
    )
    if shown.completeness_gap is None or shown.baseline is None:
        return (
            f"{text} Each bar is the change when this alone is removed."
            if explained.kind == "removal"
            else f"{text} The parts need not add up."
        )
    return f"{text} From {shown.baseline:.2f} ({explained.start}) to {shown.value:.2f}; the parts miss it by {shown.completeness_gap:.2%}."


def attention_chart(explained: ItemExplanation) -> None:
    """Attention by layer and head, and rolled out over the layers; labelled as a look, not as a reason."""
    shown = explained.explanation
    assert shown.attention is not None
    with st.expander("Where the model looked (attention)", icon=":material/visibility:"):
        layers = np.array(shown.attention)
        rows = [f"layer {i + 1}, head {j + 1}" for i in range(layers.shape[0]) for j in range(layers.shape[1])]
        weights = layers.reshape(-1, layers.shape[-1])
        if shown.rollout is not None:
            rows, weights = [*rows, "rollout"], np.vstack([weights, shown.rollout])
        events = [part for part in shown.contributions if isinstance(part, EventContribution)]
        names: list[str] = [explained.titles[part.position] for part in events]
        positions: list[int | None] = [part.position + 1 for part in events]
        for part in shown.features:  # the user gets what the events leave
            names, positions = [explain_item.part_name(part, shown, explained.titles), *names], [None, *positions]
            weights = np.column_stack([1 - weights.sum(1), weights])
        table = pd.DataFrame(weights.T, columns=rows)
        table.insert(0, "#", pd.Series(positions, dtype="Int64"))
        table.insert(1, "title", names)
        columns = [USER if position is None else str(position) for position in positions]
        other = "" if explained.kind == "look" else ": the bars above are"
        charts.show(charts.attention_map(names, weights, rows, columns), "attention",
                    f"Attention of each head for this recommendation. This is not a reason{other}.", table)  # fmt: skip
