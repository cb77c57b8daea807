"""Presenter mode: large type, and nothing that stores, for showing the app to others. In the link as `?present=1`.

Dataset, model and user stand in one line; a press on it shows what the sidebar holds otherwise. Screens that store are `closed`, single buttons are given `disabled=is_presenting()`. Editing a history stays: it changes
the session only. The services need not know: the mode keeps a presenter from slips, it is no access control.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.ui.shell.language import tr
from recsys.ui.shell.state import from_address, session, to_address

PARAMETER, ON = "present", "1"
SCALE = 1.25  # of all type, as in presenter.css
STYLE = Path(__file__).with_name("presenter.css")


def is_presenting() -> bool:
    return session().presenting


def follow() -> None:
    """Take the mode of the link, before anything is drawn; from then on it stays for the session, and in the link."""
    if from_address(PARAMETER) == ON:
        session().presenting = True
    to_address(**{PARAMETER: ON if is_presenting() else None})
    if is_presenting():
        st.html(STYLE)


def enter() -> None:
    """The button that begins to present."""
    if not is_presenting():
        st.button(tr("Present"), key="enter_presenting", icon=":material/slideshow:", on_click=_set, args=(True,),
                  help=tr("Large type, and no button that changes or deletes anything."))  # fmt: skip


def leave() -> None:
    """The button that ends presenting, on every page."""
    if is_presenting():
        st.button(tr("Leave presenter mode"), key="leave_presenting", icon=":material/cancel_presentation:",
                  type="tertiary", on_click=_set, args=(False,))  # fmt: skip


def sidebar() -> DeltaGenerator:
    """What is chosen for all pages: the sidebar, while presenting a panel below the line of what is chosen.

    The browser remembers whether its sidebar was open, so that a link could not begin with a closed one.
    """
    if not is_presenting():
        return st.sidebar
    return st.container(border=True, key="choices_open" if session().choices_open else "choices_closed")


def toggle_choices() -> None:
    """Show the panel of choices or hide it, for callbacks."""
    session().choices_open = not session().choices_open


def closed() -> bool:
    """Whether a screen that stores is closed, which is said in its place."""
    if is_presenting():
        st.info(tr("Not available while presenting."), icon=":material/slideshow:")
    return is_presenting()


def type_size(size: int) -> int:
    """The size of type in a chart, whose text does not follow that of the page."""
    return round(size * SCALE) if is_presenting() else size


def _set(presenting: bool) -> None:
    session().presenting, session().choices_open = presenting, False
    to_address(**{PARAMETER: ON if presenting else None})
