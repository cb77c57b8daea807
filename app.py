"""The way in, for `streamlit run app.py`: the frame in recsys/ui/shell/frame.py, every answer with its safe headers, large
uploads to disk."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

from recsys.ui.shell.headers import SafeHeaders
from recsys.ui.shell.remember import RememberedLanguage
from recsys.ui.shell.uploads import UploadsToDisk
from recsys.ui.shell.warm_up import import_behind

app = st.App(
    "recsys/ui/shell/frame.py",
    lifespan=import_behind,
    middleware=[Middleware(SafeHeaders), Middleware(RememberedLanguage), Middleware(UploadsToDisk)],
)
