"""An application whose connections are accepted by the event loop of a test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from service.run.accepting import Acceptor
from service.run.connections import LimitedConnection
from service.run.open_connections import OpenConnections
from service.settings import Settings

T = TypeVar("T")
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Upload:
    """An application that reads bodies, and notes the sizes of the parts in which they come."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            self.sizes.append(len(message["body"]))
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})


@dataclass
class Accepting:
    """An open acceptor with its clients, which are closed with it.

    `made` has the connections that read requests, the oldest first.
    """

    opened: OpenConnections
    listening: socket.socket
    made: list[LimitedConnection] = field(default_factory=list)
    clients: list[socket.socket] = field(default_factory=list)
    acceptor: Acceptor = field(init=False)

    def connect(self, sent: bytes = b"") -> socket.socket:
        """Connect a client that has sent this, without letting the event loop accept it."""
        client = socket.create_connection(self.listening.getsockname())
        client.sendall(sent)
        client.setblocking(False)
        self.clients.append(client)
        return client


@asynccontextmanager
async def accepting(
    application: ASGIApp, opened: OpenConnections, kind: type[LimitedConnection] = LimitedConnection
) -> AsyncIterator[Accepting]:
    """Accept connections for an application while the context is open."""
    config = uvicorn.Config(application, log_config=None)
    config.load()
    state = ServerState()

    def make() -> LimitedConnection:
        connection = kind(
            config=config, server_state=state, app_state={}, settings=Settings(), opened=opened
        )
        service.made.append(connection)
        return connection

    with socket.create_server(("127.0.0.1", 0)) as listening:
        service = Accepting(opened, listening)
        service.acceptor = Acceptor(listening, make, opened)
        try:
            yield service
        finally:
            await service.acceptor.stop()
            for connection in state.connections:
                connection.transport.abort()
            for client in service.clients:
                client.close()


def run(coroutine: Coroutine[object, object, T]) -> T:
    """Run in the kind of event loop that serves; two minutes only end a hang."""

    async def in_time() -> T:
        async with asyncio.timeout(120):
            return await coroutine

    factory = uvicorn.Config("").get_loop_factory()
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(in_time())
