"""Evaluate: how good is it, beside the simple baselines?"""

import streamlit as st

from recsys.ui.widgets import choose_run

st.title("Evaluate")
st.markdown("Every user's held-out item is ranked among the whole catalogue, beside the models it must beat.")
run = choose_run()

from recsys.ui import evaluateview, labelsview, segmentsview  # with torch, which the chosen run needed

evaluateview.show(run)
segmentsview.show(run)
labelsview.show(run)
