"""Large uploads go to disk as they arrive, since Streamlit keeps what it receives in memory.

Its handler is called with the head of the request and a receipt in place of the content (services/data/received.py): it checks
the session, the token against forged requests and the size as ever. Only where it agrees the content is written.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys.errors import NotFoundError
from recsys.messages import message
from recsys.services.data import received
from recsys.services.workspace import open_workspace

ROUTE = "/_stcore/upload_file/"
LARGE = 8_000_000  # bytes; smaller ones stay with Streamlit
LONGEST_HEAD = 65_536
BLOCK = 1 << 20  # bytes that are in memory before they are written
BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


class TooLargeError(Exception):
    """The body of a request is larger than an upload may be."""


class UploadsToDisk:
    """ASGI middleware: writes the content of large uploads to the workspace, and hands Streamlit a receipt of each."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        boundary = boundary_of(scope)
        if boundary is None:
            await self.app(scope, receive, send)
            return
        try:
            answer = await self._received(scope, _body(receive), b"\r\n--" + boundary + b"--\r\n")
        except TooLargeError:
            await PlainTextResponse("File too large", status_code=413)(scope, receive, send)
        except OSError as error:  # the disk is full, or the browser has gone
            await PlainTextResponse(f"Not stored: {error.strerror}", status_code=507)(scope, receive, send)
        else:
            for event in answer:
                await send(event)

    async def _received(self, scope: Scope, body: AsyncIterator[bytes], end: bytes) -> list[Message]:
        """Write the content of an upload, up to the line `end`, if Streamlit accepts it; gives Streamlit's answer."""
        head, content = await _split(body)
        path, receipt = received.begin(open_workspace())
        is_whole = False
        try:
            answer = await self._answer(scope, head + receipt + end)
            if answer[0].get("status", 500) < 300:
                await _write(path, content, body, len(end))
                is_whole = True
        finally:
            if not is_whole:
                received.discard(path)
        return answer

    async def _answer(self, scope: Scope, body: bytes) -> list[Message]:
        """What Streamlit answers to a request with this body."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def collect(event: Message) -> None:
            sent.append(event)

        await self.app(scope, receive, collect)
        return sent


def boundary_of(scope: Scope) -> bytes | None:
    """What ends the content of a large upload; None for every other request."""
    if scope["type"] != "http" or scope["method"] != "PUT" or ROUTE not in scope["path"]:
        return None
    headers = Headers(scope=scope)
    length, match = headers.get("content-length", ""), BOUNDARY.search(headers.get("content-type", ""))
    is_small = length.isdigit() and int(length) < LARGE
    return None if is_small or match is None else match[1].encode("latin-1")


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ConnectionResetError(104, "the browser has gone")
        yield event.get("body", b"")
        if not event.get("more_body", False):
            return


async def _split(body: AsyncIterator[bytes]) -> tuple[bytes, bytes]:
    """(head of the one part of a body with the line that ends it, what has arrived of the content)."""
    arrived = b""
    async for chunk in body:
        arrived += chunk
        head, found, content = arrived.partition(b"\r\n\r\n")
        if found or len(arrived) > LONGEST_HEAD:
            return head + found, content
    return arrived, b""


async def _write(path: Path, content: bytes, body: AsyncIterator[bytes], end: int) -> None:
    """Write the content but for the `end` bytes after it, in blocks and outside the event loop."""
    most, written, waiting = st.get_option("server.maxUploadSize") * 1024 * 1024, 0, bytearray(content)
    with path.open("wb") as file:
        async for chunk in body:
            waiting += chunk
            if len(waiting) < BLOCK + end:
                continue
            written += len(waiting) - end
            if written > most:
                raise TooLargeError
            await asyncio.to_thread(file.write, bytes(waiting[:-end]))
            del waiting[:-end]
            os.utime(path.parent)  # a slow upload is not left over from a killed server
        await asyncio.to_thread(file.write, bytes(waiting[:-end]))


def file_of(content: bytes) -> Path | None:
    """The file on disk of an upload, by what Streamlit has of it; None where that is all of it."""
    return received.file_of(open_workspace(), content)


def store(content: bytes, target: Path) -> None:
    """Write an upload to a file. Raises NotFoundError where it has been removed from the disk since it arrived."""
    path = file_of(content)
    if path is None:
        target.write_bytes(content)
        return
    try:
        shutil.copyfile(path, target)
    except FileNotFoundError as error:
        raise NotFoundError(message("The uploaded file is no longer here. Upload it again.")) from error
