"""Quads -> a service over them, or an empty one to be written to, as long as it is needed."""

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

from kg.store.quad_store import Store
from service.run.app import create_app
from service.scratch.start import create_scratch_app, snapshot_of_files
from service.scratch.store import Token
from service.settings import Settings

# Anybody may know it.
TOKEN: Final = "conformance"  # noqa: S105
_PATIENCE_SECONDS: Final = 30


class ScratchClient:
    """Sends requests with `TOKEN` to the scratch store at an address."""

    def __init__(self, address: str) -> None:
        self._place = urlsplit(address).netloc

    def send(
        self, method: str, path: str, media_type: str, body: bytes, *, accept: str = "*/*"
    ) -> tuple[int, bytes]:
        """The status and the body that a request is answered by."""
        connection = http.client.HTTPConnection(self._place, timeout=_PATIENCE_SECONDS)
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": accept, "Connection": "close"}
        if media_type:
            headers["Content-Type"] = media_type
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def serving(
    quads: Iterable[Quad], settings: Settings | None = None, place: socket.socket | None = None
) -> AbstractContextManager[str]:
    """The address of a service over these quads, as over a release; by default on a free port."""
    return _running(create_app(settings or Settings(), store=Store.in_memory(quads)), place)


@contextmanager
def serving_scratch(settings: Settings | None = None) -> Iterator[str]:
    """The address of an empty scratch store, which can be written to with `TOKEN`."""
    with snapshot_of_files([], is_writable=True) as snapshot:
        app = create_scratch_app(settings or Settings(), snapshot, token=Token(TOKEN.encode()))
        with _running(app) as address:
            yield address


@contextmanager
def _running(app: FastAPI, place: socket.socket | None = None) -> Iterator[str]:
    with place or socket.create_server(("127.0.0.1", 0)) as place:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
        thread.start()
        try:
            _wait_for(server, thread)
            yield f"http://127.0.0.1:{place.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise SystemExit("The service does not start.")
        time.sleep(0.02)
