"""The language of a session: of the link, else of the last visit, else that of the browser.

It stays for the session: the switch is a link that opens the page anew. Streamlit identifies the options of a select
box by their labels, so that a box whose labels change language in the middle of a session loses what was chosen.
"""

from __future__ import annotations

import html
from contextvars import ContextVar
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.messages import CHINESE, ENGLISH, LANGUAGES, PSEUDO, Message, translated
from recsys.ui.shell.remember import COOKIE
from recsys.ui.shell.state import address, from_address, session, to_address

PARAMETER = "lang"
TEXTS = "p, h1, h2, h3, h4, li, a, label, button, input, textarea"  # icons are spans, with a font of their own
FONTS = '"Source Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif'
LOCALES = {ENGLISH: "en", CHINESE: "zh_Hans_CN", PSEUDO: "en"}
_of_this_run: ContextVar[str | None] = ContextVar("language", default=None)  # a page asks hundreds of times


def language() -> str:
    """The code of the session's language."""
    return _of_this_run.get() or _of_session()


def _of_session() -> str:
    for chosen in (from_address(PARAMETER), session().language):
        if chosen in LOCALES:
            return str(chosen)
    return _remembered() or _of_browser()


def follow() -> None:
    """Take the language of the link, before anything is drawn; the link keeps it unless it is that of the browser."""
    chosen, browser = _of_session(), _of_browser()
    _of_this_run.set(chosen)
    session().language = chosen
    is_usual = chosen == browser and _remembered() in ("", browser)
    to_address(**{PARAMETER: None if is_usual else chosen})


def font() -> None:
    """Chinese letters have Chinese shapes: the page's `lang` is English, for which browsers may take Japanese ones."""
    if language() == CHINESE:
        texts = f":root body, :root body :is({TEXTS})"  # dialogs and menus lie beside the app
        st.html(f"<style>{texts} {{ font-family: {FONTS}; }}</style>")


class Switch:
    """Links to the page as it is now in each language."""

    def __init__(self) -> None:
        self.place: DeltaGenerator = st.empty()
        self.shown = ""
        self.draw()

    def draw(self) -> None:
        """Draw the links, anew where the page has changed its address since."""
        here = {name: value for name, value in address().items() if name != PARAMETER}
        links = ""
        for code, name in LANGUAGES.items():
            query = html.escape(urlencode({**here, PARAMETER: code}))
            now = ' aria-current="true"' if code == language() else ""
            links += f'<a lang="{code}" href="?{query}"{now}>{name}</a>'
        if links != self.shown:
            name = html.escape(tr("Language"))
            self.place.html(f'<nav class="languages" aria-label="{name}">{links}</nav>')
            self.shown = links


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


def _remembered() -> str:
    """The language of the last link with one, "" without."""
    chosen = st.context.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else ""


def _of_browser() -> str:
    return CHINESE if (st.context.locale or "").lower().startswith("zh") else ENGLISH
