"""Where the parts of the Train page stand: models above, form and live panel side by side. See style.css."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.ui.shell.language import tr

STYLE = Path(__file__).with_name("style.css")


@dataclass(frozen=True)
class Areas:
    """`head` holds the title; the others are filled in any order."""

    head: DeltaGenerator
    models: DeltaGenerator
    form: DeltaGenerator
    live: DeltaGenerator


def head() -> DeltaGenerator:
    """The line of the title."""
    st.html(STYLE)
    line = st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="train_head"
    )
    line.title(tr("Train"), width="content")
    return line


def areas(line: DeltaGenerator, *, watches: bool) -> Areas:
    """The areas of the page. The live panel comes first, for the keyboard and on a narrow screen, where it `watches` a run."""
    order = ["models", "form", "live"]
    with st.container(key="train_page_watching" if watches else "train_page"):
        made = {
            name: st.container(key=f"train_{name}") for name in (sorted(order, key="live".__ne__) if watches else order)
        }
    return Areas(line, **made)
