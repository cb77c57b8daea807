"""Pages and the way to them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from recsys.messages import message
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import address, session, stop

ROOT = Path(__file__).resolve().parents[3]
STYLE = Path(__file__).with_name("style.css")
PAGES = {
    "home": (message("Home"), ":material/home:"),
    "data": (message("Data"), ":material/table:"),
    "train": (message("Train"), ":material/tune:"),
    "models": (message("Models"), ":material/leaderboard:"),
    "explore": (message("Explore"), ":material/travel_explore:"),
    "recommend": (message("Recommend"), ":material/recommend:"),
    "explain": (message("Explain"), ":material/search_insights:"),
}
PRESENTED = ("models", "explore", "recommend", "explain")  # listed in presenter mode; links lead to the others, too
HOME = "home"  # Streamlit serves it at the root of the address alone
# Other addresses, such as those of earlier versions, with the page and the part of it that they lead to.
MOVED = {"home": (HOME, {}), "start": (HOME, {}), "evaluate": ("models", {"part": "Quality"}), "runs": ("models", {})}


def pages() -> dict[str, Any]:
    """The pages of the app by name; presenter mode lists those that show results."""
    return {
        name: st.Page(
            ROOT / "pages" / f"{name}.py",
            title=tr(title),
            icon=icon,
            url_path="" if name == HOME else name,
            default=name == HOME,
            visibility="hidden" if session().presenting and name not in PRESENTED else "visible",
        )
        for name, (title, icon) in PAGES.items()
    }


def moved_pages() -> list[Any]:
    """Pages that are not listed: each leads an old address, with what it names, to the page of today."""
    return [
        st.Page(partial(_lead_on, name, query), title=tr(PAGES[name][0]), url_path=old, visibility="hidden")
        for old, (name, query) in MOVED.items()
    ]


def _lead_on(name: str, query: dict[str, str]) -> None:
    st.switch_page(pages()[name], query_params={**query, **address()})


def go(name: str, **query: str) -> None:
    """Opens a page of the app with these query parameters, which restore what it shows."""
    st.switch_page(pages()[name], query_params={key: value for key, value in query.items() if value})


def stop_with_hint(text: str, name: str, label: str) -> None:
    """What an empty page says: what to do first, and the button that leads there; then the page stops."""
    st.info(text)
    if st.button(label, type="primary", key=f"go_{name}"):
        go(name)
    stop()
