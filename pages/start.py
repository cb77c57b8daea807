"""Start: three ways in, and what this machine has."""

import streamlit as st

from recsys.ui import starting

st.title("RecScope")
st.markdown("Train a recommender on your own log, browse what it suggests, and see **why**, exactly.")
starting.ways_in()
starting.machine_line()
