"""Requests on all routes of /openapi.json with hostile values, some of them damaged as bytes."""

import asyncio
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import Tally, Target, exchange, http_request
from benchmarks.attacks.verdict import Targets

_ADDRESSES: Final = tuple(f"127.0.0.{number}" for number in range(50, 58))
_DAMAGED_SHARE: Final = 0.25
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "X")
_VALUES: Final = (
    *("", "0", "-1", "1e999", "true", "null", "../../etc/passwd", "..%2f..%2f", "%00", "\x00"),
    *(
        "a" * 3000,
        "<script>alert(1)</script>",
        "'\"",
        "${7*7}",
        "{{7*7}}",
        "%s%n",
        "é" * 50,
        "\ud7ff",
    ),
    *("id:London", "glocal:City", "London", "C40", "https://w3id.org/glocal/id/London", "Q84"),
    *("http://[::1", "javascript:alert(1)", "file:///etc/passwd", "urn:x", "<a> <b> <c>", '"x"@en'),
    *("ASK {}", "SELECT * { ?s ?p ?o } LIMIT 1", "SELECT * {", "DROP ALL", "SELECT (1/0 AS ?x) {}"),
    *(
        "turtle",
        "json",
        "xml",
        "csv",
        "html",
        "paper",
        "facts",
        "de",
        "zh",
        "999999999999999999999",
    ),
    *("[]", "{}", '{"q0":{"query":"x"}}', '{"q":1}', '{"ids":["C40"],"properties":[{"id":"x"}]}'),
)
_HEADERS: Final = {
    "Accept": (*("*/*", "text/html", "application/ld+json", "text/turtle;q=0.1", "a/b;q=2", "*"),
               *('application/ld+json;profile="x y"', "," * 500, "text/csv;version=9")),
    "Accept-Encoding": ("gzip", "br", "zstd", "identity;q=0", "*;q=0", "x" * 1000),
    "Accept-Language": ("zh", "de;q=1,en;q=0", "*", "-", "en-" + "x" * 500),
    "Range": ("bytes=0-", "bytes=5-1", "bytes=-1", "bytes=0-0,2-3", "bytes=99999999999-", "x"),
    "If-None-Match": ("*", '"x"', 'W/"x"', "x", '"' * 900),
    "If-Range": ('"x"', "Fri, 13 Feb 2099 00:00:00 GMT"),
    "Content-Type": ("text/turtle", "application/json", "x", "multipart/form-data; boundary=", ""),
    "Content-Encoding": ("gzip", "deflate", "br, gzip"),
    "Expect": ("100-continue", "x"),
    "Host": ("127.0.0.1", "site.example", "a b", "[::1]:1", "x:99999", "ü"),
    "Authorization": ("Bearer x", "Basic eA==", "Bearer"),
    "Cookie": ("a=b; " * 500,),
    "X-Forwarded-For": ("1.2.3.4", "::1", "x, y", "1.2.3.4, " * 100),
    "X-Http-Method-Override": ("DELETE",),
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """A method and path of the service, its parameters by place, and its media types."""

    method: str
    path: str
    parameters: tuple[tuple[str, str], ...]
    media_types: tuple[str, ...]


def operations_of(description: Mapping[str, Any]) -> list[Operation]:
    """Return the operations of an OpenAPI description."""
    return [
        Operation(
            method.upper(),
            path,
            tuple((one["in"], one["name"]) for one in operation.get("parameters", ())),
            tuple(operation.get("requestBody", {}).get("content", ())),
        )
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    ]


def hostile_request(generator: random.Random, operation: Operation) -> bytes:
    """Return a request for this operation, with some hostile values."""
    query, path = [], operation.path
    for place, name in operation.parameters:
        value = generator.choice(_VALUES)
        if place == "path":
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        elif place == "query" and generator.random() < 0.6:
            query += [(name, value)] * (2 if generator.random() < 0.1 else 1)
    if generator.random() < 0.1:
        path += generator.choice(("/", "//", "/..", "%2e%2e", ";x", "%zz", "/" + "a/" * 200))
    headers = {
        name: generator.choice(values)
        for name, values in _HEADERS.items()
        if generator.random() < 0.15
    }
    body = b""
    if operation.media_types and generator.random() < 0.9:
        media_type = generator.choice(operation.media_types)
        headers.setdefault("Content-Type", media_type)
        body = _hostile_body(generator, media_type)
    method = operation.method if generator.random() < 0.9 else generator.choice(_METHODS)
    address = f"{path}?{urlencode(query, errors='replace')}" if query else path
    encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    return http_request(method, address, body, encoded)


def _hostile_body(generator: random.Random, media_type: str) -> bytes:
    names = ("query", "update", "queries", "extend", "default-graph-uri", "format", "x")
    if media_type.endswith("form-urlencoded"):
        pairs = [(generator.choice(names), generator.choice(_VALUES)) for _ in range(3)]
        return urlencode(pairs, errors="replace").encode()
    if generator.random() < 0.2:
        return generator.randbytes(generator.randint(0, 2000))
    return "\n".join(generator.choices(_VALUES, k=3)).encode("utf-8", "replace")


def damage(generator: random.Random, request: bytes) -> bytes:
    """Delete, repeat, insert or change a few bytes of a request."""
    damaged = bytearray(request)
    for _ in range(generator.randint(1, 4)):
        at = generator.randrange(len(damaged))
        until = at + generator.randint(1, 8)
        match generator.randrange(4):
            case 0:
                del damaged[at:until]
            case 1:
                damaged[at:at] = damaged[at:until]
            case 2:
                damaged[at:at] = generator.randbytes(until - at)
            case _:
                damaged[at : at + 1] = bytes([generator.randrange(256)])
        damaged = damaged or bytearray(b"\r\n")
    return bytes(damaged)


async def send_hostile(target: Target) -> Tally:
    """Send hostile requests from eight clients until the time is over; a seed decides them."""
    tally, end = Tally(), time.monotonic() + target.seconds
    described = await exchange(target.port, http_request("GET", "/openapi.json"), _ADDRESSES[0])
    operations = operations_of(json.loads(described.received.partition(b"\r\n\r\n")[2]))

    async def send_until_end(number: int) -> None:
        generator = random.Random(f"{target.seed} {number}")  # noqa: S311
        while time.monotonic() < end:
            request = hostile_request(generator, generator.choice(operations))
            is_damaged = generator.random() < _DAMAGED_SHARE
            if is_damaged:
                request = damage(generator, request)
            # A server may wait for the rest of a damaged request.
            half_closes_after = 0.2 if is_damaged else None
            answer = await tally.send(
                target, request, _ADDRESSES[number], half_closes_after=half_closes_after
            )
            if answer.kind.startswith("5") and answer.kind not in ("503", "504"):
                tally.failures.add(f"{answer.kind} for {request[:200]!r}")

    await asyncio.gather(*(send_until_end(number) for number in range(len(_ADDRESSES))))
    return tally


ATTACKS: Final = (
    Attack(
        "fuzz",
        "hostile and damaged requests on all routes, 8 at a time",
        send_hostile,
        Targets(statuses=frozenset({"504"})),
        share_of_seconds=1.5,
    ),
)
