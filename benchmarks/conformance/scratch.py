"""Quads -> a service over them, on a free port, as long as it is needed."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from pyoxigraph import Quad

from kg.store import Store
from service.app import create_app
from service.settings import Settings

_PATIENCE_SECONDS: Final = 30


@contextmanager
def serving(
    quads: Iterable[Quad], settings: Settings | None = None, place: socket.socket | None = None
) -> Iterator[str]:
    """The address of a service over these quads; by default, on a port that is free."""
    app = create_app(settings or Settings(), store=Store.in_memory(quads))
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
