"""Two or more models beside each other: who is better and for whom, settings, learning curves, overlap of their lists."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.services.models import comparison
from recsys.services.models.baseline_verdict import p_text
from recsys.services.models.comparison import MAX_COMPARED
from recsys.services.models.leaderboard import RunSummary
from recsys.ui.models import gains
from recsys.ui.parts import charts
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import count, plain

LONGEST_TITLE = 18  # of a column: the letter before it tells runs apart


def compare(chosen: Sequence[RunSummary]) -> None:
    """The selected models beside each other, one question a tab; only the open one is computed."""
    if len(chosen) > MAX_COMPARED:
        number = len(chosen)
        st.info(f"{number} models are selected; the first {MAX_COMPARED} are compared.")
        chosen = chosen[:MAX_COMPARED]
    names = {run.run_id: f"{letter} · {run.label}" for letter, run in zip("ABCDEF", chosen, strict=False)}
    st.subheader(" vs ".join(plain(name, 60) for name in names.values()), anchor=False)
    for run in chosen:
        if run.note:
            st.caption(f"**{plain(names[run.run_id][0])}**: {plain(run.note)}")
    tabs = {"Verdict": metrics, "Settings": settings, "Learning curves": curves, "Overlap": overlap}
    for place, draw in zip(
        st.tabs([*tabs], key="versus", on_change="rerun", bind="query-params"), tabs.values(), strict=True
    ):
        if place.open:
            with place:
                draw(chosen, names)


def metrics(chosen: Sequence[RunSummary], names: dict[str, str]) -> None:
    """Who is better and by how much, then every test metric; for two models also who gains and who loses."""
    why_not = comparison.why_not_comparable(chosen)
    if why_not:
        st.warning(plain(why_not), icon=":material/warning:")
        show("compared_metrics", "metric", comparison.metric_table([comparison.metrics_of(workspace(), run) for run in chosen]),
             names, "Test metrics of the selected models")  # fmt: skip
        return
    rows: dict[str, list[str]] = {}
    are_unlike, num_users = comparison.have_different_targets(chosen), 0
    if are_unlike:
        rows["suggests"] = [run.target for run in chosen]
        intervals, num_users = comparison.shared_metrics(workspace(), chosen)
    else:
        intervals = [comparison.metrics_of(workspace(), run) for run in chosen]
    rows |= comparison.metric_table(intervals)
    differences(chosen, names)
    if len(chosen) == 2:
        gains.show(chosen[0], chosen[1], (names[chosen[0].run_id][0], names[chosen[1].run_id][0]))
    show("compared_metrics", "metric", rows, names, "Test metrics of the selected models")
    st.caption(f"{plain(chosen[0].dataset_name)}, leave-one-out on the full catalogue, the same protocol for all.")
    if are_unlike:
        st.info(
            f"These models have different targets. All figures here are over the {count(num_users, 'user')} that each of them "
            "is evaluated on; those on the leaderboard are over other users and cannot be compared."
        )


def differences(chosen: Sequence[RunSummary], names: dict[str, str]) -> None:
    """One line for each model after the first: is it better than the first?"""
    paired_by_run = comparison.differences(workspace(), chosen)
    first = plain(names[chosen[0].run_id], 60)
    for run_id, difference in paired_by_run.items():
        paired, other = difference.paired, plain(names[run_id], 60)
        if not paired.is_significant:
            text = f":material/balance: No significant difference between **{other}** and **{first}**"
        elif paired.mean > 0:
            text = f":material/trophy: **{other}** is better than **{first}**"
        else:
            text = f":material/trophy: **{first}** is better than **{other}**"
        st.markdown(
            f"{text}: {paired.mean:+.4f} {metric_label(HEADLINE)} (95 % interval {paired.low:+.4f} to {paired.high:+.4f}, "
            f"{p_text(paired.p_holm)}, the same {count(difference.num_users, 'user')})."
        )
    if len(paired_by_run) > 1:
        st.caption(f"p-values are corrected for {len(paired_by_run)} comparisons (Holm).")


def settings(chosen: Sequence[RunSummary], names: dict[str, str]) -> None:
    differ, same = comparison.settings(chosen)
    if differ:
        show("compared_settings", "setting", differ, names, "Settings that differ")
    else:
        st.markdown("All settings are the same.")
    if same:
        with st.expander(f"The same in all: {count(len(same), 'setting')}"):
            rows = {name: values[:1] for name, values in same.items()}
            show("same_settings", "setting", rows, {"": "value"}, "Settings that are the same in all")


def curves(chosen: Sequence[RunSummary], names: dict[str, str]) -> None:
    curves_by_run = comparison.curves(workspace(), chosen)
    without = [plain(names[run.run_id], 60) for run in chosen if run.run_id not in curves_by_run]
    if curves_by_run:
        lines = {names[run_id]: (curve.epochs, curve.loss, curve.ndcg) for run_id, curve in curves_by_run.items()}
        table = pd.concat(
            pd.DataFrame({"run": name, "epoch": epochs, "training loss": loss, "validation NDCG@10": ndcg})
            for name, (epochs, loss, ndcg) in lines.items()
        )
        charts.show(charts.curves(lines), "compared_curves",
                    "Training loss and validation NDCG@10 by epoch; losses of different models may have different scales.",
                    table, height=460)  # fmt: skip
    if without:
        st.caption(f"Without a curve, since it does not learn by epochs or has not begun: {', '.join(without)}.")


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
        st.caption("Two finished runs on the same dataset are needed to compare their lists.")
        return
    rows = {
        " and ".join(sorted(names[run_id][0] for run_id in (row.first, row.second))): [
            f"{row.shared:.1f} of 10",
            f"{row.jaccard:.2f}",
        ]
        for row in overlap_rows
    }
    show(
        "overlap",
        "runs",
        dict(sorted(rows.items())),
        {"shared": "shared", "jaccard": "Jaccard"},
        "Overlap of the top 10",
    )
    st.caption(
        f"Means over {count(overlap_rows[0].num_users, 'user')}: items that both top 10 hold, and their share of all items "
        "in either (Jaccard; 1 is the same list, 0 nothing in common)."
    )


def show(key: str, first: str, rows: dict[str, list[str]], columns: dict[str, str], alt: str) -> None:
    """A table with a name a row and a value a column."""
    titles = [title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…" for title in columns.values()]
    frame = pd.DataFrame(rows.values(), columns=titles)
    frame.insert(0, first, list(rows))
    st.dataframe(frame, hide_index=True, height=35 * (len(frame) + 1) + 3, key=key, alt=alt)
