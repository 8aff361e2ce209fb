"""Answer from memory where possible, before FastAPI is involved; compress and keep new answers.

Answers that have an entity tag are kept: the tag states that only the request decides the answer.
The content coding is chosen by Accept-Encoding (RFC 9110, section 8.4).
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

from service.http.cache import AnswerCache, CachedHead
from service.http.conditional import contains_tag
from service.http.endpoint import endpoint_in
from service.http.observation import note_for_log

# The path at which a POST only reads, so that its answer may be kept.
_SPARQL_PATH: Final = "/sparql"
# Longer queries are not looked up in the cache.
_MAX_QUERY_BYTES: Final = 65_536
# The headers that decide an answer, in addition to the URL and the content coding.
_KEY_HEADERS: Final = (b"host", b"accept", b"accept-language", b"content-type")
# The same headers, as far as an answer may name them in Vary.
_CACHEABLE_VARY: Final = frozenset({"accept", "accept-encoding", "accept-language"})
# A request with one of these is not answered from memory.
_BYPASSING_HEADERS: Final = frozenset({b"authorization", b"range"})
# Headers of a 304 (RFC 9110, section 15.4.5); the client has the others already.
_NOT_MODIFIED_HEADERS: Final = frozenset(
    {b"etag", b"vary", b"cache-control", b"content-location", b"access-control-allow-origin"}
)
# A smaller body fits into one packet without compression.
_MIN_BYTES: Final = 1000
# Larger bodies are compressed in a thread.
_LARGE_BYTES: Final = 16_384
_TEXTUAL: Final = ("text/", "json", "xml", "trig", "n-triples", "n-quads", "sparql")
# Added to the window bits, makes zlib write a gzip header.
_GZIP_FLAG: Final = 16


class CacheMiddleware:
    """Middleware that answers repeated requests from memory and compresses new answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and keep the answer."""
        cache = endpoint_in(scope).cache
        headers = dict(scope["headers"])
        coding = choose_coding(headers.get(b"accept-encoding", b""))
        key = None
        # Keys do not cover repeated headers, which are rare.
        is_plain = len(headers) == len(scope["headers"]) and not headers.keys() & _BYPASSING_HEADERS
        if cache.is_on and is_plain:
            if scope["method"] == "GET":
                key = _key(scope, headers, coding)
            elif scope["method"] == "POST" and _is_short_query(scope, headers):
                body, receive = await _read_body(receive)
                key = _key(scope, headers, coding, body)
        if_none_match = headers.get(b"if-none-match") if scope["method"] == "GET" else None
        if key is not None and await _answer_from(cache, scope, key, if_none_match, send):
            return
        answer = _AnswerSender(send, coding, cache, key, if_none_match)
        await self._app(_without_coding(scope, coding, if_none_match), receive, answer.send)


async def _answer_from(
    cache: AnswerCache, scope: Scope, key: bytes, if_none_match: bytes | None, send: Send
) -> bool:
    """Answer from the cache, and return whether that was possible."""
    head = cache.head(key)
    if head is None:
        return False
    counts = cache.counts
    if if_none_match is not None and _is_held(if_none_match, head.tag):
        counts.not_modified += 1
        status, headers, body = 304, head.not_modified, b""
    elif (kept := cache.body(head.tag)) is not None:
        counts.hits += 1
        status, headers, body = 200, head.headers, kept
    else:
        return False
    note_for_log(scope, cache="hit")
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
    return True


def _is_held(if_none_match: bytes, tag: bytes) -> bool:
    return if_none_match in (tag, b"*") or contains_tag(
        if_none_match.decode("latin-1"), tag.decode("latin-1")
    )


def _key(scope: Scope, headers: dict[bytes, bytes], coding: str, body: bytes = b"") -> bytes:
    parts = [
        scope["method"].encode(),
        scope["scheme"].encode(),
        scope.get("root_path", "").encode(),
        scope["raw_path"],
        scope["query_string"],
        coding.encode(),
        *(headers.get(name, b"") for name in _KEY_HEADERS),
        body,
    ]
    return hashlib.blake2b(b"\0".join(parts), digest_size=20).digest()


def _is_short_query(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    length = headers.get(b"content-length", b"")
    is_short = length.isdigit() and len(length) < 10 and int(length) <= _MAX_QUERY_BYTES
    return is_short and scope["path"] == _SPARQL_PATH and b"content-encoding" not in headers


async def _read_body(receive: Receive) -> tuple[bytes, Receive]:
    """Return the body, and a `receive` that replays it."""
    messages: list[Message] = []
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
    replayed = iter(messages)

    async def receive_again() -> Message:
        return next(replayed, None) or await receive()

    return b"".join(message.get("body", b"") for message in messages), receive_again


def _without_coding(scope: Scope, coding: str, if_none_match: bytes | None) -> Scope:
    """Return the request with the tags in If-None-Match replaced by those of uncoded answers."""
    if if_none_match is None or not coding:
        return scope
    plain = if_none_match.replace(f'-{coding}"'.encode(), b'"')
    others = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
    return {**scope, "headers": [*others, (b"if-none-match", plain)]}


class _AnswerSender:
    """Sends one answer; holds back its head until the first part of the body is known."""

    def __init__(
        self, send: Send, coding: str, cache: AnswerCache, key: bytes | None, held: bytes | None
    ) -> None:
        self._send, self._coding, self._cache = send, coding, cache
        self._key, self._held = key, held
        self._start: Message | None = None
        self._compressor: Compressor | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._start is not None:
            start, self._start = self._start, None
            await self._send_head(start, message)
        else:
            await self._send_part(message)

    async def _send_head(self, start: Message, first: Message) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        body, more = first.get("body", b""), first.get("more_body", False)
        is_compressible = start["status"] == 200 and _is_compressible(headers, body, more=more)
        if start["status"] == 304:
            self._restore_tag(headers)
        if is_compressible and "accept-encoding" not in headers.get("vary", "").lower():
            headers.add_vary_header("Accept-Encoding")
        if is_compressible and self._coding:
            headers["content-encoding"] = self._coding
            if "etag" in headers:
                headers["etag"] = _coded_tag(headers["etag"], self._coding)
            if more:
                del headers["content-length"]
                self._compressor = create_compressor(self._coding)
            else:
                body = await _compress_body(body, self._coding)
                headers["content-length"] = str(len(body))
        if start["status"] == 200 and not more:
            self._keep(headers, body)
        await self._send({**start, "headers": headers.raw})
        await self._send_part({**first, "body": body})

    async def _send_part(self, message: Message) -> None:
        if self._compressor is None:
            await self._send(message)
            return
        piece = await asyncio.to_thread(self._compressor.compress, message.get("body", b""))
        more = message.get("more_body", False)
        if not more:
            piece += self._compressor.flush()
        if piece or not more:
            await self._send({**message, "body": piece})

    def _restore_tag(self, headers: MutableHeaders) -> None:
        """Give a 304 the tag of the coding in which the client holds the answer."""
        coded_tag = _coded_tag(headers.get("etag", ""), self._coding)
        if self._held is not None and contains_tag(self._held.decode("latin-1"), coded_tag):
            headers["etag"] = coded_tag

    def _keep(self, headers: MutableHeaders, body: bytes) -> None:
        tag, vary = headers.get("etag", ""), headers.get("vary", "").lower().split(",")
        is_storable = "no-store" not in headers.get("cache-control", "")
        varies = {name.strip() for name in vary if name.strip()}
        # An answer to HEAD may have the length of a body, but no body.
        is_whole = headers.get("content-length", str(len(body))) == str(len(body))
        may_be_kept = tag.startswith('"') and is_storable and varies <= _CACHEABLE_VARY and is_whole
        if self._key is None or not may_be_kept:
            return
        self._cache.counts.misses += 1
        if self._cache.keep_body(tag.encode("latin-1"), body):
            not_modified = [pair for pair in headers.raw if pair[0] in _NOT_MODIFIED_HEADERS]
            head = CachedHead(tag.encode("latin-1"), headers.raw, not_modified)
            self._cache.keep_head(self._key, head)


def _is_compressible(headers: MutableHeaders, body: bytes, *, more: bool) -> bool:
    media_type = headers.get("content-type", "").partition(";")[0]
    is_text = any(part in media_type for part in _TEXTUAL)
    return (more or len(body) >= _MIN_BYTES) and is_text and "content-encoding" not in headers


async def _compress_body(body: bytes, coding: str) -> bytes:
    if len(body) < _LARGE_BYTES:
        return compress(body, coding)
    return await asyncio.to_thread(compress, body, coding)


def _coded_tag(tag: str, coding: str) -> str:
    """Return the entity tag of an answer in this coding: other bytes need another tag."""
    return f'{tag[:-1]}-{coding}"' if coding and tag.endswith('"') else tag


class Compressor(Protocol):
    """Compresses bytes piece by piece; `flush` returns what is still held back."""

    def compress(self, piece: bytes, /) -> bytes: ...  # noqa: D102
    def flush(self) -> bytes: ...  # noqa: D102


class _Brotli:
    def __init__(self) -> None:
        self._compressor = brotli.Compressor(mode=brotli.MODE_TEXT, quality=4)

    def compress(self, piece: bytes, /) -> bytes:
        return bytes(self._compressor.process(piece))

    def flush(self) -> bytes:
        return bytes(self._compressor.finish())


# In the server's order of preference, for clients that have none: best size for the time first.
_CODINGS: Final[dict[str, Callable[[], Compressor]]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=3).compressobj(),
    "br": _Brotli,
    "gzip": partial(zlib.compressobj, 4, zlib.DEFLATED, _GZIP_FLAG + zlib.MAX_WBITS),
}


@lru_cache(maxsize=256)
def choose_coding(accepted: bytes) -> str:
    """Return the content coding that an Accept-Encoding header prefers; empty for none."""
    qualities: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        qualities[{"x-gzip": "gzip"}.get(name, name)] = _quality(parameters)
    default = qualities.get("*", 0.0)
    best = max(_CODINGS, key=lambda coding: qualities.get(coding, default))
    quality = qualities.get(best, default)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else ""


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def compress(body: bytes, coding: str) -> bytes:
    """Compress a whole body in this coding."""
    encoder = create_compressor(coding)
    return encoder.compress(body) + encoder.flush()


def create_compressor(coding: str) -> Compressor:
    """Create a compressor for this coding."""
    return _CODINGS[coding]()


def strip_coding(tags: str) -> str:
    """Return the entity tags of the same answers without content coding."""
    for coding in _CODINGS:
        tags = tags.replace(f'-{coding}"', '"')
    return tags
