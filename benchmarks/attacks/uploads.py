"""B5 and upload bombs: what a client with the token can do to the memory of a scratch store."""

import asyncio
import gzip
import itertools
import time
from collections.abc import Mapping
from typing import Final

from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import Tally, Target, http_request
from benchmarks.attacks.verdict import Targets

_ADDRESS: Final = "127.0.0.24"
_CYCLES: Final = 10
_QUADS: Final = 60_000
_MADE: Final = frozenset({200, 201, 204})
_AT_ONCE: Final = 2
_DEPTH: Final = 200_000
_ENTITIES: Final = 30
# Just below the limit of 64 MiB.
_MANY_BYTES: Final = 60_000_000
_TOO_MANY_BYTES: Final = 200_000_000


def write_graphs(
    target: Target, method: str, body: bytes, headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a request that writes all graphs of the store."""
    authorization = {"Authorization": f"Bearer {target.token}"}
    return http_request(method, "/graphs", body, {**authorization, **(headers or {})})


async def load_and_remove(target: Target) -> Tally:
    """Load 60,000 quads and remove them again, up to ten times; each must succeed."""
    tally, start, cycles = Tally(), time.monotonic(), 0
    quads = "".join(
        f'<http://e.example/{n}> <http://e.example/p{n % 9}> "value {n}" <http://e.example/g> .\n'
        for n in range(_QUADS)
    ).encode()
    n_quads = {"Content-Type": "application/n-quads"}
    # On a slow machine, fewer cycles.
    while cycles < _CYCLES and time.monotonic() - start < target.seconds:
        cycles += 1
        numbered = quads.replace(b"value", b"value of cycle %d" % cycles)
        put = await tally.send(target, write_graphs(target, "PUT", numbered, n_quads), _ADDRESS)
        delete = await tally.send(target, write_graphs(target, "DELETE", b""), _ADDRESS)
        for answer in (put, delete):
            if answer.status not in _MADE:
                tally.failures.add(f"a change of an honest size got {answer.kind}")
    tally.held = f"{cycles} cycles of {_QUADS:,} quads in {time.monotonic() - start:.0f} s"
    return tally


async def send_bombs(target: Target) -> Tally:
    """Send uploads that expand, nest or repeat, two at a time; none may be accepted."""
    tally, end = Tally(), time.monotonic() + target.seconds
    bombs = itertools.cycle(list(_bombs(target).items()))

    async def send_until_end() -> None:
        while time.monotonic() < end:
            name, request = next(bombs)
            answer = await tally.send(target, request, _ADDRESS)
            if answer.status in _MADE:
                tally.failures.add(f"{name} was accepted")

    await asyncio.gather(*(send_until_end() for _ in range(_AT_ONCE)))
    return tally


def _bombs(target: Target) -> dict[str, bytes]:
    def upload(media_type: str, body: bytes, **headers: str) -> bytes:
        return write_graphs(target, "POST", body, {"Content-Type": media_type, **headers})

    gzipped = {"Content-Encoding": "gzip"}
    entities = "".join(f'<!ENTITY e{n + 1} "&e{n};&e{n};&e{n};&e{n};">' for n in range(_ENTITIES))
    xml = (
        f'<!DOCTYPE r [<!ENTITY e0 "boom">{entities}]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description>'
        f"<p xmlns='http://e.example/'>&e{_ENTITIES};</p></rdf:Description></rdf:RDF>"
    )
    part = (
        b'--x\r\nContent-Disposition: form-data; name="f"\r\nContent-Type: text/turtle\r\n\r\n\r\n'
    )
    line = b"<http://e.example/s> <http://e.example/p> <http://e.example/%d> .\n"
    return {
        "200 MB in a few kB": upload(
            "text/turtle", gzip.compress(b" " * _TOO_MANY_BYTES, 1), **gzipped
        ),
        "a truncated archive": upload(
            "text/turtle", gzip.compress(b"<a:a> " * 1000)[:40], **gzipped
        ),
        "entities that expand to entities": upload("application/rdf+xml", xml.encode()),
        "nested blank nodes": upload(
            "text/turtle",
            b"<http://e.example/s> <http://e.example/p> " + b"[ <http://e.example/p> " * _DEPTH,
        ),
        "nested JSON": upload("application/ld+json", b'{"@graph":[' * _DEPTH),
        "a remote context": upload(
            "application/ld+json", b'{"@context":"http://127.0.0.1:1/c","a":"b"}'
        ),
        "1,100 parts": upload("multipart/form-data; boundary=x", part * 1100 + b"--x--\r\n"),
        "60 MB that end in an error": upload(
            "application/n-triples", line % 1 * (_MANY_BYTES // len(line % 1)) + b"error"
        ),
    }


ATTACKS: Final = (
    Attack(
        "b5-scratch-memory",
        "10 cycles of loading 60,000 quads and removing them",
        load_and_remove,
        targets=Targets(growth_mebibytes=100),
        is_scratch=True,
        share_of_seconds=3.0,
    ),
    Attack(
        "upload-bombs",
        "uploads that expand, nest or repeat, from a client that has the token",
        send_bombs,
        targets=Targets(statuses=frozenset({"504"})),
        is_scratch=True,
    ),
)
