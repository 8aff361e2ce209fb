"""Clients of the tools: the SDK's own, over HTTP and over standard input and output."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from mcp import Client, StdioServerParameters

Call = Callable[..., dict[str, Any]]
COMMAND = ["-c", "from service.cli import app; app()", "mcp"]


class ToolError(Exception):
    """The message of a tool that has failed."""


def read_answer(result: Any) -> dict[str, Any]:
    """Return the structured answer of a call, whose text leaves out what is empty.

    ToolError if the call failed.
    """
    text = result.content[0].text
    if result.is_error:
        raise ToolError(text)
    answer: dict[str, Any] = result.structured_content
    assert json.loads(text).keys() <= answer.keys()
    return answer


def run_stdio(release: Path) -> StdioServerParameters:
    """Return how to start the server on a release."""
    return StdioServerParameters(command=sys.executable, args=[*COMMAND, "--release", str(release)])


def call_once(address: str, tool: str, *, mode: str = "auto", **arguments: Any) -> dict[str, Any]:
    """Connect to a service by HTTP, call one tool, and return its answer."""

    async def connect_and_call() -> Any:
        async with Client(f"{address}/mcp", mode=mode) as client:
            return await client.call_tool(tool, arguments)

    return read_answer(asyncio.run(connect_and_call()))


@pytest.fixture(scope="session")
def call(service: str) -> Iterator[Call]:
    """Call a tool on the project's release over HTTP."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(f"{service}/mcp")) as client,
    ):

        def call_tool(tool: str, **arguments: Any) -> dict[str, Any]:
            return read_answer(portal.call(client.call_tool, tool, arguments))

        yield call_tool
