"""Train: which model, which settings, how is it going?"""

import streamlit as st

from recsys.services import datasets
from recsys.ui import nav, trainview
from recsys.ui.state import from_address, session, workspace
from recsys.ui.widgets import choose_dataset

st.title("Train")
st.markdown("Choose a model, move a few sliders, watch it learn. Training goes on if you close this page.")
found = datasets.list_datasets(workspace())
if not found:
    nav.way_out("There is no data to train on yet. Bring your own or take the sample.", "start", "Go to Start")
watched = from_address("run")
if watched:
    session().run_id = watched
    trainview.watch(watched)
    st.divider()
    st.subheader("Train another")

from recsys.ui import trainform  # with torch: the settings are those of the models' classes

trainform.follow_link()
trainform.form(choose_dataset(found))
