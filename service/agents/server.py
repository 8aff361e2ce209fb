"""The MCP server: the tools over HTTP, one exchange at a time without sessions, and over stdio.

Nothing is kept between two requests, so any worker can answer any of them. A request by an old
version of the protocol, which begins with `initialize`, is answered likewise, without a session.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic_core import from_json
from starlette.responses import Response
from starlette.types import Message, Scope

from kg.content import Content, english
from kg.errors import KgError
from service.agents.calls import Caller, caller
from service.agents.tools import CONVENTIONS, TOOLS, Tool
from service.answers.formats import JSON

_READ_ONLY: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
# The scope of the requests that tools make for the one client of standard input and output.
_LOCAL: Final[Scope] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "scheme": "http",
    "server": ("127.0.0.1", 80),
    "client": ("127.0.0.1", 0),
    "headers": [(b"host", b"127.0.0.1")],
}

_WRONG_ID: Final = (
    b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,'
    b'"message":"Invalid request: expected an id that is a string or an integer"}}'
)


def create_server(content: Content) -> "MCPServer[Any]":
    """Create a server with all tools, which tells clients what the content is about."""
    title, summary = english(content.title), english(content.summary)
    server = MCPServer[Any](
        name="glocal",
        title=title,
        instructions="\n".join([f"{title}. {summary}", *CONVENTIONS]),
        version=version("glocal-kg"),
        log_level="WARNING",
        subscriptions=False,
    )
    for tool in TOOLS.values():
        server.add_tool(_callable(tool), annotations=_READ_ONLY)
    # It makes a session manager, whose server `answer_exchange` uses.
    server.streamable_http_app()
    return server


def _callable(tool: Tool) -> Callable[..., Any]:
    """Return the tool as the SDK calls it: its JSON is also the text, and its errors are told."""

    @wraps(tool)
    async def call(**arguments: Any) -> CallToolResult:
        try:
            answer = await tool(**arguments)
        except KgError as error:
            raise ToolError(str(error)) from error
        text = answer.model_dump_json(exclude_defaults=True)
        return CallToolResult(
            content=[TextContent(type="text", text=text)],
            structured_content=answer.model_dump(mode="json"),
        )

    return call


async def answer_exchange(server: "MCPServer[Any]", asking: Caller, body: bytes) -> Response:
    """Return the response to one POST with this body."""
    if _has_wrong_id(body):
        return Response(_WRONG_ID, HTTPStatus.BAD_REQUEST, media_type=JSON.media_type)
    # One manager for each exchange: its tasks end with it.
    manager = StreamableHTTPSessionManager(
        server.session_manager.app, json_response=True, stateless=True
    )
    unsent: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    started: Message = {"status": 500, "headers": []}
    sent = bytearray()

    async def receive() -> Message:
        return unsent.pop() if unsent else await asyncio.Future()

    async def send(message: Message) -> None:
        nonlocal started
        if message["type"] == "http.response.start":
            started = message
        else:
            sent.extend(message.get("body", b""))

    token = caller.set(asking)
    try:
        async with manager.run():
            await manager.handle_request(asking.scope, receive, send)
    finally:
        caller.reset(token)
    response = Response(bytes(sent), started["status"])
    response.raw_headers = [*started["headers"]]
    return response


def _has_wrong_id(body: bytes) -> bool:
    """Whether this is a message with an id that is no string or integer.

    The SDK takes it for a notification, which gets no answer.
    """
    with suppress(ValueError):
        message = from_json(body)
        return isinstance(message, dict) and type(message.get("id", "")) not in (str, int)
    return False


async def serve_stdio(app: FastAPI, content: Content) -> None:
    """Serve the tools on standard input and output, until the client closes them."""
    async with app.router.lifespan_context(app):
        caller.set(Caller(app.state.answering, {**_LOCAL, "app": app}))
        await create_server(content).run_stdio_async()
