"""The slice in the sidebar: which users there are to choose from, by gender, age band and activity; kept in the link."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from recsys.data.dataset import Dataset
from recsys.messages import Message, message, plural
from recsys.services.data.value_names import gender_names, range_name
from recsys.services.workspace.slices import ACTIVITY, Slice, facets, slice_users
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import from_address, session, to_address
from recsys.ui.shell.text import plain

NAMES = {"gender": message("Gender"), "age": message("Age"), "activity": message("Activity")}
MOST_EVENTS, MORE_EVENTS = message("up to {high} events"), message("more than {low} events")
EVENTS = message("{low} to {high} events")


def choose(dataset: Dataset) -> np.ndarray | None:
    """Draw the slice; gives the [num_users + 1] bool mask of its users, None where all users are in it."""
    _follow_link()
    values = facets(dataset)
    if not values:
        return None
    now = Slice(**{name: value for name, value in vars(session().slice).items() if value in values.get(name, ())})
    mask_U = slice_users(dataset, now) if now != Slice() else None
    label = (
        tr("Slice") if mask_U is None else tr(plural("Slice · {n:,} user", "Slice · {n:,} users", int(mask_U.sum())))
    )
    with st.popover(label, icon=":material/filter_alt:", key="slice", width="stretch"):
        for name, options in values.items():
            st.session_state[f"slice_{name}"] = getattr(now, name) or None
            st.pills(tr(NAMES[name]), options, key=f"slice_{name}", on_change=_changed, args=(tuple(values),),
                     format_func=partial(value_label, name, options))  # fmt: skip
    if mask_U is None:
        return None
    with st.container(horizontal=True, gap="xsmall", key="slice_chips"):
        for name in values:
            if value := getattr(now, name):
                st.button(f"{value_label(name, values[name], value)} ✕", key=f"unslice_{name}", type="tertiary", on_click=_set, args=({name: ""},),
                          help=tr("Remove from the slice"))  # fmt: skip
        st.button(tr("Clear slice"), key="clear_slice", type="tertiary", on_click=_set, args=(vars(Slice()),))
    if not mask_U.any():
        st.caption(tr("No user is in this slice: all users are listed."))
        return None
    return mask_U


def _follow_link() -> None:
    """Take the slice of a link once; from then on the link follows the slice."""
    linked = from_address("slice")
    if linked is not None and linked != st.session_state.get("_slice_led"):
        session().slice = Slice.read(linked)
    st.session_state["_slice_led"] = session().slice.text()
    to_address(slice=session().slice.text() or None)


def _changed(names: tuple[str, ...]) -> None:
    _set({name: st.session_state[f"slice_{name}"] or "" for name in names})


def _set(values: dict[str, str]) -> None:
    """Change the slice; its first user is shown."""
    session().slice = Slice(**{**vars(session().slice), **values})
    session().user_id = None
    st.session_state.pop("user_choice", None)
    st.session_state["_slice_led"] = session().slice.text()
    to_address(slice=session().slice.text() or None, user=None, item=None, edit=None)


def value_label(name: str, options: Sequence[str], value: str) -> str:
    """A value of a facet as people read it."""
    if name == "activity":
        return _activity(value)
    return plain(gender_names(options).get(value, value) if name == "gender" else range_name(value))


def _activity(name: str) -> str:
    low, high = ACTIVITY[name]
    text: Message = EVENTS if low > 1 and np.isfinite(high) else MOST_EVENTS if low == 1 else MORE_EVENTS
    return tr(text.format(low=low - 1 if text is MORE_EVENTS else low, high=high))
