"""Data: what did I upload, and is it sound?"""

import streamlit as st

from recsys.ui.data import overview
from recsys.ui.parts.widgets import chosen_dataset
from recsys.ui.shell import context, nav

st.title("Data")
st.markdown("Upload ratings or events and check what was read.")
with st.expander("Upload a dataset", expanded=context.current().dataset is None, icon=":material/upload:"):
    overview.upload()
dataset = chosen_dataset("No dataset yet. Upload a file above, or try the sample.")
with st.container(horizontal=True):
    if st.button("Train on this dataset", type="primary", key="to_train"):
        nav.go("train", dataset=dataset.dataset_id)
    with st.popover("Delete", key="delete_dataset"):
        overview.delete(dataset)
overview.report(dataset)
overview.profile_plots(dataset)
