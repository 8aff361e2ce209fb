"""The least that a service in Python costs which evaluates queries in processes of their own.

    .venv/bin/python benchmarks/floor.py STORE PORT

Bare uvicorn passes each query to an idle process, by one message, and its result back, by one
message. There are no limits, no cache and no checks, and no process can be replaced. Answers SELECT
and ASK as SPARQL Results JSON, CONSTRUCT and DESCRIBE as Turtle, at every path.
"""

import asyncio
import os
import socket
import sys
from asyncio import Future
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from struct import Struct
from typing import Any, Final
from urllib.parse import parse_qs

import uvicorn
from pyoxigraph import QueryResultsFormat, QueryTriples, RdfFormat, Store

from benchmarks.mixes import ROWS, TRIPLES

_PROCESSES: Final = os.cpu_count() or 1
_LENGTH: Final = Struct("!I")
Message = MutableMapping[str, Any]


class QueryProcess(asyncio.Protocol):
    """A forked process that evaluates one query at a time."""

    def __init__(self, store: Store) -> None:
        self.connection, other = socket.socketpair()
        if not os.fork():
            self.connection.close()
            _evaluate_all(store, other)
            os._exit(0)
        other.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, by which queries are sent."""
        self._transport: Any = transport
        self._received = bytearray()

    def evaluate(self, query: bytes) -> Future[bytes]:
        """Send a query; the future has its result."""
        self._result: Future[bytes] = asyncio.get_running_loop().create_future()
        self._transport.write(_LENGTH.pack(len(query)) + query)
        return self._result

    def data_received(self, data: bytes) -> None:
        """Receive a part of a result."""
        self._received += data
        end = _LENGTH.size + _LENGTH.unpack_from(self._received)[0]
        if len(self._received) == end:
            self._result.set_result(bytes(self._received[_LENGTH.size :]))
            self._received.clear()


def _evaluate_all(store: Store, connection: socket.socket) -> None:
    while head := connection.recv(_LENGTH.size, socket.MSG_WAITALL):
        (length,) = _LENGTH.unpack(head)
        results = store.query(connection.recv(length, socket.MSG_WAITALL).decode())
        if isinstance(results, QueryTriples):
            result = results.serialize(format=RdfFormat.TURTLE) or b""
        else:
            result = results.serialize(format=QueryResultsFormat.JSON) or b""
        connection.sendall(_LENGTH.pack(len(result)) + result)


class App:
    """The ASGI application."""

    def __init__(self, store: Store) -> None:
        self._processes = [QueryProcess(store) for _ in range(_PROCESSES)]
        self._idle: deque[QueryProcess] = deque()
        self._waiting: deque[Future[QueryProcess]] = deque()

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Connect to the processes, or answer a request."""
        if scope["type"] == "lifespan":
            await receive()
            loop = asyncio.get_running_loop()
            for process in self._processes:
                await loop.create_connection(lambda one=process: one, sock=process.connection)  # type: ignore[misc]
                self._idle.append(process)
            await send({"type": "lifespan.startup.complete"})
            return
        process = self._idle.popleft() if self._idle else await self._wait()
        query = parse_qs(scope["query_string"].decode())["query"][0]
        result = await process.evaluate(query.encode())
        if self._waiting:
            self._waiting.popleft().set_result(process)
        else:
            self._idle.append(process)
        media_type = ROWS if result.startswith(b'{"head"') else TRIPLES
        headers = [(b"content-type", media_type.encode())]
        headers += [(b"content-length", str(len(result)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": result})

    async def _wait(self) -> QueryProcess:
        turn: Future[QueryProcess] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        return await turn


if __name__ == "__main__":
    memory = Store()
    memory.bulk_extend(Store.read_only(sys.argv[1]))
    # Without a lifespan that ends, uvicorn would wait for it.
    uvicorn.run(App(memory), port=int(sys.argv[2]), log_level="error", access_log=False)
