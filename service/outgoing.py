"""An answer on its way out: put into a content coding, and kept where it may be."""

import asyncio
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from service.cache import Cache, Head
from service.conditional import holds
from service.encodings import LEAST_BYTES, Compressor, compress, compressor

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
