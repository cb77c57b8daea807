"""Evidence by method: the choice of a method, its contributions, where the model looked (attention).

The exact removals are the event chart of the page: their tab lists the other methods instead of that chart once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from recsys.explain.explanation import EventContribution, FeatureContribution
from recsys.messages import Message, message
from recsys.models.inputs.fields import USER as USER_ID
from recsys.services.explain import behind_point, explain_item
from recsys.services.explain.explain_item import ItemExplanation, MethodChoice
from recsys.services.explain.numbers import number
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import clicked, evidence_charts
from recsys.ui.parts import charts, compact_charts
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import follow_address, from_address, lead_address, to_address, workspace
from recsys.ui.shell.text import plain

USER = message("user")  # the column of what is known of the user, among positions
LONGEST = 900  # characters of the line on methods that are not available
SHOWN = 10  # contributions drawn as bars; the strip shows all
ROW, FRAME = 36, 76  # pixels of a bar whose title has two lines, and of what stands around the bars
LOOK = message("Where the model looked, which is not why: removing an event with a high weight may change nothing.")
SIGNS = message("Blue raises the item, orange lowers it.")
DOUBLES = message("An effect of 0.69 doubles the odds.")
REMOVAL = message("Each bar is the change when this alone is removed.")
NO_SUM = message("The parts need not add up.")
SUM = message("From {baseline} ({start}) to {value}; completeness gap {gap:.2%}.")


def chosen(run: OpenRun, choices: Mapping[str, MethodChoice]) -> str:
    """The method of the link, else the one that is most faithful for this model."""
    method = from_address("method")
    return method if method and method in choices else explanation_cache.usual_method(run)


def tab(run: OpenRun, query: Query, item_id: str, exact: ItemExplanation) -> None:
    """Choice of a method, its contributions, and how far two baselines agree."""
    choices = {choice.name: choice for choice in explain_item.methods(run)}
    method = choose_method(choices, explanation_cache.usual_method(run))
    explained = by_method(run, query, item_id, exact, method)
    contributions(run, query, explained, [choice for choice in choices.values() if choice.name != method])
    other = explain_item.other_start(method)
    if other in choices:
        baseline_agreement(explained, by_method(run, query, item_id, exact, other))
    if missing := explain_item.missing_methods(run):
        st.caption(plain(missing_line(missing), LONGEST))


def missing_line(missing: Sequence[tuple[str, str]]) -> Message:
    """The methods that are not available for the model, those with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for label, reason in missing:
        by_reason.setdefault(reason, []).append(label)
    comma, semicolon = message(", "), message("; ")
    groups = [message("{methods}: {reason}", methods=comma.join(names), reason=why) for why, names in by_reason.items()]
    return message("Not available for this model: {methods}.", methods=semicolon.join(groups))


def by_method(run: OpenRun, query: Query, item_id: str, exact: ItemExplanation, method: str) -> ItemExplanation:
    if method == exact.exact.method:
        return exact
    return explanation_cache.explained(workspace(), run, query, item_id, method)


def choose_method(choices: Mapping[str, MethodChoice], usual: str) -> str:
    """The method of the link, else the one that is most faithful for this model."""
    names = list(choices)
    now = names.index(follow_address("method", "method", names, usual))
    method = st.selectbox(
        tr("Method"), names, now, format_func=lambda name: localized(choices[name].label), key="method", width=420
    )
    lead_address("method", "method", method, usual)
    st.caption(plain(choices[method].help))
    return method


def contributions(run: OpenRun, query: Query, explained: ItemExplanation, others: Sequence[MethodChoice]) -> None:
    """The strongest contributions as bars; beside them all in order of time, or the `others` beside the exact removals."""
    shown = explained.explanation
    unit = tr("weight") if explained.kind == "look" else localized(explained.quantity.unit)
    events = [part for part in shown.contributions if isinstance(part, EventContribution)]
    if not events:
        of_inputs(run, query, explained, unit, others)
        return
    ordered = explain_item.strongest_first(shown)
    event_parts = [part if isinstance(part, EventContribution) else None for part in ordered]
    names = [localized(explain_item.part_name(part, shown, explained.titles)) for part in ordered]
    values = [part.value for part in ordered]
    table = pd.DataFrame(
        {
            "#": pd.array([part.position + 1 if part else None for part in event_parts], dtype="Int64"),
            tr("title"): names,
            tr("contribution"): values,
            tr("rank without it"): pd.array(
                [part.rank_without if part else None for part in event_parts], dtype="Int64"
            ),
        }
    ).dropna(axis=1, how="all")
    drawn = [
        *range(min(SHOWN, len(event_parts))),
        *(index for index in range(SHOWN, len(event_parts)) if event_parts[index] is None),
    ]
    left, right = st.columns(2, gap="large")
    with left:
        bars = charts.signed_bars([names[index] for index in drawn], [values[index] for index in drawn], unit)
        bars = compact_charts.with_ids(bars, [behind_point.id_of_part(ordered[index], shown) for index in drawn])
        charts.show(bars, "bars", meaning(explained), table, FRAME + ROW * len(drawn), selects=True)
    with right:
        if is_exact(explained):
            other_methods(others)
        else:
            by_time(explained, events, unit, FRAME + ROW * len(drawn))
    clicked.listed(run, query, explained.item_id, "bars", clicked.effects_of(shown))
    clicked.listed(run, query, explained.item_id, "by_time", clicked.effects_of(shown), column=1)


def is_exact(explained: ItemExplanation) -> bool:
    return explained.explanation.method == explained.exact.method


def by_time(explained: ItemExplanation, events: Sequence[EventContribution], unit: str, height: int) -> None:
    """All events as bars, oldest first."""
    strip = compact_charts.event_bars(
        [explained.titles[part.position] for part in events], [part.value for part in events],
        [part.position + 1 for part in events],
        [behind_point.id_of_part(part, explained.explanation) for part in events], unit,
    )  # fmt: skip
    charts.show(
        strip, "by_time", tr("Every event that the model reads, in order of time."), height=height, selects=True
    )


def other_methods(others: Sequence[MethodChoice]) -> None:
    """The other methods of the model, each with a button that chooses it."""
    if not others:
        return
    st.markdown(tr("**Other methods**"))
    for choice in others:
        with st.container(gap=None):
            st.button(plain(choice.label), key=f"choose_{choice.name}", type="tertiary", icon=":material/chevron_right:",
                      on_click=to_address, kwargs={"method": choice.name})  # fmt: skip
            st.caption(plain(choice.help))


def baseline_agreement(explained: ItemExplanation, from_other_start: ItemExplanation) -> None:
    line = explain_item.agreement_text(explained, from_other_start)
    if line:
        st.caption(plain(line))


def of_inputs(
    run: OpenRun, query: Query, explained: ItemExplanation, unit: str, others: Sequence[MethodChoice]
) -> None:
    """What is left where there is no event to point to: the inputs of a model that reads none, or what it knows of
    somebody whose history is empty."""
    parts = (*explained.explanation.contributions, *explained.explanation.features)
    features = [part for part in parts if isinstance(part, FeatureContribution)]
    if is_exact(explained):
        other_methods(others)
    elif features:
        ordered = sorted(features, key=lambda part: -abs(part.value))
        names = [localized(explain_item.part_name(part, explained.explanation, explained.titles)) for part in ordered]
        values = [part.value for part in ordered]
        table = pd.DataFrame({tr("input"): names, tr("contribution"): values})
        ids = [behind_point.id_of_part(part, explained.explanation) for part in ordered]
        figure = compact_charts.with_ids(charts.signed_bars(names, values, unit), ids)
        charts.show(figure, "bars", meaning(explained), table, FRAME + ROW * len(ordered), selects=True)
        clicked.listed(run, query, explained.item_id, "bars", {})
    if explained.explanation.contributions:
        st.caption(tr("This model reads no past events, so there is no attention to show."))
    else:
        st.info(tr("The history is empty: no event raises or lowers the item."))


def meaning(explained: ItemExplanation) -> str:
    """What the bars add up to, or that they do not."""
    shown = explained.explanation
    if explained.kind == "look":
        return tr(LOOK)
    if shown.completeness_gap is None or shown.baseline is None:
        total = REMOVAL if explained.kind == "removal" else NO_SUM
    else:
        total = SUM.format(
            baseline=number(shown.baseline),
            start=explained.start,
            value=number(shown.value),
            gap=shown.completeness_gap,
        )
    return tr(message(" ").join([SIGNS, *([DOUBLES] if explained.quantity.is_log_odds else []), total]))


def attention_chart(run: OpenRun, query: Query, explained: ItemExplanation) -> None:
    """Attention by layer and head, and rolled out over the layers; labelled as a look, not as a reason."""
    shown = explained.explanation
    assert shown.attention is not None
    layers = np.array(shown.attention)
    num_layers, num_heads = layers.shape[:2]
    rows = [
        tr("layer {layer}, head {head}", layer=i + 1, head=j + 1) for i in range(num_layers) for j in range(num_heads)
    ]
    weights = layers.reshape(-1, layers.shape[-1])
    if shown.rollout is not None:
        rows, weights = [*rows, tr("rollout")], np.vstack([weights, shown.rollout])
    events = [part for part in shown.contributions if isinstance(part, EventContribution)]
    names: list[str] = [explained.titles[part.position] for part in events]
    positions: list[int | None] = [part.position + 1 for part in events]
    ids = [behind_point.id_of_part(part, shown) for part in events]
    for part in shown.features:  # the user gets what the events leave
        name = localized(explain_item.part_name(part, shown, explained.titles))
        names, positions, ids = [name, *names], [None, *positions], [USER_ID, *ids]
        weights = np.column_stack([1 - weights.sum(1), weights])
    table = pd.DataFrame(weights.T, columns=rows)
    table.insert(0, "#", pd.Series(positions, dtype="Int64"))
    table.insert(1, tr("title"), names)
    columns = [tr(USER) if position is None else str(position) for position in positions]
    caption = tr("Attention of each head for this recommendation. This is not a reason: the contributions are.")
    figure = evidence_charts.attention_map(names, weights, rows, columns, ids)
    charts.show(figure, "attention", caption, table, selects=True)
    position, weight = (compact_charts.selected("attention", column) for column in (1, 2))
    of_point = {int(position): float(weight)} if position and weight and position != USER_ID else {}
    clicked.listed(run, query, explained.item_id, "attention", of_point, column=1)
