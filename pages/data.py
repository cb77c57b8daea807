"""Data: what was uploaded, and is it sound?"""

import streamlit as st

from recsys.services import datasets
from recsys.ui import dataview, nav
from recsys.ui.state import workspace
from recsys.ui.widgets import choose_dataset

st.title("Data")
st.markdown("Bring a log of ratings or events, and see what was understood.")
found = datasets.list_datasets(workspace())
with st.expander("Upload a data set", expanded=not found, icon=":material/upload:"):
    dataview.upload()
if not found:
    nav.way_out("No data yet: upload a log above, or take the sample shop.", "start", "Go to Start")
chosen = choose_dataset(found)
with st.container(horizontal=True):
    if st.button("Train on this data", type="primary", key="to_train"):
        nav.go("train", dataset=chosen.dataset_id)
    with st.popover("Delete", key="delete_dataset"):
        dataview.delete(chosen)
dataview.report(chosen)
dataview.profile_plots(chosen)
