"""Compare cached responses with bare Starlette that returns the same bytes."""

import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from benchmarks.load import HOST, get, in_turn
from benchmarks.servers import Server, free_port, glocal, running

_QUERY: Final = "SELECT ?t (COUNT(?s) AS ?n) { ?s a ?t } GROUP BY ?t"
_MEDIA_TYPE: Final = "application/sparql-results+json"
_TARGET: Final = f"/sparql?{urlencode({'query': _QUERY})}"
_CLIENTS: Final = (1, 8, 64)
_ROUNDS: Final = 3
_BARE: Final = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = sys.stdin.buffer.read()
status = int(sys.argv[2])
kind = sys.argv[3]
async def answer(request):
    if status == 304:
        return Response(status_code=304, headers={"ETag": '"x"'})
    return Response(body, media_type=kind)
app = Starlette(routes=[Route("/{path:path}", answer)])
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="error")
"""


def table(release: Path, seconds: float) -> Iterator[str]:
    """Yield the lines of the table, each as soon as it has been measured."""
    yield "| response | clients | Starlette, requests/s | Glocal, requests/s | ratio | p99, ms |"
    yield "| --- | --- | --- | --- | --- | --- |"
    with glocal(release, log_requests=False) as plain, glocal(release) as logging:
        body, tag = first_answer(plain, _TARGET)
        first_answer(logging, _TARGET)
        plain_request, conditional = get(_TARGET), get(_TARGET, If_None_Match=tag)
        for name, request, status in (
            ("cached result", plain_request, 200),
            ("304", conditional, 304),
        ):
            with bare(body, status, _MEDIA_TYPE) as starlette:
                for clients in _CLIENTS:
                    loads = [(server.port, [request]) for server in (starlette, plain, logging)]
                    theirs, *ours = in_turn(loads, clients=clients, seconds=seconds, rounds=_ROUNDS)
                    for label, load in zip((name, f"{name}, with log"), ours, strict=True):
                        yield (
                            f"| {label} | {clients} | {theirs.rate:,.0f} | {load.rate:,.0f} "
                            f"| {load.rate / theirs.rate:.2f} | {load.p99_seconds * 1000:.1f} |"
                        )


def first_answer(service: Server, target: str) -> tuple[bytes, str]:
    """Request a path, so that the response is cached; return the body and its entity tag."""
    request = urllib.request.Request(f"http://127.0.0.1:{service.port}{target}")
    request.add_header("Host", HOST)
    with urllib.request.urlopen(request) as response:
        return response.read(), str(response.headers["ETag"])


@contextmanager
def bare(body: bytes, status: int, media_type: str) -> Iterator[Server]:
    """Run a Starlette application that always responds with these bytes, or with 304."""
    port = free_port()
    command = [sys.executable, "-c", _BARE, str(port), str(status), media_type]
    with running(command, port, stdin=body) as server:
        yield server
