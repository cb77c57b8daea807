"""The slice in the sidebar: which users and items the pages are about. It is kept in the link and can be saved by name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
import streamlit as st

from recsys.data.dataset import GENDER
from recsys.errors import RecsysError, SettingError
from recsys.messages import message, plural
from recsys.services.workspace import saved_slices
from recsys.services.workspace.facets import Facet
from recsys.services.workspace.slices import ITEM_IDS, USER_IDS, Slice, range_text
from recsys.ui.shell import sliced
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.slice_words import condition_name, facet_name, value_name
from recsys.ui.shell.state import from_address, session, to_address, workspace
from recsys.ui.shell.text import comma_list, plain

FEW = 12  # values that are shown at once; more are searched in a list
FACET, SAVED_AS = "slice_facet", "slice_name"  # keys of widgets
LONGEST = 60  # characters of a chip


def show(dataset_id: str) -> None:
    """Draw the popover that chooses the slice, and a chip for each of its conditions."""
    _follow_link()
    try:
        _draw(dataset_id, sliced.current(dataset_id))
    except RecsysError as error:  # a dataset that cannot be read
        st.caption(plain(error.message, 400))


def _draw(dataset_id: str, chosen: Slice) -> None:
    # One label for all slices: the popover closes where its label changes.
    with st.popover(
        tr("Slice"), icon=":material/filter_alt:", key="slice", width="stretch", on_change="rerun",
        help=tr("Filter users and items: all pages then show those that pass."),
    ) as popover:  # fmt: skip
        if popover.open:
            _choose(dataset_id, chosen)
    if chosen:
        _chips(dataset_id, chosen)
    if chosen != session().slice:
        st.caption(tr("This dataset does not have all of the slice in the link; the rest of it is used."))
    if news := session().slice_news:
        session().slice_news = ""
        st.toast(plain(news, 200), icon=":material/filter_alt:")


def condition(dataset_id: str, facet: str, values: Iterable[str]) -> str:
    """A condition of the slice as people read it, such as "Gender: female"; not escaped."""
    sizes = {name: len(ids) for name, ids in sliced.picked(dataset_id).items()}
    return condition_name(facet, [*values], genders(dataset_id), sizes)


def line(dataset_id: str) -> str:
    """The values of the slice in a row; "" without one. Not escaped."""
    sizes = {name: len(ids) for name, ids in sliced.picked(dataset_id).items()}
    known = genders(dataset_id) if session().slice else ()
    names = [value_name(facet, value, known, sizes) for facet, values in sliced.current(dataset_id) for value in values]
    return comma_list(names)


def genders(dataset_id: str) -> tuple[str, ...]:
    """All genders of the dataset, which decide how they are named."""
    offered = {facet.name: facet.values for facet in sliced.facets_of(workspace(), dataset_id)}
    return offered.get(GENDER, ())


def _chips(dataset_id: str, chosen: Slice) -> None:
    with st.container(horizontal=True, gap="xsmall", key="slice_chips"):
        for facet, values in chosen:
            name = plain(condition(dataset_id, facet, values), LONGEST)
            st.button(f"{name} ✕", key=f"unslice_{facet}", type="tertiary", on_click=_set_values, args=(facet, ()),
                      help=tr("Remove from the slice"))  # fmt: skip
        if (mask_U := sliced.users(dataset_id)) is not None:
            st.caption(tr(plural("{n:,} user", "{n:,} users", int(mask_U.sum()))), width="content")
        st.button(tr("Clear slice"), key="clear_slice", type="tertiary", on_click=set_slice, args=(Slice(),))


def _choose(dataset_id: str, chosen: Slice) -> None:
    """Choose a facet, then its values; save the slice, or take a saved one."""
    offered = {facet.name: facet for facet in sliced.facets_of(workspace(), dataset_id)}
    name = st.selectbox(tr("Filter by"), list(offered), key=FACET, format_func=facet_name)
    if name:
        _values(dataset_id, offered[name], chosen.values(name))
    if chosen:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
            st.text_input(tr("Save as"), key=SAVED_AS, max_chars=saved_slices.MAX_NAME, width=150)
            st.button(tr("Save"), key="save_slice", disabled=is_presenting(), on_click=_save, args=(dataset_id, chosen))
    _saved(dataset_id)


def _values(dataset_id: str, facet: Facet, now: tuple[str, ...]) -> None:
    options, key = list(dict.fromkeys([*facet.values, *now])), f"slice_{facet.name}"
    shown = partial(value_name, facet.name, genders=genders(dataset_id))
    st.session_state[key] = list(now)
    if len(options) <= FEW:
        st.pills(plain(facet_name(facet.name)), options, selection_mode="multi", key=key, on_change=_changed, args=(facet.name,),
                 format_func=lambda value: plain(shown(value), LONGEST), label_visibility="collapsed")  # fmt: skip
    else:
        st.multiselect(plain(facet_name(facet.name)), options, key=key, on_change=_changed, args=(facet.name,), format_func=shown,
                       label_visibility="collapsed", placeholder=tr("All"))  # fmt: skip
    if facet.has_ranges:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
            st.number_input(tr("From"), value=None, key="slice_low", width=90)
            st.number_input(tr("To"), value=None, key="slice_high", width=90)
            st.button(tr("Add range"), key="add_range", on_click=_add_range, args=(facet.name,))


def _saved(dataset_id: str) -> None:
    named = saved_slices.named_slices(workspace(), dataset_id)
    if named:
        st.caption(tr("Saved slices"))
    for name, saved in named.items():
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.button(
                plain(name), key=f"saved_{name}", type="tertiary", on_click=set_slice, args=(saved,), width="stretch"
            )
            st.button("✕", key=f"unsave_{name}", type="tertiary", disabled=is_presenting(), on_click=saved_slices.delete_slice,
                      args=(workspace(), dataset_id, name), help=tr("Delete the saved slice"))  # fmt: skip


def use_as_slice(facet: str, values: Iterable[str]) -> None:
    """Make these values, or the ids of "user_ids" or "item_ids", a condition of the slice; for callbacks.

    The page stays, and a toast names the condition. Elsewhere than in a callback, draw the page again afterwards.
    """
    dataset_id = session().dataset_id
    assert dataset_id is not None, "a chart to choose from shows a dataset"
    try:
        is_picked = facet in (USER_IDS, ITEM_IDS)
        values = [saved_slices.save_picked(workspace(), dataset_id, values)] if is_picked else [*values]
        _set_values(facet, values)
    except RecsysError as error:
        session().slice_news = error.message
        return
    session().slice_news = tr("The slice is now {condition}.", condition=condition(dataset_id, facet, values))


def toggle(facet: str, values: Iterable[str]) -> None:
    """Add values to a condition of the slice, or remove them where all of them are in it; for callbacks."""
    now, pressed = session().slice.values(facet), list(values)
    rest = [value for value in now if value not in pressed]
    _set_values(facet, rest if set(pressed) <= set(now) else [*now, *pressed])


def set_slice(chosen: Slice) -> None:
    """Change the slice, for callbacks; where its users are others, the first of them is shown."""
    before, session().slice = session().slice, chosen
    st.session_state["_slice_led"] = chosen.text()
    to_address(slice=chosen.text() or None)
    if before.only("users", "run") != chosen.only("users", "run"):
        session().user_id = None
        st.session_state.pop("user_choice", None)
        to_address(user=None, edit=None)
        if session().page != "explore":
            to_address(item=None)


def _set_values(facet: str, values: Iterable[str]) -> None:
    try:
        set_slice(session().slice.with_values(facet, values))
    except SettingError as error:
        session().slice_news = error.message


def _changed(facet: str) -> None:
    _set_values(facet, st.session_state[f"slice_{facet}"])


def _add_range(facet: str) -> None:
    low, high = st.session_state["slice_low"], st.session_state["slice_high"]
    if low is None and high is None:
        return
    value = range_text(-np.inf if low is None else low, np.inf if high is None else high)
    _set_values(facet, [*session().slice.values(facet), value])
    st.session_state["slice_low"] = st.session_state["slice_high"] = None


def _save(dataset_id: str, chosen: Slice) -> None:
    try:
        name = saved_slices.save_slice(workspace(), dataset_id, st.session_state[SAVED_AS] or "", chosen)
        session().slice_news = message("Saved as {name}.", name=name)
        st.session_state[SAVED_AS] = ""
    except RecsysError as error:
        session().slice_news = error.message


def _follow_link() -> None:
    """Take the slice of a link once; from then on the link follows the slice."""
    linked = from_address("slice")
    if linked is not None and linked != st.session_state.get("_slice_led"):
        session().slice = Slice.read(linked)
    st.session_state["_slice_led"] = session().slice.text()
    to_address(slice=session().slice.text() or None)
