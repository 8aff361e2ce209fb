"""HEAD as GET without the body; what browsers may do; hosts, long addresses; a last word."""

import asyncio
import re
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.errors import MalformedParameter
from service.errors import AddressTooLong
from service.http.html import POLICY
from service.http.problems import ENDING, document, refusal

# In a scope whose method was HEAD and is GET from there on.
HEAD_ALONE: Final = "glocal.head_alone"
_EXPOSED: Final = (
    "Accept-Post, Accept-Ranges, Allow, Content-Language, Content-Location, Content-Range, ETag, "
    "Link, Location, Repr-Digest, Retry-After, Vary, X-Request-Id"
)
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match, "
    "If-Range, Range",
    "Access-Control-Max-Age": "86400",
}

# A name or address, and a port (RFC 3986, section 3.2.2).
_HOST: Final = re.compile(rb"[\w.~!$&'()*+,;=%:\[\]-]*")


class HeadAsGet:
    """Answers HEAD with the headers of GET; `HEAD_ALONE` in the scope spares making a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, but without a body where HEAD asked."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", HEAD_ALONE: True}, receive, send_head)


class ForBrowsers:
    """Lets pages of every origin read the answers (Fetch, section 3.2); never with credentials.

    Pages of our own run no script, load nothing from elsewhere and, unless they say otherwise
    themselves, stand in no frame.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the headers that browsers ask for."""

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = "*"
                headers["Access-Control-Expose-Headers"] = _EXPOSED
                headers["X-Content-Type-Options"] = "nosniff"
                if headers.get("content-type", "").startswith("text/html"):
                    # A page's address may hold a query; other sites learn nothing of it.
                    headers["Referrer-Policy"] = "no-referrer"
                    if "content-security-policy" not in headers:
                        headers.update(POLICY)
                if scope["method"] == "OPTIONS":
                    headers.update(_PREFLIGHT)
            await send(message)

        await self._app(scope, receive, send_open if scope["type"] == "http" else send)


class ShortAddresses:
    """Refuses addresses that are longer, as they are sent, than so many characters."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        app = self._app
        if scope["type"] == "http":
            path, query = scope["raw_path"], scope["query_string"]
            if len(path) + bool(query) + len(query) > self._most:
                app = refusal(AddressTooLong("address", self._most))
        await app(scope, receive, send)


class OneHost:
    """Refuses requests of HTTP/1.1 that do not name exactly one host (RFC 9112, section 3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        app = self._app
        if scope["type"] == "http" and scope["http_version"] == "1.1":
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            if len(hosts) != 1 or _HOST.fullmatch(hosts[0]) is None:
                app = refusal(MalformedParameter("Host", "right would be one name of a host"))
        await app(scope, receive, send)


class LastWord:
    """Answers by 503 what is cut off because the service ends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; once it is cancelled, which nothing but the end does, say so."""
        has_started = False

        async def send_noting(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except asyncio.CancelledError:
            if has_started:
                raise
            response = document(ENDING, "The service ends, and this was not answered in time.")
            await response(scope, receive, send)
