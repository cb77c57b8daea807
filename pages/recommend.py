"""Recommend: what next for this user, or for this history?"""

import streamlit as st

from recsys.ui import nav

nav.guard("recommend")

from recsys.ui import recommendview  # noqa: E402
from recsys.ui.widgets import choose_run  # noqa: E402

st.title("Recommend")
st.markdown("What comes next for a user, or for a history that you make up.")
run = choose_run()
asker = recommendview.choose_asker(run)
left, right = st.columns([5, 6], gap="large")
with right:
    recommendview.suggestions(run, asker)
with left:
    recommendview.history(run, asker)
