"""The app driven without a browser: a page is opened as a link would open it, and read."""

from __future__ import annotations

import functools
import os
import time
from pathlib import Path

import pandas as pd
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from recsys.services.train.pending_estimate import SWITCH
from recsys.ui.shell.nav import HOME

ROOT = Path(__file__).resolve().parents[2]
FRAME = ROOT / "recsys" / "ui" / "shell" / "frame.py"
installed_components = functools.cache(
    manifest_scanner.scan_component_manifests
)  # else every AppTest reads 80 packages


def opened(page: str, home: Path, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    """The page over the workspace `home`, with the parameters of a link."""
    monkeypatch.setenv("RECSCOPE_HOME", str(home))
    if SWITCH not in os.environ:  # else every visit of Train may start a process
        monkeypatch.setenv(SWITCH, "off")
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", installed_components)
    app = AppTest.from_file(str(FRAME), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if page != HOME:  # which is at the root
        app.switch_page(f"../../../pages/{page}.py")
    app.run()
    assert not app.exception
    return app


def checked(app: AppTest) -> AppTest:
    """The page when the process that checks the files has ended; no browser is there to look at it by a timer."""
    draft = app.session_state["session"].importing
    for _ in range(600):
        if draft is None or draft.progress.state != "running":
            break
        time.sleep(0.1)
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*app.markdown, *app.caption, *app.subheader, *app.warning, *app.info])


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The one table with these columns."""
    (found,) = [frame.value for frame in app.dataframe if set(columns) <= set(frame.value.columns)]
    return found


def address(app: AppTest, name: str) -> str | None:
    """A parameter of the link to the page as it is now."""
    value = app.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def cards(app: AppTest) -> list[str]:
    """The titles of the recommended items, with their ranks."""
    return [button.label for button in app.button if "_card_" in (button.key or "")]
