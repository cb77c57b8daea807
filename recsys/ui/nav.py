"""Pages and the way to them.

A folder `pages/` beside app.py makes a cold server open a page without the frame when a link leads straight to
it; `guard`, the first line of each page, sends such a visit through app.py and keeps its query parameters.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

STYLE = Path(__file__).with_name("style.css")
PAGES = {
    "start": ("Start", ":material/home:"),
    "data": ("Data", ":material/table:"),
    "train": ("Train", ":material/tune:"),
    "evaluate": ("Evaluate", ":material/straighten:"),
    "recommend": ("Recommend", ":material/recommend:"),
    "explain": ("Explain", ":material/search_insights:"),
    "runs": ("Runs", ":material/list_alt:"),
}


def guard(name: str) -> None:
    """Goes back through the frame where a page was opened without it."""
    if not st.session_state.get("_booted"):
        st.session_state["_goto"] = (name, {key: st.query_params.get_all(key) for key in st.query_params})
        st.switch_page("app.py")


def pages() -> dict[str, Any]:
    return {
        name: st.Page(f"pages/{name}.py", title=title, icon=icon, url_path=name, default=name == "start")
        for name, (title, icon) in PAGES.items()
    }


def go(name: str, **query: str) -> None:
    """Opens a page of the app with these query parameters, which restore what it shows."""
    st.switch_page(f"pages/{name}.py", query_params={key: value for key, value in query.items() if value})


def way_out(text: str, name: str, label: str) -> None:
    """What an empty page says: what to do first, and the button that leads there; then the page stops."""
    st.info(text)
    if st.button(label, type="primary", key=f"go_{name}"):
        go(name)
    st.stop()
