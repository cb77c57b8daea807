"""Evaluate: how good is it, beside the simple baselines?"""

import streamlit as st

from recsys.ui import nav

nav.guard("evaluate")

from recsys.ui import evaluateview  # noqa: E402
from recsys.ui.widgets import choose_run  # noqa: E402

st.title("Evaluate")
st.markdown("Every user's held-out item is ranked among the whole catalogue, beside the models it must beat.")
evaluateview.show(choose_run())
