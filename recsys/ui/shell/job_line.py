"""One line of the jobs in the sidebar: how far a job is, which leads to where it is watched, and a cross that ends it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recsys.ui.shell.language import tr


def job_line(
    key: str,
    text: str,
    watch: str,
    end: str,
    *,
    end_help: str,
    is_watched: bool = False,
    is_watch_disabled: bool = False,
    is_end_disabled: bool = False,
    confirm: Callable[[str], bool] | None = None,
) -> tuple[bool, bool]:
    """Draw the line; gives whether the text and whether the cross was pressed.

    `text` is escaped; `watch` and `end` are the keys of the two buttons, "" where the job cannot be ended. A job that
    `is_watched` on this page leads nowhere. `confirm` draws the question that the cross opens, with a button of the key that it
    is given, and gives whether that was pressed.
    """
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="xsmall", key=key):
        is_pressed = False
        if is_watched:
            st.caption(text, width="stretch")
        else:
            is_pressed = st.button(
                text,
                key=watch,
                type="tertiary",
                width="stretch",
                wrap=True,
                help=tr("Watch"),
                disabled=is_watch_disabled,
            )
        if confirm is not None:
            with st.popover("✕", key=f"{end}_asks", type="tertiary", help=end_help, disabled=is_end_disabled):
                is_ended = confirm(end)
        else:
            is_ended = bool(end) and st.button("✕", key=end, type="tertiary", help=end_help, disabled=is_end_disabled)
    return is_pressed, is_ended
