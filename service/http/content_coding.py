"""Compress answers in the content coding that Accept-Encoding prefers (RFC 9110, section 8.4).

The entity tag of a compressed answer names the coding, since other bytes need another tag.
"""

import asyncio
import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import brotli
import zstandard
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A smaller body fits into one packet without compression.
_MIN_BYTES: Final = 1000
# Larger bodies are compressed in a thread.
_LARGE_BYTES: Final = 16_384
_TEXTUAL: Final = ("text/", "json", "xml", "trig", "n-triples", "n-quads", "sparql")
# Added to the window bits, makes zlib write a gzip header.
_GZIP_FLAG: Final = 16
# In the server's order of preference, for clients that have none: best size for the time first.
_CODINGS: Final = ("zstd", "br", "gzip")
_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_QUALITY: Final = re.compile(r";\s*q\s*=\s*(\d+\.?\d*|\.\d+|)")


@lru_cache(maxsize=256)
def choose_coding(accepted: bytes) -> str:
    """Return the content coding that an Accept-Encoding header prefers; empty for none."""
    qualities: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, match = part.partition(";")[0].strip(), _QUALITY.search(part)
        # A malformed quality counts as 0.
        quality = min(float(match[1] or 0), 1.0) if match is not None else 1.0
        qualities["gzip" if name == "x-gzip" else name] = quality
    default = qualities.get("*", 0.0)
    best = max(_CODINGS, key=lambda coding: qualities.get(coding, default))
    quality = qualities.get(best, default)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else ""


class Compressor(NamedTuple):
    """Compresses bytes piece by piece; `flush` returns what is still held back."""

    compress: Callable[[bytes], bytes]
    flush: Callable[[], bytes]


def create_compressor(coding: str) -> Compressor:
    """Create a compressor for this coding."""
    if coding == "br":
        stream = brotli.Compressor(mode=brotli.MODE_TEXT, quality=4)
        return Compressor(stream.process, stream.finish)
    if coding == "zstd":
        stream = zstandard.ZstdCompressor(level=3).compressobj()
    else:
        stream = zlib.compressobj(4, zlib.DEFLATED, _GZIP_FLAG + zlib.MAX_WBITS)
    return Compressor(stream.compress, stream.flush)


def compress(body: bytes, coding: str) -> bytes:
    """Compress a whole body in this coding."""
    compressor = create_compressor(coding)
    return compressor.compress(body) + compressor.flush()


def contains_tag(if_none_match: str, tag: str) -> bool:
    """Return whether the value of an If-None-Match header contains this tag."""
    return if_none_match == tag or tag in _TAG.findall(if_none_match)


def strip_coding(tags: str) -> str:
    """Return the entity tags of the same answers without content coding."""
    for coding in _CODINGS:
        tags = tags.replace(f'-{coding}"', '"')
    return tags


class CompressionMiddleware:
    """Middleware that compresses answers and gives them the entity tags of their coding."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request with the tags of uncoded answers, and compress the answer."""
        headers = dict(scope["headers"])
        coding = choose_coding(headers.get(b"accept-encoding", b""))
        held = headers.get(b"if-none-match", b"") if scope["method"] == "GET" else b""
        if held and coding:
            plain = held.replace(f'-{coding}"'.encode(), b'"')
            others = [pair for pair in scope["headers"] if pair[0] != b"if-none-match"]
            scope = {**scope, "headers": [*others, (b"if-none-match", plain)]}
        await self._app(scope, receive, _CodedAnswer(send, coding, held.decode("latin-1")).send)


class _CodedAnswer:
    """Sends one answer; holds back its head until the first part of the body is known."""

    def __init__(self, send: Send, coding: str, held: str) -> None:
        self._send, self._coding, self._held = send, coding, held
        self._start: Message | None = None
        self._compressor: Compressor | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] == "http.response.body":
            if self._start is not None:
                start, self._start = self._start, None
                message = await self._send_head(start, message)
            if self._compressor is not None:
                more = message.get("more_body", False)
                piece = await asyncio.to_thread(self._compressor.compress, message.get("body", b""))
                message = {**message, "body": piece if more else piece + self._compressor.flush()}
                if more and not piece:
                    return
        await self._send(message)

    async def _send_head(self, start: Message, first: Message) -> Message:
        """Send the head; return the first part of the body, compressed if it is the whole."""
        headers = MutableHeaders(raw=list(start["headers"]))
        body, more = first.get("body", b""), first.get("more_body", False)
        tag = headers.get("etag", "")
        coded_tag = f'{tag[:-1]}-{self._coding}"' if self._coding and tag else tag
        is_compressible = start["status"] == 200 and _is_compressible(headers, body, more=more)
        if is_compressible and "accept-encoding" not in headers.get("vary", "").lower():
            headers.add_vary_header("Accept-Encoding")
        if is_compressible and self._coding:
            headers["content-encoding"] = self._coding
            if coded_tag:
                headers["etag"] = coded_tag
            if more:
                del headers["content-length"]
                self._compressor = create_compressor(self._coding)
            else:
                if len(body) < _LARGE_BYTES:
                    body = compress(body, self._coding)
                else:
                    body = await asyncio.to_thread(compress, body, self._coding)
                first, headers["content-length"] = {**first, "body": body}, str(len(body))
        elif start["status"] == 304 and self._held and contains_tag(self._held, coded_tag):
            # The tag of the coding in which the client holds the answer.
            headers["etag"] = coded_tag
        await self._send({**start, "headers": headers.raw})
        return first


def _is_compressible(headers: MutableHeaders, body: bytes, *, more: bool) -> bool:
    media_type = headers.get("content-type", "").partition(";")[0]
    is_text = any(part in media_type for part in _TEXTUAL)
    return (more or len(body) >= _MIN_BYTES) and is_text and "content-encoding" not in headers
