"""Options of federated training in the form of Train."""

from __future__ import annotations

from typing import Any

import streamlit as st

from recsys.messages import message
from recsys.training.privacy_config import FederatedOptions
from recsys.ui.shell.language import tr
from recsys.ui.train.settings import NARROWEST, label_of

SERVERS = {"adam": message("Adam (FedAdam)"), "average": message("average (FedAvg)")}


def federated_choice(filled: FederatedOptions | None, end: str) -> FederatedOptions | None:
    """Options of federated training; None, as it begins, for training in one place."""
    is_on = st.toggle(
        tr("Federated training (simulated)"), filled is not None, key=f"federated{end}",
        help=tr("Each user is a client that trains on its events; a server averages the changes of the weights. All of it runs "
                "on this machine, to show what federated training costs in quality and bytes."),
    )  # fmt: skip
    if not is_on:
        return None
    before = filled or FederatedOptions()
    chosen: dict[str, Any] = {}
    with st.grid(2, min_column_width=NARROWEST) as grid:
        for name, widget in (
            ("clients_per_round", _share),
            ("dropouts", _share),
            ("local_epochs", _number),
            ("users_per_client", _number),
            ("local_learning_rate", _rate),
            ("server", _server),
        ):
            with grid.cell():
                chosen[name] = widget(name, getattr(before, name), end)
    chosen["secure"] = st.toggle(
        label_of("secure"), before.secure, key=f"federated_secure{end}",
        help=tr("Secure aggregation: masks hide each change, so that the server sees only sums."),
    )  # fmt: skip
    return FederatedOptions(**chosen)


def _share(name: str, value: float, end: str) -> float:
    low, high = (0.01, 1.0) if name == "clients_per_round" else (0.0, 0.9)
    share = st.slider(
        label_of(name), low, high, max(low, value), 0.01, format="percent", key=f"federated_{name}{end}",
    )  # fmt: skip
    return round(float(share), 10)  # the browser counts in steps of its own


def _number(name: str, value: int, end: str) -> int:
    return int(st.number_input(label_of(name), 1, max(100, value), value, key=f"federated_{name}{end}"))


def _rate(name: str, value: float, end: str) -> float:
    return float(st.number_input(label_of(name), 1e-4, 100.0, value, 0.01, format="%.4f", key=f"federated_{name}{end}"))


def _server(name: str, value: str, end: str) -> str:
    names = list(SERVERS)
    return st.selectbox(
        label_of(name), names, names.index(value), format_func=lambda server: tr(SERVERS[server]), key=f"federated_{name}{end}",
    )  # fmt: skip
