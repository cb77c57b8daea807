"""Two or more models beside each other: who is better and for whom, settings, learning curves, overlap of their lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import Message, message, plural
from recsys.services.models import comparison
from recsys.services.models.baseline_verdict import p_text
from recsys.services.models.comparison import MAX_COMPARED
from recsys.services.models.leaderboard import RunSummary
from recsys.services.models.slice_report import FEW_USERS
from recsys.ui.models import gains
from recsys.ui.models.setting_names import setting_name, setting_value
from recsys.ui.parts import charts, compact_charts
from recsys.ui.parts.widgets import fail, tabs
from recsys.ui.shell import cache, sliced
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import comma_list, plain

TABS: tuple[str, ...] = (message("Verdict"), message("Settings"), message("Learning curves"), message("Overlap"))
LONGEST_TITLE = 18  # of a column: the letter before it identifies the run


def compare(chosen: Sequence[RunSummary]) -> None:
    """The selected models beside each other, one question a tab; only the open one is computed."""
    if len(chosen) > MAX_COMPARED:
        st.info(
            tr(
                "{selected} models are selected; the first {most} are compared.",
                selected=len(chosen),
                most=MAX_COMPARED,
            )
        )
        chosen = chosen[:MAX_COMPARED]
    names = {run.run_id: f"{letter} · {localized(run.label)}" for letter, run in zip("ABCDEF", chosen, strict=False)}
    title = _against(*(plain(name, 60) for name in names.values()))
    st.subheader(tr(title), anchor=False)
    for run in chosen:
        if run.note:
            st.caption(f"**{plain(names[run.run_id][0])}**: {plain(run.note)}")
    screens = dict(zip(TABS, (metrics, settings, curves, overlap), strict=True))
    for name, place in tabs(TABS, "versus").items():
        if place.open:
            with place:
                screens[name](chosen, names)


def _against(first: str, *others: str) -> str:
    """The names in a row. Each pair is a message, as the spaces around a lone word would depend on the catalogue."""
    for other in others:
        first = message("{first} vs {second}", first=first, second=other)
    return first


def metrics(chosen: Sequence[RunSummary], names: dict[str, str]) -> None:
    """Who is better and by how much, then every test metric; for two models also who gains and who loses."""
    why_not = comparison.why_not_comparable(chosen)
    if why_not:
        st.warning(plain(why_not), icon=":material/warning:")
        rows = comparison.metric_table([comparison.metrics_of(workspace(), run) for run in chosen])
        show("compared_metrics", tr("Metric"), rows, names, tr("Test metrics of the selected models"))
        return
    rows = {}
    are_unlike, num_users = comparison.have_different_targets(chosen), 0
    if are_unlike:
        rows[message("Predicts")] = [run.target for run in chosen]
        intervals, num_users = comparison.shared_metrics(workspace(), chosen)
    else:
        intervals = [comparison.metrics_of(workspace(), run) for run in chosen]
    rows |= comparison.metric_table(intervals)
    columns = dict(names)
    if len(chosen) == 2:
        columns["difference"] = tr("B − A")
        for label, difference in comparison.metric_differences(*intervals).items():
            rows[label].append(difference)
        rows = {label: [*values, ""][:3] for label, values in rows.items()}
    differences(chosen, names, cache.differences(workspace(), list(chosen)))
    show("compared_metrics", tr("Metric"), rows, columns, tr("Test metrics of the selected models"))
    of_slice(chosen, names)
    if len(chosen) == 2:
        gains.show(chosen[0], chosen[1], (names[chosen[0].run_id][0], names[chosen[1].run_id][0]))
    st.caption(tr("{dataset}, {protocol} on the full catalogue, the same protocol for all.", protocol=plain(chosen[0].protocol),
                  dataset=plain(chosen[0].dataset_name)))  # fmt: skip
    if are_unlike:
        text = plural(
            "These models have different targets. All figures here are over the {n:,} user that all of them are evaluated "
            "on; those on the leaderboard are over other users and are not comparable.",
            "These models have different targets. All figures here are over the {n:,} users that all of them are evaluated "
            "on; those on the leaderboard are over other users and are not comparable.",
            num_users,
        )
        st.info(tr(text))


def of_slice(chosen: Sequence[RunSummary], names: dict[str, str]) -> None:
    """The same verdict on the users of the slice."""
    paired_by_run = sliced.differences(list(chosen))
    if paired_by_run is None:
        return
    title = tr("In the slice")
    st.markdown(f":material/filter_alt: **{title}**")
    if not paired_by_run:
        st.caption(tr("No user of the slice is evaluated in both models."))
        return
    differences(chosen, names, paired_by_run)
    if min(difference.num_users for difference in paired_by_run.values()) < FEW_USERS:
        st.warning(tr("Fewer than {few} users are in the slice: only a large difference can be significant.", few=FEW_USERS),
                   icon=":material/warning:")  # fmt: skip


def differences(
    chosen: Sequence[RunSummary], names: dict[str, str], paired_by_run: Mapping[str, comparison.Difference]
) -> None:
    """One line for each model after the first: is it better than the first?"""
    first = plain(names[chosen[0].run_id], 60)
    for run_id, difference in paired_by_run.items():
        paired, other = difference.paired, plain(names[run_id], 60)
        is_first = paired.is_significant and paired.mean < 0  # better: its advantage is a positive number
        change = _in_words(difference, -1 if is_first else 1)
        icon, winner, loser = ":material/trophy:", other, first
        if not paired.is_significant:
            icon, text = (
                ":material/balance:",
                message("No significant difference between **{winner}** and **{loser}**: {difference}."),
            )
        else:
            winner, loser = (first, other) if is_first else (other, first)
            text = message("**{winner}** is better than **{loser}**: {difference}.")
        st.markdown(f"{icon} {tr(text.format(winner=winner, loser=loser, difference=change))}")
    if len(paired_by_run) > 1:
        st.caption(tr("p-values are corrected for {comparisons} comparisons (Holm).", comparisons=len(paired_by_run)))


def _in_words(difference: comparison.Difference, sign: Literal[1, -1]) -> Message:
    paired = difference.paired
    low, high = sorted((sign * paired.low, sign * paired.high))
    return plural(
        "{mean:+.3f} {metric} (95% interval {low:+.3f} to {high:+.3f}, {p}, the same {n:,} user)",
        "{mean:+.3f} {metric} (95% interval {low:+.3f} to {high:+.3f}, {p}, the same {n:,} users)",
        difference.num_users, mean=sign * paired.mean, metric=metric_label(HEADLINE), low=low, high=high,
        p=p_text(paired.p_holm),
    )  # fmt: skip


def settings(chosen: Sequence[RunSummary], names: dict[str, str]) -> None:
    differ, same = (
        {setting_name(name): [setting_value(value) for value in values] for name, values in rows.items()}
        for rows in comparison.settings(chosen)
    )
    if differ:
        show("compared_settings", tr("Setting"), differ, names, tr("Settings that differ"))
    else:
        st.markdown(tr("All settings are the same."))
    if same:
        with st.expander(tr(plural("Same in all: {n:,} setting", "Same in all: {n:,} settings", len(same)))):
            rows = {name: values[:1] for name, values in same.items()}
            show("same_settings", tr("Setting"), rows, {"": tr("Value")}, tr("Settings that are the same in all"))


def curves(chosen: Sequence[RunSummary], names: dict[str, str]) -> None:
    curves_by_run = comparison.curves(workspace(), chosen)
    without = [plain(names[run.run_id], 60) for run in chosen if run.run_id not in curves_by_run]
    if curves_by_run:
        lines = {names[run_id]: (curve.epochs, curve.loss, curve.ndcg) for run_id, curve in curves_by_run.items()}
        table = pd.concat(
            pd.DataFrame(
                {tr("Run"): name, tr("Epoch"): epochs, tr("Training loss"): loss, tr("Validation NDCG@10"): ndcg}
            )
            for name, (epochs, loss, ndcg) in lines.items()
        )
        caption = tr(
            "Training loss and validation NDCG@10 by epoch; losses of different models may have different scales."
        )
        charts.show(charts.curves(lines), "compared_curves", caption, table, height=460, selects=True)
        epoch = compact_charts.selected("compared_curves")
        if epoch is not None:
            alt = tr("Epoch {epoch}", epoch=epoch)
            st.markdown(f"**{alt}**")
            column_config = {tr("Validation NDCG@10"): st.column_config.NumberColumn(format="%.3f")}
            st.dataframe(
                table[table[tr("Epoch")] == int(epoch)], hide_index=True, key="compared_epoch", alt=alt,
                column_config=column_config,
            )  # fmt: skip
    if without:
        st.caption(tr("Without a curve, because it does not learn by epochs or has not started: {models}.",
                      models=comma_list(without)))  # fmt: skip


def overlap(chosen: Sequence[RunSummary], names: dict[str, str]) -> None:
    by_data: dict[str, list[str]] = {}
    for run in chosen:
        if run.is_whole:
            by_data.setdefault(run.dataset_id, []).append(run.run_id)
    try:
        overlap_rows = [
            row for ids in by_data.values() if len(ids) > 1 for row in cache.overlapped(workspace(), tuple(ids))
        ]
    except RecsysError as error:
        fail(error)
        return
    if not overlap_rows:
        st.caption(tr("Two finished runs on the same dataset are needed to compare their lists."))
        return
    rows = {
        _pair(names[row.first][0], names[row.second][0]): [
            tr("{shared:.1f} of 10", shared=row.shared),
            f"{row.jaccard:.2f}",
        ]
        for row in overlap_rows
    }
    show(
        "overlap",
        tr("Runs"),
        dict(sorted(rows.items())),
        {"shared": tr("Shared"), "jaccard": "Jaccard"},
        tr("Overlap of the top 10"),
    )
    text = plural(
        "Mean over {n:,} user: items in both top 10s, and their share of all items in either "
        "(Jaccard; 1 is the same list, 0 nothing in common).",
        "Means over {n:,} users: items in both top 10s, and their share of all items in either "
        "(Jaccard; 1 is the same list, 0 nothing in common).",
        overlap_rows[0].num_users,
    )
    st.caption(tr(text))


def _pair(*letters: str) -> str:
    first, second = sorted(letters)
    return tr("{first} and {second}", first=first, second=second)


def show(key: str, first: str, rows: dict[str, list[str]], columns: dict[str, str], alt: str) -> None:
    """A table with a name a row and a value a column."""
    titles = [title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…" for title in columns.values()]
    frame = pd.DataFrame([[localized(value) for value in values] for values in rows.values()], columns=titles)
    frame.insert(0, first, [localized(name) for name in rows])
    st.dataframe(frame, hide_index=True, height=35 * (len(frame) + 1) + 3, key=key, alt=alt)
