"""What is kept, beside bare Starlette with the same bytes."""

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
    """The lines of the table, each as soon as it has been measured."""
    yield "| what | clients | bare Starlette, requests/s | Glocal, requests/s | ratio | p99, ms |"
    yield "| --- | --- | --- | --- | --- | --- |"
    with glocal(release, log_requests=False) as plain, glocal(release) as logging:
        body, tag = first_answer(plain, _TARGET)
        first_answer(logging, _TARGET)
        kept, held = get(_TARGET), get(_TARGET, If_None_Match=tag)
        for name, request, status in (("kept result", kept, 200), ("304", held, 304)):
            with bare(body, status, _MEDIA_TYPE) as beside:
                for clients in _CLIENTS:
                    loads = [(one.port, [request]) for one in (beside, plain, logging)]
                    first, *ours = in_turn(loads, clients=clients, seconds=seconds, rounds=_ROUNDS)
                    for what, one in zip((name, f"{name}, with a log"), ours, strict=True):
                        yield (
                            f"| {what} | {clients} | {first.rate:,.0f} | {one.rate:,.0f} "
                            f"| {one.rate / first.rate:.2f} | {one.p99_seconds * 1000:.1f} |"
                        )


def first_answer(service: Server, target: str) -> tuple[bytes, str]:
    """The body, and its tag."""
    request = urllib.request.Request(f"http://127.0.0.1:{service.port}{target}")
    request.add_header("Host", HOST)
    with urllib.request.urlopen(request) as answer:
        return answer.read(), str(answer.headers["ETag"])


@contextmanager
def bare(body: bytes, status: int, media_type: str) -> Iterator[Server]:
    """Starlette that always answers with these bytes, or with 304."""
    port = free_port()
    command = [sys.executable, "-c", _BARE, str(port), str(status), media_type]
    with running(command, port, told=body) as server:
        yield server
