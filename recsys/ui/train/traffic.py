"""What server and clients of a federated run have exchanged so far. Needs no torch."""

from __future__ import annotations

import streamlit as st

from recsys.services.train.job_list import Progress
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import size


def traffic_line(now: Progress) -> None:
    """Rounds, answers and bytes of a federated run so far."""
    traffic = now.traffic
    if not traffic:
        return
    text = tr(
        "Federated, {clients:,} clients. Rounds: {rounds:,}. Invitations answered: {answered:,} of {invited:,}. Sent to clients: "
        "{down}; received: {up}.",
        rounds=traffic["rounds"], clients=traffic["clients"], answered=traffic["answered"], invited=traffic["invited"],
        down=size(traffic["bytes_down"]), up=size(traffic["bytes_up"]),
    )  # fmt: skip
    st.caption(f":material/hub: {text}")
    if traffic["lost"]:
        st.caption(tr("Rounds lost, since too many clients left for a secure sum: {rounds:,}.", rounds=traffic["lost"]))
