"""What every answer of the server carries, so that a browser runs, loads and frames nothing but our own.

After the OWASP Secure Headers Project. Streamlit's page holds one script in its text; its hash lets that one run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLOSED = "/_stcore/metrics"  # counts of sessions and memory: of no use to a visitor


def own_scripts() -> list[str]:
    """The hashes, as a policy names them, of the scripts within Streamlit's page."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts]


POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'", *own_scripts()],
    "style-src": ["'self'", "'unsafe-inline'"],  # the page's own styles are written by its scripts
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'", "data:"],
    "worker-src": ["'self'", "blob:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
HEADERS = {
    b"content-security-policy": "; ".join(f"{name} {' '.join(values)}" for name, values in POLICY.items()).encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
}


class SafeHeaders:
    """ASGI middleware: adds the headers to every answer and closes the server's statistics."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(event: Message) -> None:
            if event["type"] == "http.response.start":
                kept = [(name, value) for name, value in event.get("headers", []) if name.lower() not in HEADERS]
                event = {**event, "headers": [*kept, *HEADERS.items()]}
            await send(event)

        if scope["type"] == "http" and scope["path"] == CLOSED:
            await PlainTextResponse("Not found", status_code=404)(scope, receive, with_headers)
        else:
            await self.app(scope, receive, with_headers)
