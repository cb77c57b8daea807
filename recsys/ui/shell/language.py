"""The language of a session: chosen in the sidebar, by a link or on an earlier visit, else that of the browser."""

from __future__ import annotations

from contextvars import ContextVar

import streamlit as st

from recsys.messages import CHINESE, ENGLISH, LANGUAGES, PSEUDO, Message, translated
from recsys.ui.shell.remember import COOKIE
from recsys.ui.shell.state import follow_address, from_address, lead_address, session

KEY, PARAMETER = "language", "lang"
_of_this_run: ContextVar[str | None] = ContextVar("language", default=None)  # a page asks hundreds of times
LOCALES = {ENGLISH: "en", CHINESE: "zh_Hans_CN", PSEUDO: "en"}


def language() -> str:
    """The code of the session's language."""
    return _of_this_run.get() or _of_session()


def _of_session() -> str:
    """A link decides where nothing was chosen yet, then the last visit.

    The value of the switch is gone while a page is switched, so the session keeps it, too.
    """
    for chosen in (st.session_state.get(KEY), from_address(PARAMETER), session().language):
        if chosen in LOCALES:
            return str(chosen)
    return _remembered() or _of_browser()


def follow() -> None:
    """Take the language of the link, before anything is drawn."""
    _of_this_run.set(None)
    follow_address(PARAMETER, KEY, _codes(), language())
    _of_this_run.set(_of_session())


def choose() -> None:
    """Draw the switch; the choice stands in the link and lasts for the session."""
    chosen = st.segmented_control(
        tr("Language"), _codes(), format_func=lambda code: LANGUAGES.get(code, code), default=language(), key=KEY,
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    session().language, browser = chosen, _of_browser()
    lead_address(PARAMETER, KEY, chosen or ENGLISH, browser if _remembered() in ("", browser) else None)


def tr(text: str, **values: object) -> str:
    """A template with its values, or a message, in the session's language."""
    if values or not isinstance(text, Message):
        text = Message(text, values)
    return translated(text, language())


def localized(text: str) -> str:
    """A message in the session's language; any other text, such as a name from a file, as it is."""
    return translated(text, language())


def locale() -> str:
    """The name of the session's locale, for Babel."""
    return LOCALES[language()]


def _codes() -> list[str]:
    """The languages to choose from; the pseudo-language only where a link named it."""
    is_pseudo = PSEUDO in (from_address(PARAMETER), language())
    return [*LANGUAGES, PSEUDO] if is_pseudo else list(LANGUAGES)


def _remembered() -> str:
    """The language of the last link with one, "" without."""
    chosen = st.context.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else ""


def _of_browser() -> str:
    return CHINESE if (st.context.locale or "").lower().startswith("zh") else ENGLISH
