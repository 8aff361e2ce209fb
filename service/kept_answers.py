"""Answers from memory, and in a content coding, before a request meets anything else.

What is kept is what the rest of the service answered with an entity tag: by that it said that
nothing but the request decides the answer.
"""

import hashlib
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.cache import Cache
from service.conditional import QUERIED_BY_POST, holds
from service.encodings import best_coding
from service.endpoint import endpoint_of
from service.outgoing import Outgoing

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
