"""Explore: what has it learnt, and where does it fail?"""

import streamlit as st

from recsys.ui.parts.widgets import chosen_run
from recsys.ui.shell.language import tr

st.title(tr("Explore"), anchor=False)
run = chosen_run()

from recsys.ui.explore import figures, views  # imports torch, as the chosen run did

figures.show(run)
views.show(run)
