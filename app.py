"""The frame around every page: navigation and the shared sidebar. No logic."""

from __future__ import annotations

import streamlit as st

from recsys.ui import nav, sidebar

st.set_page_config(page_title="RecScope", page_icon="🔭", layout="wide")
st.html(nav.STYLE)
pages = nav.pages()
chosen = st.navigation(list(pages.values()))
st.session_state["_booted"] = True
if goto := st.session_state.pop("_goto", None):
    st.switch_page(pages[goto[0]], query_params=goto[1])
sidebar.show()
chosen.run()
