"""Large uploads on their way to disk: what Streamlit is handed, what is written, and when nothing is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from recsys.errors import NotFoundError
from recsys.services.data import received
from recsys.services.workspace import open_workspace
from recsys.ui.shell import uploads
from recsys.ui.shell.uploads import LARGE, UploadsToDisk

HEAD = b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="log.csv"\r\nContent-Type: text/csv\r\n\r\n'
END = b"\r\n--xyz--\r\n"
CONTENT = b"user,item\r\n--xyz is no end\r\n" + bytes(range(256)) * 40_000


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECSCOPE_HOME", str(tmp_path))
    return tmp_path


def put(
    content: bytes = CONTENT,
    *,
    status: int = 204,
    chunk: int = 65_536,
    length: int | None = None,
    events: Callable[[list[Message]], list[Message]] = lambda events: events,
) -> tuple[int, list[tuple[str, bytes]]]:
    """(status of the answer, name and content of the files that Streamlit was handed)."""
    handed: list[tuple[str, bytes]] = []

    async def streamlit(scope: Scope, receive: Receive, send: Send) -> None:
        form = await Request(scope, receive).form()
        handed.append((form["f"].filename, await form["f"].read()))  # type: ignore[union-attr, arg-type]
        await Response(status_code=status)(scope, receive, send)

    body = HEAD + content + END
    parts = [body[start : start + chunk] for start in range(0, len(body), chunk)]
    arriving = events([{"type": "http.request", "body": part, "more_body": True} for part in parts])
    arriving.append({"type": "http.request", "body": b"", "more_body": False})
    headers = [(b"content-type", b"multipart/form-data; boundary=xyz")]
    headers.append((b"content-length", str(len(body) if length is None else length).encode()))
    scope = {"type": "http", "method": "PUT", "path": f"{uploads.ROUTE}session/file", "headers": headers}
    sent: list[Message] = []

    async def receive() -> Message:
        return arriving.pop(0)

    async def send(event: Message) -> None:
        sent.append(event)

    with ThreadPoolExecutor(1) as apart:  # a browser of another test may keep an event loop in this one
        apart.submit(asyncio.run, UploadsToDisk(streamlit)(scope, receive, send)).result()
    return sent[0]["status"], handed


def on_disk(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("chunk", [7_000, 65_536, 3_000_000])
def test_a_large_upload_is_written_whole_and_streamlit_has_its_receipt(chunk: int) -> None:
    status, [(name, receipt)] = put(chunk=chunk)
    path = uploads.file_of(receipt)
    assert (status, name, len(receipt)) == (204, "log.csv", 50)
    assert path is not None and path.read_bytes() == CONTENT


def test_a_small_upload_stays_with_streamlit(home: Path) -> None:
    assert put(b"user,item\n") == (204, [("log.csv", b"user,item\n")])
    assert uploads.file_of(b"user,item\n") is None and on_disk(home) == []


def test_what_streamlit_refuses_is_not_written(home: Path) -> None:
    assert put(status=403)[0] == 403
    assert on_disk(home) == [] and list(home.rglob("*received*")) == []


def test_an_upload_over_the_limit_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.get_option", lambda name: 9)
    assert put()[0] == 413
    assert on_disk(home) == []


def test_a_browser_that_leaves_leaves_nothing(home: Path) -> None:
    assert put(events=lambda events: [*events[:40], {"type": "http.disconnect"}])[0] == 507
    assert on_disk(home) == []


def test_an_upload_of_unknown_length_goes_to_disk(home: Path) -> None:
    assert LARGE > 1_000
    _, [(_, receipt)] = put(b"user,item\n", length=LARGE)
    path = uploads.file_of(receipt)
    assert path is not None and path.read_bytes() == b"user,item\n"


def test_only_a_receipt_of_the_server_names_a_file() -> None:
    workspace = open_workspace()
    for content in (
        b"recscope-received:../../keys",
        b"recscope-received:" + b"G" * 32,
        b" recscope-received:" + b"0" * 32,
    ):
        assert received.file_of(workspace, content) is None


def test_a_receipt_whose_file_was_removed_is_said(tmp_path: Path) -> None:
    _, [(_, receipt)] = put()
    path = uploads.file_of(receipt)
    assert path is not None
    uploads.store(receipt, tmp_path / "run.zip")
    assert (tmp_path / "run.zip").read_bytes() == CONTENT
    os.utime(path.parent, (1, 1))
    open_workspace().datasets.sweep()
    with pytest.raises(NotFoundError, match="Upload it again"):
        uploads.store(receipt, tmp_path / "run.zip")
