"""The server imports torch behind its first page."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st
import torch

from recsys.ui.shell import warm_up


def test_the_import_begins_with_the_server_in_a_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow_import() -> None:
        begun.set()
        go_on.wait(10)

    async def start() -> bool:
        async with warm_up.import_behind(st.App("recsys/ui/shell/frame.py")):
            return begun.wait(10)

    monkeypatch.setattr(warm_up, "import_pages", slow_import)
    with ThreadPoolExecutor() as fresh:  # a thread without a loop: browser tests leave one in this
        assert fresh.submit(asyncio.run, start()).result(20)  # while the import goes on
    go_on.set()


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (16, 8), (None, 1)])
def test_the_pages_bring_torch_and_leave_half_of_the_cores(
    cores: int | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", used.append)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert all(module.__name__ in sys.modules for module in warm_up.import_pages())
    assert used == [threads]
