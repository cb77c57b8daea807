"""The language of earlier visits: a cookie, set where a page is requested with `?lang=`."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys.messages import LANGUAGES

COOKIE = "recscope_lang"
YEAR = 365 * 24 * 60 * 60  # seconds


class RememberedLanguage:
    """ASGI middleware: keeps the language of a link in a cookie for a year."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = language_in_link(scope)

        async def with_cookie(event: Message) -> None:
            if event["type"] == "http.response.start":
                cookie = f"{COOKIE}={chosen}; Max-Age={YEAR}; Path=/; SameSite=Lax"
                MutableHeaders(scope=event).append("set-cookie", cookie)
            await send(event)

        await self.app(scope, receive, with_cookie if chosen else send)


def language_in_link(scope: Scope) -> str:
    """The language that a request names, "" without one."""
    if scope["type"] != "http":
        return ""
    chosen = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[-1]
    return chosen if chosen in LANGUAGES else ""
