"""Evaluate: how good is it, beside the simple baselines?"""

import streamlit as st

from recsys.ui.widgets import choose_run

st.title("Evaluate")
st.markdown("Every user's held-out item is ranked among the whole catalogue, beside the models it must beat.")
run = choose_run()

from recsys.ui import evaluateview, labelsview, segmentsview, trustview  # with torch, which the chosen run needed

quality, trust = st.tabs(["Quality", "Trust"], key="part", on_change="rerun", bind="query-params")
if quality.open:
    with quality:
        evaluateview.show(run)
        segmentsview.show(run)
        labelsview.show(run)
if trust.open:
    with trust:
        trustview.show(run)
