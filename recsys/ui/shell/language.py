"""The language of a session: chosen in the sidebar or by a link, else that of the browser."""

from __future__ import annotations

import streamlit as st

from recsys.messages import CHINESE, ENGLISH, LANGUAGES, PSEUDO, Message, translated
from recsys.ui.shell.state import follow_address, lead_address

KEY = "language"
LOCALES = {ENGLISH: "en", CHINESE: "zh_Hans_CN", PSEUDO: "en"}


def language() -> str:
    """The code of the session's language; a link decides where nothing was chosen yet."""
    chosen = st.session_state.get(KEY) or st.query_params.get("lang")
    return chosen if chosen in LOCALES else _of_browser()


def choose() -> None:
    """Draw the switch; the choice stands in the link and lasts for the session."""
    codes = [*LANGUAGES, PSEUDO] if st.query_params.get("lang") == PSEUDO else list(LANGUAGES)
    follow_address("lang", KEY, codes, language())
    chosen = st.segmented_control(
        tr("Language"), codes, format_func=lambda code: LANGUAGES.get(code, code), key=KEY, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    lead_address("lang", KEY, chosen or ENGLISH, _of_browser())


def tr(text: str, **values: object) -> str:
    """A template with its values, or a message, in the session's language."""
    if values or not isinstance(text, Message):
        text = Message(text, values)
    return translated(text, language())


def locale() -> str:
    """The name of the session's locale, for Babel."""
    return LOCALES[language()]


def _of_browser() -> str:
    return CHINESE if (st.context.locale or "").lower().startswith("zh") else ENGLISH
