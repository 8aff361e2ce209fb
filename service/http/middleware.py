"""ASGI middleware for every HTTP request: HEAD, browser headers, malformed requests, shutdown."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.errors import KgError, MalformedParameter
from service.errors import AddressTooLong, ServiceEnding
from service.http.endpoint import endpoint_in
from service.http.html import CONTENT_SECURITY_HEADERS

Handler = Callable[[Request], Awaitable[Response]]
ErrorHandler = Callable[[Request, Exception], Awaitable[Response]]
# Key in the scope of a HEAD request that is passed on as GET.
IS_HEAD_KEY: Final = "glocal.head_alone"
_OPERATORS_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
# A host name or address with an optional port (RFC 3986, section 3.2.2).
_HOST: Final = re.compile(rb"[\w.~!$&'()*+,;=%:\[\]-]+")


class HeadMiddleware:
    """Answers HEAD with the headers of GET.

    `IS_HEAD_KEY` in the scope tells routes that they need not produce a body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; for HEAD as a GET whose body is dropped."""
        if scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", IS_HEAD_KEY: True}, receive, send_without_body)


class BrowserHeadersMiddleware:
    """Adds the security headers that browsers need.

    Our own pages run and load nothing from other hosts and may not be framed, unless a page sets a
    Content-Security-Policy of its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to the answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                if headers.get("content-type", "").startswith("text/html"):
                    # The address of a page may contain a query, which other sites must not learn.
                    headers["Referrer-Policy"] = "no-referrer"
                    if "content-security-policy" not in headers:
                        headers.update(CONTENT_SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class AddressMiddleware:
    """Refuses requests with a bad address.

    Its path and query string, as sent, have at most `max_characters` characters; a request has
    exactly one valid Host header, or in HTTP/1.0 none (RFC 9112, section 3.2).
    """

    def __init__(self, app: ASGIApp, max_characters: int) -> None:
        self._app, self._max_characters = app, max_characters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        path, query = scope["raw_path"], scope["query_string"]
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        is_one_host = len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None
        may_lack_host = scope["http_version"] == "1.0" and not hosts
        if len(path) + bool(query) + len(query) > self._max_characters:
            raise AddressTooLong("address", self._max_characters)
        if not (is_one_host or may_lack_host):
            raise MalformedParameter("Host", "expected exactly one host name")
        await self._app(scope, receive, send)


class DirectRoutes:
    """Answers requests for some paths without FastAPI, which doubles the time of a query.

    `handlers` has a function for each method and path; the routes of the same functions describe
    them in the OpenAPI document. `answer_error` answers an error that one of them raises.
    """

    def __init__(
        self, app: ASGIApp, handlers: Mapping[tuple[str, str], Handler], answer_error: ErrorHandler
    ) -> None:
        self._app, self._handlers, self._answer_error = app, handlers, answer_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on; an unexpected error is raised after its answer."""
        handler = self._handlers.get((scope["method"], scope["path"]))
        if handler is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await handler(request)
        except (KgError, ClientDisconnect) as error:
            response = await self._answer_error(request, error)
        except Exception as error:
            response = await self._answer_error(request, error)
            await response(scope, receive, send)
            raise
        await response(scope, receive, send)


class RefusalMiddleware:
    """Answers what middleware inside of it refuses, unless the answer has begun.

    Requests are cancelled only by the shutdown of the service, which is answered as ServiceEnding.
    """

    def __init__(self, app: ASGIApp, answer_error: ErrorHandler) -> None:
        self._app, self._answer_error = app, answer_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer the error."""
        has_started = False

        async def send_and_note_start(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note_start)
        except (KgError, asyncio.CancelledError) as error:
            if has_started:
                raise
            refusal = error if isinstance(error, KgError) else ServiceEnding()
            response = await self._answer_error(Request(scope, receive), refusal)
            await response(scope, receive, send)


class IntegrityMiddleware:
    """Refuses all but `/healthz`, `/readyz` and `/metrics` once a release was refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless the release that would answer was changed or is gone."""
        refusal = endpoint_in(scope).integrity.answers_nothing
        if refusal is not None and scope["path"] not in _OPERATORS_PATHS:
            # The same error is raised for each request.
            raise refusal.with_traceback(None)
        await self._app(scope, receive, send)
