"""The innermost layer of ASGI middleware: checks, routes and answers a request."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.errors import KgError, MalformedParameter
from service.errors import AddressTooLong, ServiceEnding
from service.http.browsers import BrowserRules
from service.http.endpoint import endpoint_in
from service.http.html import CONTENT_SECURITY_HEADERS
from service.http.problems import PageWriter, answer_error, answer_refusal
from service.http.unknown_parameters import add_warnings

Handler = Callable[[Request], Awaitable[Response]]
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


class Routing(NamedTuple):
    """The answerers of requests: a handler for some methods and paths, and FastAPI for the others.

    Without FastAPI, a query takes half of the time. The routes of the handlers describe them in the
    OpenAPI document. `write_page` writes a failure for a browser.
    """

    app: ASGIApp
    handlers: Mapping[tuple[str, str], Handler]
    write_page: PageWriter


class RoutingMiddleware:
    """Checks a request, has it answered, and adds the headers that every answer has.

    Our own pages run and load nothing from other hosts and may not be framed, unless a page sets a
    Content-Security-Policy of its own.
    """

    def __init__(self, routing: Routing, rules: BrowserRules, max_characters: int) -> None:
        self._routing, self._rules, self._max_characters = routing, rules, max_characters
        self._answer_error = partial(answer_error, routing.write_page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or what it is refused for, unless the answer has begun.

        Requests are cancelled only by the shutdown of the service, which is answered as
        ServiceEnding.
        """
        has_started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                if headers.get("content-type", "").startswith("text/html"):
                    # The address of a page may contain a query, which other sites must not learn.
                    headers["Referrer-Policy"] = "no-referrer"
                    if "content-security-policy" not in headers:
                        headers.update(CONTENT_SECURITY_HEADERS)
                if scope["query_string"]:
                    add_warnings(scope, headers)
                self._rules.add_headers_for_any(scope, headers)
            await send(message)

        try:
            self._check(scope)
            await self._answer(scope, receive, send_with_headers)
        except (KgError, asyncio.CancelledError) as error:
            if has_started:
                raise
            refusal = error if isinstance(error, KgError) else ServiceEnding()
            request = Request(scope, receive)
            response = await answer_refusal(self._routing.write_page, request, refusal)
            await response(scope, receive, send_with_headers)

    def _check(self, scope: Scope) -> None:
        """Refuse a request for another host, with a bad address, or to what may not answer.

        Its path and query string, as sent, have at most so many characters; it has exactly one
        valid Host header, or in HTTP/1.0 none (RFC 9112, section 3.2). Once the release was
        refused, only operators' paths are answered.
        """
        path, query = scope["raw_path"], scope["query_string"]
        self._rules.check_host(scope)
        if len(path) + bool(query) + len(query) > self._max_characters:
            raise AddressTooLong("address", self._max_characters)
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        is_one_host = len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None
        if not (is_one_host or (scope["http_version"] == "1.0" and not hosts)):
            raise MalformedParameter("Host", "expected exactly one host name")
        refusal = endpoint_in(scope).integrity.refusal
        if refusal is not None and scope["path"] not in _OPERATORS_PATHS:
            # The same error is raised for each request.
            raise refusal.with_traceback(None)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request answered; an unexpected error is raised after its answer."""
        handler = self._routing.handlers.get((scope["method"], scope["path"]))
        if handler is None:
            await self._routing.app(scope, receive, send)
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
