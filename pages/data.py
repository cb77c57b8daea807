"""Data: what did I upload, and is it sound?"""

import streamlit as st

from recsys.services.data.datasets import list_datasets
from recsys.ui.data import overview
from recsys.ui.parts.widgets import choose_dataset
from recsys.ui.shell import nav
from recsys.ui.shell.state import workspace

st.title("Data")
st.markdown("Upload ratings or events and check what was read.")
datasets = list_datasets(workspace())
with st.expander("Upload a dataset", expanded=not datasets, icon=":material/upload:"):
    overview.upload()
if not datasets:
    nav.stop_with_hint("No dataset yet. Upload a file above, or try the sample.", "home", "Go to Home")
dataset = choose_dataset(datasets)
with st.container(horizontal=True):
    if st.button("Train on this dataset", type="primary", key="to_train"):
        nav.go("train", dataset=dataset.dataset_id)
    with st.popover("Delete", key="delete_dataset"):
        overview.delete(dataset)
overview.report(dataset)
overview.profile_plots(dataset)
