"""Data: what did I upload, and is it sound?"""

from pathlib import Path

import streamlit as st

from recsys.ui.data import append, browse, forget, overview, suggestions, upload
from recsys.ui.parts.widgets import chosen_dataset, tabs
from recsys.ui.shell import context, nav, presenter
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session
from recsys.ui.shell.text import plain

st.html(Path(overview.__file__).with_name("style.css"))
st.title(tr("Data"))
if context.current().dataset is None:
    upload.upload()
dataset = chosen_dataset(tr("No dataset yet. Upload a file above, or try the sample."))
with st.container(horizontal=True, vertical_alignment="center"):
    st.markdown(f"**{plain(dataset.name, 60)}**", width="stretch")
    with st.container(horizontal=True, width="content", gap="xsmall"):  # on a phone below the name, together
        if st.button(tr("Import"), key="open_import", icon=":material/upload:", disabled=presenter.is_presenting()):
            session().dialog = "import"
        append.offer(dataset)
        if st.button(tr("Train on this dataset"), type="primary", key="to_train", disabled=presenter.is_presenting()):
            nav.go("train", dataset=dataset.dataset_id)
        with st.popover(tr("Delete"), key="delete_dataset"):
            overview.delete(dataset)
upload.dialog()
upload.closed_dialogs()
append.newer(dataset)
news = st.container()
suggestions.show(dataset)  # before the import is no longer new
with news:
    upload.success(dataset)
forget.success(dataset)
upload.report(dataset)
draws = (overview.summary, browse.items, browse.users, browse.interactions)
for tab, draw in zip(tabs(overview.TABS, "table").values(), draws, strict=True):
    if tab.open:
        with tab:
            draw(dataset)
