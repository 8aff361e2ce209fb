"""Run a service over given quads, or an empty scratch store, for the duration of a test."""

import http.client
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from pyoxigraph import Quad
from starlette.datastructures import State

from kg.reasoning.upkeep.entailment import Entailment
from kg.store.quad_store import Store
from service.run.app import create_app
from service.scratch.start import create_scratch_app, snapshot_files
from service.scratch.token import WriteToken
from service.settings import Settings

# Not a secret.
TOKEN: Final = "conformance"  # noqa: S105
_TIMEOUT_SECONDS: Final = 30


class ScratchClient:
    """Sends requests with `TOKEN` to the scratch store at an address."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc

    def send(
        self, method: str, path: str, media_type: str, body: bytes, *, accept: str = "*/*"
    ) -> tuple[int, bytes]:
        """Send a request and return the status and the body of the response."""
        connection = http.client.HTTPConnection(self._host, timeout=_TIMEOUT_SECONDS)
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": accept, "Connection": "close"}
        if media_type:
            headers["Content-Type"] = media_type
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def serving(
    quads: Iterable[Quad], settings: Settings | None = None, place: socket.socket | None = None
) -> AbstractContextManager[str]:
    """Run a service over these quads, as over a release; the context manager gives its address.

    `place` is a bound socket; by default the service uses a free port.
    """
    return _running(create_app(settings or Settings(), store=Store.in_memory(quads)), place)


@contextmanager
def serving_scratch(
    settings: Settings | None = None, *, entailment: Entailment | None = None
) -> Iterator[str]:
    """Run an empty scratch store that is writable with `TOKEN`, and yield its address.

    With an `entailment` it also has what follows from its data.
    """
    with snapshot_files([], is_writable=True) as snapshot:
        app = create_scratch_app(
            settings or Settings(),
            snapshot,
            token=WriteToken(TOKEN.encode()),
            entailment=entailment,
        )
        with _running(app) as address:
            yield address


@contextmanager
def _running(app: FastAPI, listener: socket.socket | None = None) -> Iterator[str]:
    with listener or socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            _wait_for(server, thread, app.state)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _wait_for(server: uvicorn.Server, thread: threading.Thread, state: State) -> None:
    end = time.monotonic() + _TIMEOUT_SECONDS
    while not server.started or state.served.integrity.refusal is not None:
        if not thread.is_alive() or time.monotonic() > end:
            raise SystemExit(f"The service did not start within {_TIMEOUT_SECONDS} s")
        time.sleep(0.02)
