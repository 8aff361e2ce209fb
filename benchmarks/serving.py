"""What is kept, beside bare Starlette with the same bytes, and beside the same queries not kept.

Run from the project's folder: .venv/bin/python benchmarks/serving.py [--release DIR] [--seconds 3]
Prints Markdown tables; takes three minutes. All listen on 127.0.0.1 and are ended by their ids.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from benchmarks.load import HOST, get, load

_PREFIXES: Final = "PREFIX glocal: <https://w3id.org/glocal/ontology#> " + (
    "PREFIX id: <https://w3id.org/glocal/id/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
)
MIX: Final = {
    "look-up": "SELECT ?p ?o { id:London ?p ?o }",
    "two patterns": "SELECT ?n ?c ?l { ?n glocal:foundedAt ?c . ?c rdfs:label ?l }",
    "three patterns": "SELECT ?a ?b ?l { ?a glocal:memberOf ?b . ?b a ?t . ?t rdfs:label ?l }",
    "filter": "SELECT ?s ?n { ?s glocal:page ?n FILTER(?n > 8) }",
    "group": "SELECT ?t (COUNT(?s) AS ?n) { ?s a ?t } GROUP BY ?t",
    "order": "SELECT ?s ?l { ?s a glocal:City ; rdfs:label ?l } ORDER BY ?l",
    "optional": "SELECT ?c ?n { ?c a glocal:City OPTIONAL { ?n glocal:foundedAt ?c } }",
    "path": "SELECT ?x { id:GlobalCity glocal:subkindOf+ ?x }",
    "describe": "DESCRIBE id:London",
    "construct": "CONSTRUCT { ?c rdfs:label ?l } WHERE { ?c a glocal:City ; rdfs:label ?l }",
    "text": 'SELECT ?s ?l { ?s rdfs:label ?l FILTER(CONTAINS(LCASE(?l), "city")) }',
    "graphs": "SELECT ?g ?s { GRAPH ?g { ?s glocal:foundedAt ?o } ?g glocal:hasStatus ?status }",
}
_CLIENTS: Final = (1, 8, 64)
_BODY: Final = MIX["group"]
_BARE: Final = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = sys.stdin.buffer.read()
status = int(sys.argv[2])
kind = "application/sparql-results+json"
async def answer(request):
    if status == 304:
        return Response(status_code=304, headers={"ETag": '"x"'})
    return Response(body, media_type=kind)
app = Starlette(routes=[Route("/sparql", answer)])
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="error")
"""


def main() -> None:
    """Measure, round by round in turn, and print the best of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path)
    parser.add_argument("--seconds", type=float, default=2)
    chosen = parser.parse_args()
    _print_head("what", "bare Starlette")
    with (
        glocal(chosen.release, GLOCAL_LOG_REQUESTS="false") as port,
        glocal(chosen.release) as logs,
    ):
        body, tag = _first_answer(port)
        kept, held = get(_target(_BODY)), get(_target(_BODY), If_None_Match=tag)
        for name, request, status in (("kept result", kept, 200), ("304", held, 304)):
            with bare(body, status) as other:
                for clients in _CLIENTS:
                    for what, ours in ((name, port), (f"{name}, with a log", logs)):
                        _compare(what, clients, (other, ours), [request], chosen.seconds, status)
    _print_head("the mix of 12", "not kept")
    mix = [get(_target(query)) for query in MIX.values()]
    with glocal(chosen.release, GLOCAL_CACHE_MEBIBYTES="0") as slow, glocal(chosen.release) as fast:
        for clients in _CLIENTS:
            _compare("repeated", clients, (slow, fast), mix, chosen.seconds, 200)


def _first_answer(port: int) -> tuple[bytes, str]:
    """The result of one query, and its tag."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{_target(_BODY)}")
    request.add_header("Host", HOST)
    with urllib.request.urlopen(request) as answer:
        return answer.read(), str(answer.headers["ETag"])


def _compare(
    name: str,
    clients: int,
    ports: tuple[int, int],
    requests: Sequence[bytes],
    seconds: float,
    status: int,
) -> None:
    rounds = [
        [load(port, requests, clients=clients, seconds=seconds) for port in ports] for _ in range(3)
    ]
    first, second = (max(found, key=attrgetter("rate")) for found in zip(*rounds, strict=True))
    statuses = first.statuses | second.statuses
    if statuses != {status}:
        raise SystemExit(f"{name}: answered by {sorted(statuses)}, not by {status} alone")
    ratio = second.rate / first.rate
    _print(
        f"| {name} | {clients} | {first.rate:,.0f} | {second.rate:,.0f} | {ratio:.2f} "
        f"| {second.p99_seconds * 1000:.1f} |"
    )


def _print_head(what: str, other: str) -> None:
    _print(f"| {what} | clients | {other}, requests/s | Glocal, requests/s | ratio | p99, ms |")
    _print("| --- | --- | --- | --- | --- | --- |")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _target(query: str) -> str:
    return f"/sparql?{urlencode({'query': _PREFIXES + query})}"


@contextmanager
def glocal(release: Path | None, **settings: str) -> Iterator[int]:
    """`glocal serve` with these settings; its port."""
    command = [str(Path(sys.executable).parent / "glocal"), "serve"]
    options = ["--release", str(release)] if release else []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with _running([*command, *options, "--port", str(port)], port, b"", settings):
        yield port


@contextmanager
def bare(body: bytes, status: int) -> Iterator[int]:
    """Starlette that always answers with these bytes, or with 304; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with _running([sys.executable, "-c", _BARE, str(port), str(status)], port, body, {}):
        yield port


@contextmanager
def _running(
    command: Sequence[str], port: int, told: bytes, settings: dict[str, str]
) -> Iterator[None]:
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **settings},
    ) as process:
        try:
            _tell(process, told)
            _wait_for(port)
            yield
        finally:
            process.terminate()


def _tell(process: "subprocess.Popen[bytes]", told: bytes) -> None:
    if process.stdin is not None:
        process.stdin.write(told)
        process.stdin.close()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("The server does not start.")


if __name__ == "__main__":
    main()
