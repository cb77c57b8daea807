"""The frame around every page: navigation, the shared sidebar, the few lines of style. No logic."""

from __future__ import annotations

import streamlit as st

from recsys.ui.shell import context, language, nav, open_imports, presenter, tour
from recsys.ui.shell.state import leave_dialogs, one_address

st.set_page_config(page_title="RecScope", page_icon="🔭", layout="wide", initial_sidebar_state=context.sidebar_state())
st.html(nav.STYLE)
with one_address():
    language.follow()
    language.font()
    presenter.follow()
    open_imports.follow()
    chosen = st.navigation([*nav.pages().values(), *nav.moved_pages()], position="top")
    context.show(chosen.url_path or "home")
    tour.show()
    leave_dialogs(chosen.url_path)
    chosen.run()
    context.finish()
