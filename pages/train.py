"""Train: which model, which settings, how is it going?"""

import streamlit as st

from recsys.ui.parts.widgets import chosen_dataset
from recsys.ui.shell.state import from_address, session
from recsys.ui.train import live

st.title("Train")
st.markdown("Choose a model, set it up and watch it learn. Training continues when you leave this page.")
dataset = chosen_dataset("No dataset to train on yet. Upload one or try the sample.")
watched = from_address("run")
if watched:
    session().run_id = watched
    live.watch(watched)
    st.divider()
    st.subheader("Train another model")

from recsys.ui.train import form  # imports torch: the settings are those of the model classes

form.follow_link()
form.form(dataset)
