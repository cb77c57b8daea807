"""Choice of a privacy budget on Train: off, or differential privacy with a target ε."""

from __future__ import annotations

import streamlit as st

from recsys.training.privacy_config import PrivacyOptions
from recsys.ui.shell.language import tr

USUAL, OFFERED, OTHER = 3.0, (1.0, 3.0, 8.0), 0.0


def privacy_choice(filled: PrivacyOptions | None, end: str) -> PrivacyOptions | None:
    """Options of a private training (PrivacyOptions), None where it is off. What is not chosen here stays as filled."""
    is_on = st.toggle(
        tr("Privacy (differential privacy)"), filled is not None, key=f"privacy{end}",
        help=tr("The gradient of each user is clipped, and noise is added to their sum (DP-SGD); in federated training the same "
                "is done to the change of each client. Takes longer and costs quality. For GRU4Rec, SASRec and the dense network."),
    )  # fmt: skip
    if not is_on:
        return None
    if filled is not None and filled.noise is not None:
        st.caption(tr("Noise {noise:g}, from the settings that fill this form.", noise=filled.noise))
        return filled
    before = USUAL if filled is None or filled.epsilon is None else filled.epsilon
    usual = before if before in OFFERED else OTHER
    chosen = st.segmented_control(
        tr("Privacy budget (ε)"), [*OFFERED, OTHER], default=usual, key=f"epsilon{end}", required=True,
        format_func=lambda epsilon: tr("other") if epsilon == OTHER else f"{epsilon:g}",
    )  # fmt: skip
    epsilon = chosen if chosen else _typed(before, end)
    st.caption(
        tr("ε bounds how much the weights can reveal about whether one person's events were used: near 1 little, above 10 "
           "hardly a limit. The person's ranks and lists are not protected.")
    )  # fmt: skip
    return PrivacyOptions(epsilon=epsilon) if filled is None else filled.model_copy(update={"epsilon": epsilon})


def _typed(before: float, end: str) -> float:
    return st.number_input(tr("ε"), min(0.1, before), 1000.0, before, key=f"epsilon_typed{end}", width=160)
