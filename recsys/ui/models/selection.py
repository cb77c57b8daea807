"""Which models of the leaderboard are selected: the model of the context, and those to compare it with.

The link names both (`run`, `compare`), so that sidebar, table and chart cannot disagree: each writes there.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recsys.ui.shell import context
from recsys.ui.shell.state import from_address, session, to_address

MOUNT = "leaderboard_mount"  # counts up whenever the table and the chart have to be drawn with another selection


def selected_ids(ids: Sequence[str]) -> list[str]:
    """Ids of the selected runs, the model of the context first."""
    now = context.current()
    wanted = from_address("run") or session().run_id or ""
    main = wanted if wanted in ids else now.run.run_id if now.run else ids[0]
    compared = (from_address("compare") or session().compare_id or "").split(",")
    chosen = [main, *(run_id for run_id in dict.fromkeys(compared) if run_id in ids and run_id != main)]
    _remember(chosen)
    return chosen


def select(chosen: Sequence[str]) -> None:
    """Select these runs, for callbacks; the first becomes the model of the context."""
    _remember(chosen)
    st.session_state[MOUNT] = mount() + 1


def keep_main(chosen: Sequence[str]) -> list[str]:
    """The chosen runs with the model of the context first, where it is among them."""
    main = from_address("run")
    return sorted(chosen, key=lambda run_id: run_id != main)


def mount() -> int:
    return int(st.session_state.get(MOUNT, 0))


def _remember(chosen: Sequence[str]) -> None:
    session().run_id = chosen[0]
    session().compare_id = chosen[1] if len(chosen) > 1 else None
    to_address(run=chosen[0], compare=",".join(chosen[1:]) or None)
