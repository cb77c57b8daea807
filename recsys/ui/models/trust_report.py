"""What was measured about the explanations of a model: the most faithful method, all methods, planted causes, groups."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.messages import message, plural
from recsys.runs.trust_record import Figure, Trust
from recsys.services.models import trust, trust_summary
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.models.trust_verdict import label, span, verdict
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.text import day, duration, plain

CURVES = {  # title of the axis, caption
    "undoes": (
        message("deletion test: how much faster the item drops than with random removal"),
        message(
            "Deletion test by method: how much faster the item drops than with random removal for the same user. Means of "
            "areas, with 95 % intervals over users; random orders are at 0."
        ),
    ),
    "rebuilds": (
        message("insertion test: how much faster the item rises than with random order"),
        message(
            "Insertion test by method: how much faster the item rises than with random order for the same user. Means of "
            "areas, with 95 % intervals over users; random orders are at 0."
        ),
    ),
}


def report(run: OpenRun, measured: Trust) -> None:
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
    table = methods_table(measured)
    for key, (title, caption) in CURVES.items():
        figures: list[Figure] = [getattr(method, key) for method in measured.methods]
        names = [localized(label(method.method)) for method in measured.methods]
        figure = charts.compared(
            names, [method.mean for method in figures], [span(method) for method in figures], tr(title)
        )
        figure = compact_charts.with_ids(figure, [method.method for method in measured.methods])
        charts.show(figure, f"trust_{key}", tr(caption), table, selects=bool(measured.users))
        users_of(run, measured, key)
    planted(measured)
    randomised(run, measured)
    groups(measured)


def users_of(run: OpenRun, measured: Trust, key: str) -> None:
    """The users that the clicked mean is over, the least faithful first; a measurement of an earlier version has none."""
    picked = compact_charts.selected(f"trust_{key}")
    method = next((method for method in measured.methods if method.method == picked), None)
    if method is None or not measured.users:
        return
    values = getattr(method, f"{key}_by_user")
    table = pd.DataFrame({"user": measured.users, "gain": values}).sort_values("gain", kind="stable", ignore_index=True)
    title = tr("Users, the smallest value of {method} first", method=plain(label(method.method)))
    listing.users(table, len(table), title, f"users_{key}", run.config.run_id)


def planted(measured: Trust) -> None:
    """On the sample shop the true causes are known."""
    if measured.planted is None:
        return
    st.subheader(tr("Does it find the planted cause?"))
    causes = measured.planted
    columns = {tr("recall@1"): (method.recall[1] for method in causes.methods), tr("recall@3"): (method.recall[3] for method in causes.methods),
               tr("precision@3"): (method.precision[3] for method in causes.methods)}  # fmt: skip
    names = [localized(label(method.method)) for method in causes.methods]
    table = pd.DataFrame({tr("method"): names, **{name: list(values) for name, values in columns.items()}})
    st.dataframe(table, hide_index=True, key="trust_planted", alt=tr("How often each method ranks the planted cause first"),
                 column_config=dict.fromkeys(columns, st.column_config.NumberColumn(format="%.2f")))  # fmt: skip
    text = plural(
        "{n:,} recommendation made to follow from one past event, its cause: how often the cause is ranked first, or in the top "
        "three. Chance: {chance:.2f}.",
        "{n:,} recommendations made to follow from one past event, their cause: how often the cause is ranked first, or in the "
        "top three. Chance: {chance:.2f}.",
        causes.cases, chance=causes.chance,
    )  # fmt: skip
    st.caption(tr(text))


def methods_table(measured: Trust) -> pd.DataFrame:
    rows = [
        {
            tr("method"): localized(label(method.method)),
            tr("deletion"): f"{method.deletion.mean:.3f}",
            tr("insertion"): f"{method.insertion.mean:.3f}",
            tr("insertion − deletion"): f"{method.gain.mean:+.3f}",
            tr("95 % interval"): _interval(span(method.gain)),
            tr("faithful"): f"{method.verdicts.get('holds', 0) / measured.num_users:.0%}",
            tr("weak"): f"{method.verdicts.get('weak', 0) / measured.num_users:.0%}",
            tr("correlation with exact"): _number(method.correlation),
            tr("seconds"): f"{method.seconds:.2f}",
        }
        for method in measured.methods
    ]
    random = {
        tr("method"): tr("random orders"),
        tr("deletion"): f"{measured.random.mean:.3f}",
        tr("insertion"): f"{measured.random.mean:.3f}",
    }
    return pd.DataFrame([*rows, random]).fillna("–")


def randomised(run: OpenRun, measured: Trust) -> None:
    st.subheader(tr("Does it depend on what was learnt?"))
    if measured.why_not_randomised:
        st.caption(plain(trust.why_not_randomised(run.model) or measured.why_not_randomised))
        return
    st.markdown(tr("The same is measured on a network with random weights for the first users: its explanations should differ "
                   "(rank correlation below {limit:g}).", limit=trust.RANDOM_LIKE))  # fmt: skip
    rows = [
        (
            localized(label(method.method)),
            _number(method.randomised),
            tr("yes")
            if method.randomised < trust.RANDOM_LIKE
            else tr("no: similar to the explanation of a random network"),
        )
        for method in measured.methods
        if method.randomised is not None
    ]
    columns = [tr("method"), tr("rank correlation"), tr("depends on what was learnt")]
    alt = tr("Rank correlation of each method with the same method on a random network")
    st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True, key="trust_random", alt=alt)


def groups(measured: Trust) -> None:
    if not measured.groups:
        return
    st.subheader(tr("For which users and items"))
    words = {str(word): word for word in trust_summary.WORDS}  # the record holds them in English
    rows = [
        (
            localized(words.get(group.kind, group.kind)),
            localized(words.get(group.name, group.name)),
            group.num_users,
            f"{group.gain.mean:+.3f}",
            "–" if group.gain.interval is None else _interval(group.gain.interval),
            f"{group.holds:.0%}",
        )
        for group in measured.groups
    ]
    columns = [tr("by"), tr("group"), tr("users"), tr("insertion − deletion"), tr("95 % interval"), tr("faithful")]
    alt = tr("Faithfulness of the explanations by group of users and of items")
    st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True, key="trust_groups", alt=alt)
    st.caption(tr("{method}. Groups with few users are uncertain.", method=plain(label(measured.usual))))


def _interval(interval: tuple[float, float]) -> str:
    return tr("{low:+.3f} to {high:+.3f}", low=interval[0], high=interval[1])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
