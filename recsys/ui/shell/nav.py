"""Pages and the way to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

ROOT = Path(__file__).resolve().parents[3]
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


def pages() -> dict[str, Any]:
    return {
        name: st.Page(ROOT / "pages" / f"{name}.py", title=title, icon=icon, url_path=name, default=name == "start")
        for name, (title, icon) in PAGES.items()
    }


def go(name: str, **query: str) -> None:
    """Opens a page of the app with these query parameters, which restore what it shows."""
    st.switch_page(pages()[name], query_params={key: value for key, value in query.items() if value})


def way_out(text: str, name: str, label: str) -> None:
    """What an empty page says: what to do first, and the button that leads there; then the page stops."""
    st.info(text)
    if st.button(label, type="primary", key=f"go_{name}"):
        go(name)
    st.stop()
