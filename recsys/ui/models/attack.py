"""The Privacy tab: a membership attack on the model, run by a job, and whom it exposes."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from recsys.messages import Message, message, plural
from recsys.runs.attack_record import Attack, is_attack_damaged, load_attack
from recsys.runs.blend_parts import BLEND
from recsys.services.models import attack, attack_job, attack_text
from recsys.services.models.attack_twin import why_no_attack
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.models import privacy_series, roc
from recsys.ui.parts import listing
from recsys.ui.parts.job_panel import JobPanel
from recsys.ui.shell.job_cards import ATTACKING
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import duration, plain

SIZES = (100, 200, 500, 1000, 2000, 4000)
THOROUGH = "attack_thorough"
WIDTHS = {"why": 520}
MOST = 200  # rows of a list


def show(run: OpenRun) -> None:
    """The attack, and what protection from it costs."""
    attacked(run)
    privacy_series.show(run)


def attacked(run: OpenRun) -> None:
    st.markdown(tr("Can the users this model was trained on be identified? The attack compares how well the model fits their "
                   "events with how well it fits those of users it never saw."))  # fmt: skip
    if reason := why_no_attack(run.config):
        st.info(plain(reason))
        return
    if (spent := run.record.privacy) is not None:
        text = message(
            "Trained with differential privacy per user: ε = {epsilon:.2f}, δ = {delta:.0e}. It bounds every attack on "
            "the weights, also those not tried here."
        )
        if spent.unit == "client":
            text = message(
                "Trained with differential privacy per client: ε = {epsilon:.2f}, δ = {delta:.0e}. It bounds every attack "
                "on the weights, also those not tried here."
            )
        epsilon, delta = spent.epsilon, spent.delta
        st.caption(tr(text, epsilon=epsilon, delta=delta))
    stored = load_attack(run.folder)
    panel(run).show(run.config.run_id, partial(takes, run, stored))
    if is_attack_damaged(run.folder):
        st.warning(tr("The stored attack is damaged: its content does not match its checksum, so it is not used. Attack again to "
                      "replace it."), icon=":material/warning:")  # fmt: skip
    if stored is None:
        limits()
    else:
        report(run, stored)


def panel(run: OpenRun) -> JobPanel:
    """The job, with shadow models as a choice; a blend has none."""
    return JobPanel(
        attack_job.JOB, message("Attack"), SIZES, attack.USERS, ATTACKING,
        more=None if run.config.model == BLEND else shadows, kept=message("Keeps the steps that are done; the next attack continues the twin."),
    )  # fmt: skip


def shadows() -> list[str]:
    """Whether the attack is thorough, as arguments of the command."""
    is_thorough = st.toggle(
        tr("Shadow models"), key=THOROUGH, disabled=is_presenting(),
        help=tr("Also trains {models} models with the same settings on random halves of the users, to know how hard each user's "
                "events are to predict. Stronger, and as slow as {models} trainings.", models=attack.NUM_SHADOWS),
    )  # fmt: skip
    return ["--shadows", str(attack.NUM_SHADOWS)] if is_thorough else []


def takes(run: OpenRun, stored: Attack | None, size: int) -> Message:
    """What a press does, and how long it takes."""
    num_shadows = attack.NUM_SHADOWS if st.session_state.get(THOROUGH) else 0
    plan = attack_job.planned(workspace(), run.config, run.record, num_shadows)
    parts: list[Message] = []
    if plan.trains_twin:
        parts.append(message("Trains a twin without half of the users first, since this model saw all of them."))
    if num_shadows:
        parts.append(message("Trains {models} shadow models.", models=num_shadows))
    if stored is not None and stored.num_shadows == num_shadows and not plan.trains_twin:
        parts.append(message("About {time}.", time=duration(max(1.0, stored.seconds * size / stored.num_asked))))
    elif plan.seconds:
        parts.append(message("About {time} of training, then scoring.", time=duration(max(1.0, plan.seconds))))
    else:
        parts.append(message("Scores the users: seconds, or minutes with a large catalogue."))
    return message(" ").join(parts)


def report(run: OpenRun, stored: Attack) -> None:
    """The result in words, as a table and a curve, and who is exposed."""
    st.markdown(f"**{plain(attack_text.verdict(stored), 600)}**")
    for note in attack_text.notes(stored, run.config):
        st.caption(plain(note, 400))
    left, right = st.columns(2, gap="large")
    with left:
        clicked = roc.show(stored)
    with right:
        alt = tr(
            "Area under the curve of each attack, with its 95% interval, and the members found at few false positives"
        )
        st.dataframe(areas(stored), hide_index=True, key="attack_areas", alt=alt)
        st.caption(plain(attack_text.basis(stored, run.config.run_id), 600))
        limits()
    if clicked is not None:
        behind(run, stored, *clicked)
    exposed(run, stored)


def areas(stored: Attack) -> pd.DataFrame:
    """One row an attack."""
    return pd.DataFrame(
        [
            {
                tr("Attack"): tr(attack_text.NAMES[scores.name]),
                tr("AUC"): f"{scores.auc:.2f}",
                tr("AUC, 95%"): tr("{low:.2f} to {high:.2f}", low=scores.interval[0], high=scores.interval[1]),
                tr("Found at 1% false positives"): f"{scores.true_positive_rates[0]:.0%}",
                tr("Found at 10%"): f"{scores.true_positive_rates[1]:.0%}",
            }
            for scores in stored.attacks
        ]
    )


def behind(run: OpenRun, stored: Attack, name: str, threshold: float) -> None:
    """The users that an attack takes for members at the clicked threshold, the highest scores first."""
    scores = np.array(next(attacked.scores for attacked in stored.attacks if attacked.name == name))
    rows = np.flatnonzero(scores >= threshold)
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    table = pd.DataFrame(
        {
            "user": [stored.users[row] for row in rows[:MOST]],
            "membership": [tr("in training") if stored.is_member[row] else tr("held out") for row in rows[:MOST]],
            "events": [stored.num_events[row] for row in rows[:MOST]],
        }
    )
    title = tr("Taken for members by {attack}", attack=attack_text.NAMES[name])
    listing.users(table, len(rows), title, "users_attack", run.config.run_id)


def exposed(run: OpenRun, stored: Attack) -> None:
    """The members with the highest scores."""
    users = stored.exposed
    table = pd.DataFrame(
        {
            "user": [user.user for user in users],
            "as_high": [f"{user.as_high:.1%}" for user in users],
            "why": [localized(attack_text.reason(stored, user)) for user in users],
        }
    )
    text = plural(
        "Their score is reached by this share of the {n:,} held-out user. Some members come out on top by chance, too.",
        "Their score is reached by this share of the {n:,} held-out users. Some members come out on top by chance, too.",
        stored.num_others,
    )  # fmt: skip
    with st.expander(tr("Most exposed members"), icon=":material/group:", key="attack_exposed"):
        listing.users(table, len(users), tr("Most exposed members"), "users_exposed", run.config.run_id, WIDTHS)
        st.caption(tr(text))


def limits() -> None:
    """What the attack shows, and what it does not."""
    with st.expander(tr("What this shows, and what not"), icon=":material/help:", key="attack_limits"):
        st.markdown(tr(
            "- The attacker has the model and a user's events, and asks whether the user was in the training data.\n"
            "- A strong attack means that handing on the model gives away who was in the data. A weak one is no proof of privacy: "
            "others may be stronger. Only training with differential privacy bounds them all.\n"
            "- It says nothing about what is stored beside the weights: ranks, lists and explanations of a run name its users.\n"
            "- The sentence above is about the strongest of these attacks:"
        ))  # fmt: skip
        for name, text in attack_text.HELP.items():
            title, about = tr(attack_text.NAMES[name]), tr(text)
            st.markdown(f"**{title}** · {about}")
