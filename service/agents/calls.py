"""The requests that a tool makes to the service itself, in this process.

They take the way of all requests but for the request log, so the limits, budgets, views and kept
answers of the routes hold for tools too. All requests of one call are answered from one release,
and count as their caller's own.
"""

import asyncio
import json
from asyncio import Task
from contextvars import ContextVar
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Scope

from service.errors import ToolFailed
from service.http.endpoint import SERVED
from service.http.observation import NOTES
from service.http.problems import ALL_PROBLEM_TYPES, MEDIA_TYPE
from service.http.request import FORM_MEDIA_TYPE

# The parts of the caller's scope that its requests share: who it is, and what answers it.
_SHARED: Final = (
    *("app", "type", "asgi", "http_version", "scheme", "server", "client"),
    *(NOTES, SERVED),
)
# Of longer documents and results the rest is counted, and not kept.
_MAX_KEPT_BYTES: Final = 4 * 2**20
_ADVICE: Final = {f"/problems/{problem.slug}": problem.advice for problem in ALL_PROBLEM_TYPES}
_JSON: Final = "application/json"
# Requests whose caller has left, until they have noticed it.
_leaving: Final = set[Task[None]]()


class Caller(NamedTuple):
    """Who calls a tool: the application that answers it, and the scope of its call."""

    app: ASGIApp
    scope: Scope


caller: Final[ContextVar[Caller]] = ContextVar("caller")


class Reply(NamedTuple):
    """The answer to a request; `line_breaks` counts those of the whole body, also past `body`.

    An answer that is not complete was cut off by a limit of the service.
    """

    status: int
    headers: Headers
    body: bytes
    line_breaks: int
    is_complete: bool

    def json(self) -> Any:
        """Return the body as JSON; raise ToolFailed if it was too long to be kept."""
        if len(self.body) == _MAX_KEPT_BYTES:
            raise ToolFailed(f"The answer has more than {_MAX_KEPT_BYTES} bytes. Try: ask for less")
        return json.loads(self.body)


async def fetch(path: str, *, accept: str = _JSON, **parameters: str) -> Reply:
    """Send a GET with the parameters that are not empty; raise ToolFailed if it is refused."""
    return require_success(await send("GET", path, accept=accept, **parameters))


async def post(path: str, *, accept: str = _JSON, **fields: str) -> Reply:
    """Post a form with the fields that are not empty; raise ToolFailed if it is refused."""
    return require_success(await send("POST", path, accept=accept, **fields))


async def send(method: str, path: str, *, accept: str = _JSON, **parameters: str) -> Reply:
    """Send a request with the parameters that are not empty, and return whatever answers it.

    If this is cancelled, as when the caller leaves, the request is told that its client has left.
    """
    app, scope = caller.get()
    encoded = urlencode({name: value for name, value in parameters.items() if value}).encode()
    hosts = [(name, value) for name, value in scope["headers"] if name == b"host"]
    is_get = method == "GET"
    headers = [*hosts, (b"accept", accept.encode())]
    if not is_get:
        headers.append((b"content-type", FORM_MEDIA_TYPE.encode()))
    exchange = _Exchange(b"" if is_get else encoded)
    inner: Scope = {
        **{name: scope[name] for name in _SHARED if name in scope},
        "method": method,
        "root_path": "",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": encoded if is_get else b"",
        "headers": headers,
    }
    request = asyncio.ensure_future(app(inner, exchange.receive, exchange.send))
    try:
        await asyncio.shield(request)
    except asyncio.CancelledError:
        exchange.client_has_left.set()
        _leaving.add(request)
        request.add_done_callback(_leaving.discard)
        raise
    return exchange.reply()


def require_success(reply: Reply) -> Reply:
    """Return the reply, or raise ToolFailed with what its problem document says and advises."""
    if reply.status < 400:
        return reply
    if not reply.headers.get("content-type", "").startswith(MEDIA_TYPE):
        raise ToolFailed(f"The service answered {reply.status}")
    problem = reply.json()
    advice = _ADVICE.get(problem["type"], "")
    if retry := reply.headers.get("retry-after"):
        advice = f"Retry after {retry} seconds."
    detail = problem["detail"]
    stop = "" if detail.endswith((".", "?")) else "."
    raise ToolFailed(f"{detail}{stop}{f' Try: {advice}' if advice else ''}", problem)


class _Exchange:
    """The two sides of a request within the process: what the client sends, and what it gets."""

    def __init__(self, body: bytes) -> None:
        self.client_has_left = asyncio.Event()
        self._unsent: bytes | None = body
        self._status, self._headers = 0, Headers()
        self._kept, self._line_breaks, self._is_complete = bytearray(), 0, False

    async def receive(self) -> Message:
        """Return the body, and then that the client has left, once it has."""
        if self._unsent is not None:
            body, self._unsent = self._unsent, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.client_has_left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], Headers(raw=message["headers"])
            return
        part = message.get("body", b"")
        self._kept += part[: _MAX_KEPT_BYTES - len(self._kept)]
        self._line_breaks += part.count(b"\n")
        self._is_complete = not message.get("more_body", False)

    def reply(self) -> Reply:
        """Return the answer as far as it has come."""
        body, complete = bytes(self._kept), self._is_complete
        return Reply(self._status, self._headers, body, self._line_breaks, complete)
