"""Choosing an item by its title, from catalogues of any size."""

from __future__ import annotations

from itertools import islice
from typing import Any

import streamlit as st

from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace

MANY = 1000  # items of a catalogue beyond which a text field filters the list
LISTED = 100  # of these: a browser takes 50 ms to draw a list of 1,000


def item_select(dataset_id: str, label: str, key: str, **more: Any) -> int | None:
    """A list of titles, filtered by a text field where the catalogue is large; gives an item index."""
    labels = run_cache.labels(workspace(), dataset_id)
    if len(labels) > MANY:
        text = st.text_input(tr("Filter by title"), key=f"narrow_{key}", placeholder=tr("part of a title")).casefold()
        matching = (item for item in labels if not text or text in labels[item].casefold())
        options = list(islice(matching, LISTED))
        current = st.session_state.get(key)
        if not text and current in labels and current not in options:
            options = [current, *options]  # a link may name any item
    else:
        options = list(labels)
    return st.selectbox(
        label, options, format_func=labels.__getitem__, key=key, placeholder=tr("Type a title …"), **more
    )
