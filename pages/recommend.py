"""Recommend: what next for this user, or for this history?"""

import streamlit as st

from recsys.ui.widgets import choose_run

st.title("Recommend")
st.markdown("What comes next for a user, or for a history that you make up.")
left, right = st.columns(2)
with left:
    run = choose_run()

from recsys.services import whatif
from recsys.ui import historyview, newitemview, recommendview  # with torch, which the chosen run needed

with right:
    other = recommendview.choose_other(run)
asker = historyview.told_of(run, historyview.choose_asker(run))
run = whatif.run_for(run, asker)
wanted = recommendview.choose_wanted(run)
if other is None:
    left, right = st.columns([11, 10], gap="medium")
    with right:
        recommendview.suggestions(run, asker, wanted)
    with left:
        historyview.history(run, asker)
else:
    recommendview.side_by_side(run, other, asker, wanted)
    historyview.history(run, asker)
recommendview.for_all(run)
newitemview.new_item(run)
