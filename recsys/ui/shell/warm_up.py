"""Imports what the first press needs, torch above all, while the first page is being read."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from types import ModuleType

from streamlit.starlette import App

from recsys.services.data.upload import sweep
from recsys.services.workspace import open_workspace


@asynccontextmanager
async def import_behind(_app: App) -> AsyncIterator[None]:
    """Lifespan of the app: the import begins with the server and keeps no page waiting."""
    Thread(target=import_pages, daemon=True).start()
    Thread(target=sweep_uploads, daemon=True).start()
    yield


def sweep_uploads() -> None:
    """Remove what imports of servers that have ended left behind."""
    sweep(open_workspace())


def import_pages() -> tuple[ModuleType, ...]:
    """What Train and Explain import when they are opened."""
    from recsys.services.train import training
    from recsys.training.device import set_threads
    from recsys.ui.explain import evidence
    from recsys.ui.train import form

    set_threads(page_threads())
    return training, form, evidence


def page_threads() -> int:
    """Threads of torch in the server: half of the cores, since browser and jobs use the others.

    Two threads that wait for each other on two busy cores make an edit on Recommend take 1.6 times as long as one.
    """
    return max(1, (os.cpu_count() or 1) // 2)
