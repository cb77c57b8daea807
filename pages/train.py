"""Train: which model, which settings, how is it going?"""

import streamlit as st

from recsys.services.data.datasets import list_datasets
from recsys.ui.parts.widgets import choose_dataset
from recsys.ui.shell import nav
from recsys.ui.shell.state import from_address, session, workspace
from recsys.ui.train import live

st.title("Train")
st.markdown("Choose a model, set it up and watch it learn. Training continues when you leave this page.")
datasets = list_datasets(workspace())
if not datasets:
    nav.stop_with_hint("No dataset to train on yet. Upload one or try the sample.", "home", "Go to Home")
watched = from_address("run")
if watched:
    session().run_id = watched
    live.watch(watched)
    st.divider()
    st.subheader("Train another model")

from recsys.ui.train import form  # imports torch: the settings are those of the model classes

form.follow_link()
form.form(choose_dataset(datasets))
