"""What was measured about the explanations of a model: the most faithful method, all methods, planted causes, groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys.messages import message, plural
from recsys.runs.trust_record import Figure, Trust
from recsys.services.data.value_names import range_name
from recsys.services.models import trust, trust_summary
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.models.trust_verdict import label, span, verdict
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.text import day, duration, plain

CURVES = {  # title of the axis, caption
    "undoes": (
        message("deletion test"),
        message("How much faster the item drops than with random removal. Means over users with 95% intervals; 0 is random."),
    ),
    "rebuilds": (
        message("insertion test"),
        message("How much faster the item rises than in random order. Means over users with 95% intervals; 0 is random."),
    ),
}  # fmt: skip


def report(run: OpenRun, measured: Trust) -> None:
    """The most faithful method in words, the tests as charts, and what else was measured, folded."""
    st.markdown(tr(verdict(measured)))
    text = plural(
        "{dataset}, {n:,} user sampled by seed {seed:d}, the first recommendation. Measured {date} in {time}.",
        "{dataset}, {n:,} users sampled by seed {seed:d}, their first recommendation. Measured {date} in {time}.",
        measured.num_users, dataset=plain(run.dataset.name), seed=measured.seed, date=day(measured.measured),
        time=duration(measured.seconds),
    )  # fmt: skip
    st.caption(tr(text))
    if measured.stopped:
        st.caption(
            tr("Stopped after {measured:d} of {planned:d} users; intervals are of these users.",
               measured=measured.num_users, planned=measured.num_asked)
        )  # fmt: skip
    tests(measured)
    for key in CURVES:
        users_of(run, measured, key)
    planted(measured)
    randomised(run, measured)
    groups(measured)


def tests(measured: Trust) -> None:
    """The deletion and the insertion test beside each other, one bar a method."""
    table = methods_table(measured)
    names = [localized(label(method.method)) for method in measured.methods]
    for (key, (title, caption)), place in zip(CURVES.items(), st.columns(2, gap="medium"), strict=True):
        figures: list[Figure] = [getattr(method, key) for method in measured.methods]
        figure = charts.compared(
            names, [method.mean for method in figures], [span(method) for method in figures], tr(title)
        )
        figure = compact_charts.with_ids(figure, [method.method for method in measured.methods])
        with place:
            charts.show(figure, f"trust_{key}", tr(caption), table, selects=bool(measured.users))


def users_of(run: OpenRun, measured: Trust, key: str) -> None:
    """The users that the clicked mean is over, the least faithful first; a measurement of an earlier version has none."""
    picked = compact_charts.selected(f"trust_{key}")
    method = next((method for method in measured.methods if method.method == picked), None)
    if method is None or not measured.users:
        return
    values = getattr(method, f"{key}_by_user")
    table = pd.DataFrame({"user": measured.users, "gain": np.round(values, 3)}).sort_values(
        "gain", kind="stable", ignore_index=True
    )
    title = tr("Users, the smallest value of {method} first", method=plain(label(method.method)))
    listing.users(table, len(table), title, f"users_{key}", run.config.run_id)


def planted(measured: Trust) -> None:
    """On the sample shop the true causes are known: how often each method ranks them first."""
    causes = measured.planted
    if causes is None:
        return
    shown = next((method for method in causes.methods if method.method == measured.usual), causes.methods[0])
    title = tr("Known causes of the sample: {method} ranks {share:.0%} of them first", method=plain(label(shown.method)), share=shown.recall[1])  # fmt: skip
    columns = {tr("Recall@1"): (method.recall[1] for method in causes.methods), tr("Recall@3"): (method.recall[3] for method in causes.methods),
               tr("Precision@3"): (method.precision[3] for method in causes.methods)}  # fmt: skip
    names = [localized(label(method.method)) for method in causes.methods]
    table = pd.DataFrame({tr("Method"): names, **{name: list(values) for name, values in columns.items()}})
    text = plural(
        "{n:,} recommendation with a planted cause: the past event that the sample was generated from. Recall@1 of a random "
        "order: {chance:.3f}.",
        "{n:,} recommendations, each with a planted cause: the past event that the sample generated it from. Recall@1 of a "
        "random order: {chance:.3f}.",
        causes.cases, chance=causes.chance,
    )  # fmt: skip
    with st.expander(title):
        st.dataframe(table, hide_index=True, key="trust_planted", alt=tr("How often each method ranks the planted cause first"),
                     column_config=dict.fromkeys(columns, st.column_config.NumberColumn(format="%.3f")))  # fmt: skip
        st.caption(tr(text))


def methods_table(measured: Trust) -> pd.DataFrame:
    rows = [
        {
            tr("Method"): localized(label(method.method)),
            tr("Deletion"): f"{method.deletion.mean:.3f}",
            tr("Insertion"): f"{method.insertion.mean:.3f}",
            tr("Insertion − deletion"): f"{method.gain.mean:+.3f}",
            tr("95% interval"): _interval(span(method.gain)),
            tr("Faithful"): f"{method.verdicts.get('holds', 0) / measured.num_users:.0%}",
            tr("Weak"): f"{method.verdicts.get('weak', 0) / measured.num_users:.0%}",
            tr("Correlation with exact"): _number(method.correlation),
            tr("Seconds"): f"{method.seconds:.2f}",
        }
        for method in measured.methods
    ]
    random = {
        tr("Method"): tr("random orders"),
        tr("Deletion"): f"{measured.random.mean:.3f}",
        tr("Insertion"): f"{measured.random.mean:.3f}",
    }
    return pd.DataFrame([*rows, random]).fillna("–")


def randomised(run: OpenRun, measured: Trust) -> None:
    """The model randomisation test of Adebayo et al. (2018), arXiv:1810.03292."""
    if measured.why_not_randomised:
        with st.expander(tr("Model randomisation test: not available for this model")):
            st.caption(plain(trust.why_not_randomised(run.model) or measured.why_not_randomised))
        return
    correlations = {method.method: method.randomised for method in measured.methods if method.randomised is not None}
    if not correlations:
        return
    passed = {method: correlation < trust.RANDOM_LIKE for method, correlation in correlations.items()}
    rows = [
        (localized(label(method)), _number(correlation), tr("yes") if passed[method] else tr("no"))
        for method, correlation in correlations.items()
    ]
    text = tr("For the first users, each method also explains the same network with random weights. It passes if the two "
              "explanations differ (rank correlation below {limit:g}).", limit=trust.RANDOM_LIKE)  # fmt: skip
    alt = tr("Rank correlation of each method with the same method on a random network")
    title = tr("Model randomisation test: {passed} of {methods} methods pass", passed=sum(passed.values()), methods=len(passed))  # fmt: skip
    with st.expander(title):
        st.markdown(text)
        columns = [tr("Method"), tr("Rank correlation"), tr("Passes")]
        st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True, key="trust_random", alt=alt)


def groups(measured: Trust) -> None:
    if not measured.groups:
        return
    words = {str(word): word for word in trust_summary.WORDS}  # the record holds them in English
    rows = [
        (
            localized(words.get(group.kind, group.kind)),
            localized(range_name(words.get(group.name, group.name))),
            group.num_users,
            f"{group.gain.mean:+.3f}",
            "–" if group.gain.interval is None else _interval(group.gain.interval),
            f"{group.holds:.0%}",
        )
        for group in measured.groups
    ]
    columns = [
        tr("Grouped by"),
        tr("Group"),
        tr("Users"),
        tr("Insertion − deletion"),
        tr("95% interval"),
        tr("Faithful"),
    ]
    alt = tr("Faithfulness of the explanations by group of users and of items")
    with st.expander(tr("Faithfulness by group of users and items")):
        st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True, key="trust_groups", alt=alt)
        st.caption(tr("{method}. Groups with few users are uncertain.", method=plain(label(measured.usual))))


def _interval(interval: tuple[float, float]) -> str:
    return tr("{low:+.3f} to {high:+.3f}", low=interval[0], high=interval[1])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
