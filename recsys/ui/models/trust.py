"""The Explanations tab: how faithful each method is to this model, measured over a sample of users by a job."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.explain import METHODS
from recsys.runs.trust_record import Figure, MethodTrust, Trust, is_damaged
from recsys.services.models import trust, trust_job
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts
from recsys.ui.parts.widgets import fail
from recsys.ui.shell.job_cards import progress_text
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import count, day, duration, plain

SIZES = (20, 50, 100, 200, 500)
CURVES = {
    "undoes": "deletion test: how much faster the item drops than with random removal",
    "rebuilds": "insertion test: how much faster the item rises than with random order",
}


def show(run: OpenRun) -> None:
    st.markdown("Are the explanations true? For a sample of users and their first recommendation, past events are removed and "
                "restored in the order of each method, and the model scores each step, beside random orders.")  # fmt: skip
    if reason := trust.why_not(run):
        st.info(plain(reason))
        return
    job(run.config.run_id)
    stored = trust.trust_of(run)
    if stored is not None:
        report(run, stored)
    elif is_damaged(run.folder):
        st.warning("The stored measurement is damaged: its content does not fit its checksum, so it is not used. "
                   "Measure again to replace it.", icon=":material/warning:")  # fmt: skip


def job(run_id: str) -> None:
    """The measurement that is under way, else the button that starts one."""
    now = trust_job.progress(workspace(), run_id)
    if now.state in ("running", "unknown"):
        st.fragment(live, run_every=trust_job.TICK_WAIT)(run_id)
        return
    if now.state == "failed":
        st.error(plain(now.message, 400), icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="bottom", key="trust_start"):
        size = st.select_slider("Users", SIZES, value=trust.USERS, key="trust_users", width=320)
        pressed = st.button("Measure", key="measure_trust", type="primary", icon=":material/play_arrow:",
                            help="Takes minutes. It continues when you leave this page.")  # fmt: skip
    if pressed:
        try:
            trust_job.start(workspace(), run_id, size)
        except RecsysError as error:
            fail(error)
            return
        st.rerun()


def live(run_id: str) -> None:
    """How far the measurement is, with the ways to end it; once it has ended, the page is drawn again."""
    now = trust_job.progress(workspace(), run_id)
    if now.state not in ("running", "unknown"):
        st.rerun()
    if now.state == "unknown":
        st.info(f"The measurement may be running on host **{plain(now.host)}**, which cannot be seen from here.")
        if st.button("It has ended: release it", key="release_trust"):
            trust_job.forget(workspace(), run_id)
            st.rerun()
        return
    with st.container(horizontal=True, vertical_alignment="center", key="trust_live"):
        st.progress(now.share, text=progress_text(now))
        if st.button("Stop", key="stop_trust", icon=":material/stop_circle:",
                     help="Keeps the users measured so far, unless an earlier measurement has more."):  # fmt: skip
            trust_job.stop(workspace(), run_id)
            st.toast("Stopping: the users measured so far are kept.")
        if st.button(
            "Discard", key="discard_trust", icon=":material/delete:", help="Ends it at once and keeps nothing of it."
        ):
            trust_job.stop(workspace(), run_id, at_once=True)
            st.rerun()


def report(run: OpenRun, measured: Trust) -> None:
    st.markdown(verdict(measured))
    st.caption(f"{plain(run.dataset.name)}, {count(measured.num_users, 'user')} sampled by seed {measured.seed:d}, their first "
               f"recommendation. Measured {day(measured.measured)} in {duration(measured.seconds)}.")  # fmt: skip
    if measured.stopped:
        st.caption(
            f"Stopped after {measured.num_users:d} of {measured.num_asked:d} users; intervals are of these users."
        )
    table = methods_table(measured)
    for key, title in CURVES.items():
        figures: list[Figure] = [getattr(method, key) for method in measured.methods]
        names = [label(method.method) for method in measured.methods]
        figure = charts.compared(
            names, [method.mean for method in figures], [span(method) for method in figures], title
        )
        charts.show(figure, f"trust_{key}", f"By method, {title} of the same user: means of areas, with 95 % intervals over "
                    "users. Random orders are at 0.", table)  # fmt: skip
    planted(measured)
    randomised(measured)
    groups(measured)


def planted(measured: Trust) -> None:
    """On the sample shop the true causes are known."""
    if measured.planted is None:
        return
    st.subheader("Does it name the planted cause?")
    causes = measured.planted
    columns = {"recall@1": (method.recall[1] for method in causes.methods), "recall@3": (method.recall[3] for method in causes.methods),
               "precision@3": (method.precision[3] for method in causes.methods)}  # fmt: skip
    table = pd.DataFrame(
        {"method": [label(method.method) for method in causes.methods], **{k: list(v) for k, v in columns.items()}}
    )
    st.dataframe(table, hide_index=True, key="trust_planted", alt="How often each method names the planted cause first",
                 column_config=dict.fromkeys(columns, st.column_config.NumberColumn(format="%.2f")))  # fmt: skip
    st.caption(f"{count(causes.cases, 'recommendation')} that were made to follow from one past event, which is the cause: how often it "
               f"stands first, or among the first three. Chance {causes.chance:.2f}.")  # fmt: skip


def label(method: str) -> str:
    return METHODS[method].label if method in METHODS else method


def span(figure: Figure) -> tuple[float, float]:
    return figure.interval or (figure.mean, figure.mean)


def verdict(measured: Trust) -> str:
    """Which method is shown first and why; attention's place told plainly."""
    by_name = {method.method: method for method in measured.methods}
    usual, exact = by_name[measured.usual], measured.methods[0]
    text = f"Explain opens with **{plain(label(measured.usual))}**: insertion is {usual.gain.mean:+.2f} above deletion (random orders 0)"
    if usual is exact:
        text += f". It is exact, and no other that takes under {trust.QUICK:g} s was better beyond chance."
    else:
        assert usual.beyond_exact is not None
        low, high = span(usual.beyond_exact)
        text += (
            f", {usual.beyond_exact.mean:+.2f} more than {plain(label(exact.method))} (95 % {low:+.2f} to {high:+.2f})."
        )
    best = max(measured.methods, key=lambda method: method.gain.mean)
    if best.seconds > trust.QUICK and best is not usual:
        text += f" Best of all: {plain(label(best.method))} ({best.gain.mean:+.2f}), in {best.seconds:.1f} s each: choose it under How."
    for name in ("attention", "attention_rollout"):
        if name in by_name:
            text += f" {plain(label(name))}: {place(by_name[name])}."
    return text


def place(method: MethodTrust) -> str:
    low, high = span(method.gain)
    beside = "better than" if low > 0 else "worse than" if high < 0 else "no significant difference from"
    return f"{method.gain.mean:+.2f} ({low:+.2f} to {high:+.2f}), {beside} random orders"


def methods_table(measured: Trust) -> pd.DataFrame:
    rows = [
        {
            "method": label(method.method),
            "deletion": f"{method.deletion.mean:.3f}",
            "insertion": f"{method.insertion.mean:.3f}",
            "insertion less deletion": f"{method.gain.mean:+.3f}",
            "95 %": f"{span(method.gain)[0]:+.3f} to {span(method.gain)[1]:+.3f}",
            "faithful": f"{method.verdicts.get('holds', 0) / measured.num_users:.0%}",
            "weak": f"{method.verdicts.get('weak', 0) / measured.num_users:.0%}",
            "correlation with exact": _number(method.correlation),
            "seconds": f"{method.seconds:.2f}",
        }
        for method in measured.methods
    ]
    random = {
        "method": "random orders",
        "deletion": f"{measured.random.mean:.3f}",
        "insertion": f"{measured.random.mean:.3f}",
    }
    return pd.DataFrame([*rows, random]).fillna("–")


def randomised(measured: Trust) -> None:
    st.subheader("Does it depend on what was learnt?")
    if measured.why_not_randomised:
        st.caption(plain(measured.why_not_randomised))
        return
    st.markdown("The same is measured on a network with random weights for the first users: its explanations should differ "
                f"(rank correlation below {trust.RANDOM_LIKE:g}).")  # fmt: skip
    rows = [
        (label(method.method), _number(method.randomised), "yes" if method.randomised < trust.RANDOM_LIKE else "no: a random network is explained alike")
        for method in measured.methods
        if method.randomised is not None
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows, columns=["method", "rank correlation", "depends on what was learnt"]), hide_index=True,
                 key="trust_random", alt="Rank correlation of each method with the same method on a random network")  # fmt: skip


def groups(measured: Trust) -> None:
    if not measured.groups:
        return
    st.subheader("For whom, and for which items")
    rows = [
        (group.kind, group.name, group.num_users, f"{group.gain.mean:+.3f}",
         "–" if group.gain.interval is None else f"{group.gain.interval[0]:+.3f} to {group.gain.interval[1]:+.3f}", f"{group.holds:.0%}")
        for group in measured.groups
    ]  # fmt: skip
    columns = ["by", "group", "users", "insertion less deletion", "95 %", "faithful"]
    st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True, key="trust_groups",
                 alt="How faithful the explanations are, by group of users and of items")  # fmt: skip
    st.caption(f"{plain(label(measured.usual))}. A group of few users says little.")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
