"""Accept-Encoding -> content coding, and bodies in it (RFC 9110, section 8.4).

An answer on its way out: put into a content coding, and kept where it may be.

Answers from memory, and in a content coding, before a request meets anything else.

What is kept is what the rest of the service answered with an entity tag: by that it said that
nothing but the request decides the answer.
"""

import asyncio
import hashlib
import zlib
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, Protocol

import brotli
import zstandard
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.cache import Cache, Head
from service.http.conditional import QUERIED_BY_POST, holds
from service.http.endpoint import endpoint_of

# Below this a body fits into one packet as it is.
LEAST_BYTES: Final = 1000
_GZIP_HEADER: Final = 16


class Compressor(Protocol):
    """Bytes in, fewer bytes out; some come only at the end."""

    def compress(self, piece: bytes, /) -> bytes: ...  # noqa: D102
    def flush(self) -> bytes: ...  # noqa: D102


class _Brotli:
    def __init__(self) -> None:
        self._compressor = brotli.Compressor(mode=brotli.MODE_TEXT, quality=4)

    def compress(self, piece: bytes, /) -> bytes:
        return bytes(self._compressor.process(piece))

    def flush(self) -> bytes:
        return bytes(self._compressor.finish())


def _zstandard() -> Compressor:
    return zstandard.ZstdCompressor(level=3).compressobj()


# The server's preference, where the client is indifferent: what costs least for its size.
_CODINGS: Final[dict[str, Callable[[], Compressor]]] = {
    "zstd": _zstandard,
    "br": _Brotli,
    "gzip": partial(zlib.compressobj, 4, zlib.DEFLATED, _GZIP_HEADER + zlib.MAX_WBITS),
}


@lru_cache(maxsize=256)
def best_coding(accepted: bytes) -> str:
    """The content coding that an Accept-Encoding header likes best; empty for none."""
    wanted: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        wanted[{"x-gzip": "gzip"}.get(name, name)] = _quality(parameters)
    others = wanted.get("*", 0.0)
    best = max(_CODINGS, key=lambda coding: wanted.get(coding, others))
    quality = wanted.get(best, others)
    return best if quality > 0 and quality >= wanted.get("identity", 0.0) else ""


def compressor(coding: str) -> Compressor:
    """A new compressor of this coding."""
    return _CODINGS[coding]()


def compress(body: bytes, coding: str) -> bytes:
    """A whole body in this coding."""
    one = compressor(coding)
    return one.compress(body) + one.flush()


def uncoded(tags: str) -> str:
    """These entity tags, each as it is of the same answer in no content coding."""
    for coding in _CODINGS:
        tags = tags.replace(f'-{coding}"', '"')
    return tags


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


# Larger bodies are compressed in a thread.
_LARGE_BYTES: Final = 16_384
# What the key of a request covers.
_VARYING: Final = frozenset({"accept", "accept-encoding", "accept-language"})
# What a 304 says (RFC 9110, section 15.4.5); the rest the client holds already.
_NOT_MODIFIED: Final = frozenset(
    {
        b"etag",
        b"vary",
        b"cache-control",
        b"content-location",
        b"access-control-allow-origin",
    }
)
_TEXTUAL: Final = ("text/", "json", "xml", "trig", "n-triples", "n-quads", "sparql")


class Outgoing:
    """One answer; its start waits until it is known what follows."""

    def __init__(
        self, send: Send, coding: str, cache: Cache, key: bytes | None, held: bytes | None
    ) -> None:
        self._send, self._coding, self._cache = send, coding, cache
        self._key, self._held = key, held
        self._start: Message | None = None
        self._compressor: Compressor | None = None

    async def send(self, message: Message) -> None:
        """Send a message, the first only once it is known what follows it."""
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._start is not None:
            start, self._start = self._start, None
            await self._begin(start, message)
        else:
            await self._go_on(message)

    async def _begin(self, start: Message, first: Message) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        body, more = first.get("body", b""), first.get("more_body", False)
        is_worth_it = start["status"] == 200 and _is_worth_it(headers, body, more=more)
        if start["status"] == 304:
            self._name_what_is_held(headers)
        if is_worth_it and "accept-encoding" not in headers.get("vary", "").lower():
            headers.add_vary_header("Accept-Encoding")
        if is_worth_it and self._coding:
            _announce(headers, self._coding)
            if more:
                del headers["content-length"]
                self._compressor = compressor(self._coding)
            else:
                body = await _compressed(body, self._coding)
                headers["content-length"] = str(len(body))
        if start["status"] == 200 and not more:
            self._keep(headers, body)
        await self._send({**start, "headers": headers.raw})
        await self._go_on({**first, "body": body})

    async def _go_on(self, message: Message) -> None:
        if self._compressor is None:
            await self._send(message)
            return
        piece = await asyncio.to_thread(self._compressor.compress, message.get("body", b""))
        more = message.get("more_body", False)
        if not more:
            piece += self._compressor.flush()
        if piece or not more:
            await self._send({**message, "body": piece})

    def _name_what_is_held(self, headers: MutableHeaders) -> None:
        """Let a 304 bear the tag of the coding in which the client holds the answer."""
        coded = _coded(headers.get("etag", ""), self._coding)
        if self._held is not None and holds(self._held.decode("latin-1"), coded):
            headers["etag"] = coded

    def _keep(self, headers: MutableHeaders, body: bytes) -> None:
        tag, vary = headers.get("etag", ""), headers.get("vary", "").lower().split(",")
        is_free = "no-store" not in headers.get("cache-control", "")
        varies = {name.strip() for name in vary if name.strip()}
        # What answers HEAD alone says how long a body would be, and has none.
        is_whole = headers.get("content-length", str(len(body))) == str(len(body))
        may_be_kept = tag.startswith('"') and is_free and varies <= _VARYING and is_whole
        if self._key is None or not may_be_kept:
            return
        self._cache.counts.misses += 1
        if self._cache.keep_body(tag.encode("latin-1"), body):
            brief = [pair for pair in headers.raw if pair[0] in _NOT_MODIFIED]
            self._cache.keep_head(self._key, Head(tag.encode("latin-1"), headers.raw, brief))


def _is_worth_it(headers: MutableHeaders, body: bytes, *, more: bool) -> bool:
    """Whether an answer gets much shorter in some coding."""
    kind = headers.get("content-type", "").partition(";")[0]
    is_long = more or len(body) >= LEAST_BYTES
    is_text = any(part in kind for part in _TEXTUAL)
    return is_long and is_text and "content-encoding" not in headers


def _announce(headers: MutableHeaders, coding: str) -> None:
    headers["content-encoding"] = coding
    if "etag" in headers:
        headers["etag"] = _coded(headers["etag"], coding)


def _coded(tag: str, coding: str) -> str:
    """The tag of the same answer in a coding: other bytes, so another tag."""
    return f'{tag[:-1]}-{coding}"' if coding and tag.endswith('"') else tag


async def _compressed(body: bytes, coding: str) -> bytes:
    if len(body) < _LARGE_BYTES:
        return compress(body, coding)
    return await asyncio.to_thread(compress, body, coding)


# A query that is longer is asked as if it were new.
_MOST_BODY_BYTES: Final = 65_536
# What decides an answer beside the address and the coding.
_DECIDING: Final = (b"host", b"accept", b"accept-language", b"content-type")
_BEYOND: Final = frozenset({b"authorization", b"range"})


class KeptAnswers:
    """Answers again what was answered before, and compresses what is answered anew."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and keep the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cache = endpoint_of(scope).cache
        headers = dict(scope["headers"])
        coding = best_coding(headers.get(b"accept-encoding", b""))
        key = None
        # A header that is given twice is beyond a key, and rare; and a part is not the whole.
        is_plain = len(headers) == len(scope["headers"]) and not headers.keys() & _BEYOND
        if cache.is_on and is_plain:
            if scope["method"] == "GET":
                key = _key(scope, headers, coding)
            elif scope["method"] == "POST" and _is_short_query(scope, headers):
                body, receive = await _body_of(receive)
                key = _key(scope, headers, coding, body)
        held = headers.get(b"if-none-match") if scope["method"] == "GET" else None
        if key is not None and await _answered(cache, scope, key, held, send):
            return
        answer = Outgoing(send, coding, cache, key, held)
        await self._app(_as_if_uncoded(scope, coding, held), receive, answer.send)


async def _answered(cache: Cache, scope: Scope, key: bytes, held: bytes | None, send: Send) -> bool:
    """Answer by what is kept; whether there is something."""
    head = cache.head(key)
    if head is None:
        return False
    counts = cache.counts
    if held is not None and _is_held(held, head.tag):
        counts.not_modified += 1
        status, headers, body = 304, head.not_modified, b""
    elif (kept := cache.body(head.tag)) is not None:
        counts.hits += 1
        status, headers, body = 200, head.headers, kept
    else:
        return False
    scope.get("glocal", {})["cache"] = "hit"
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
    return True


def _key(scope: Scope, headers: dict[bytes, bytes], coding: str, body: bytes = b"") -> bytes:
    """What decides an answer, as a digest: the address, the headers that count, the body."""
    parts = [
        scope["method"].encode(),
        scope["scheme"].encode(),
        scope.get("root_path", "").encode(),
        scope["raw_path"],
        scope["query_string"],
        coding.encode(),
        *(headers.get(name, b"") for name in _DECIDING),
        body,
    ]
    return hashlib.blake2b(b"\0".join(parts), digest_size=20).digest()


def _is_short_query(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    length = headers.get(b"content-length", b"")
    is_short = length.isdigit() and len(length) < 10 and int(length) <= _MOST_BODY_BYTES
    return is_short and scope["path"] == QUERIED_BY_POST and b"content-encoding" not in headers


async def _body_of(receive: Receive) -> tuple[bytes, Receive]:
    """The body, and what receives it again."""
    messages: list[Message] = []
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
    waiting = iter(messages)

    async def receive_again() -> Message:
        return next(waiting, None) or await receive()

    return b"".join(message.get("body", b"") for message in messages), receive_again


def _as_if_uncoded(scope: Scope, coding: str, held: bytes | None) -> Scope:
    """The request, where the tags of answers in this coding stand for those without."""
    if held is None or not coding:
        return scope
    plain = held.replace(f'-{coding}"'.encode(), b'"')
    others = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
    return {**scope, "headers": [*others, (b"if-none-match", plain)]}


def _is_held(held: bytes, tag: bytes) -> bool:
    return held in (tag, b"*") or holds(held.decode("latin-1"), tag.decode("latin-1"))
