"""Read a request: its URL, its parameters and its body; and notice when its client disconnects."""

import asyncio
import binascii
import re
from asyncio import Task, TimerHandle
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Self, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from pyoxigraph import NamedNode
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import URL
from starlette.responses import Response
from starlette.types import Receive

from kg.errors import MalformedParameter, UnknownName
from service.errors import ContentTooLarge, UnsupportedCoding, UnsupportedMediaType
from service.http.endpoint import endpoint_in

FORM_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
UPDATE_MEDIA_TYPE: Final = "application/sparql-update"
# The status that nginx logs when the client closed the connection; nobody reads it.
CLIENT_CLOSED_REQUEST: Final = 499
# Most answers are ready before this; the client is watched only during the others.
_UNWATCHED_SECONDS: Final = 0.05

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_EQUALS_IN_VALUE: Final = re.compile(rb"=[^&]*=")
Parameters = Sequence[tuple[str, str]]
T = TypeVar("T")


def client_key(request: Request) -> str:
    """Return the address of the client, whose networks the limits apply to."""
    return request.client.host if request.client is not None else ""


def request_iri(request: Request) -> str:
    """Return the URL without its query string, as the client sees it; relative IRIs start from it.

    Raises MalformedParameter if the Host header has a character that no IRI may have.
    """
    scope = request.scope
    host = request.headers.get("host", "").encode("latin-1")
    server = tuple(scope.get("server") or ())
    return _valid(request, _without_query(scope["scheme"], server, host, scope["path"]))


# Composing the URL takes as long as running a small query.
@lru_cache(maxsize=64)
def _without_query(scheme: str, server: tuple[object, ...], host: bytes, path: str) -> str:
    headers = [(b"host", host)] if host else []
    scope = {"scheme": scheme, "server": server or None, "headers": headers, "query_string": b""}
    return str(URL(scope={**scope, "path": path}))


def url_as_sent(request: Request) -> str:
    """Return the URL without its query string; escaped characters stay escaped."""
    path: bytes = request.scope["raw_path"]
    return f"{request.url.scheme}://{request.url.netloc}{path.decode('ascii', 'replace')}"


def base_url(request: Request) -> str:
    """Return the URL of `/` on this service: `public_url` if set, or as the client sees it."""
    public_url = endpoint_in(request.scope).settings.public_url
    return f"{public_url.rstrip('/')}/" if public_url else _valid(request, str(request.base_url))


def _valid(request: Request, url: str) -> str:
    try:
        return NamedNode(url).value
    except ValueError as error:
        reason = f"expected a host name, got '{request.headers.get('host', '')}'"
        raise MalformedParameter("Host", reason) from error


def decode_parameters(encoded: bytes | bytearray, place: str) -> list[tuple[str, str]]:
    """Decode a query string or form; MalformedParameter names its place if it is not UTF-8."""
    try:
        if _is_plain(encoded):
            pairs = (pair.partition(b"=")[::2] for pair in encoded.split(b"&") if pair)
            return [(_unquote(name), _unquote(value)) for name, value in pairs]
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedParameter(place, "is not UTF-8") from error


def _is_plain(encoded: bytes | bytearray) -> bool:
    """Return whether `_unquote` reads these parameters as `parse_qsl` does, which is slow."""
    is_escaped = encoded.isascii() and _BAD_ESCAPE.search(encoded) is None
    return is_escaped and _EQUALS_IN_VALUE.search(encoded) is None


def _unquote(encoded: bytes | bytearray) -> str:
    # In quoted-printable, the escapes begin with `=`, which is nowhere else in these bytes.
    return binascii.a2b_qp(encoded.replace(b"+", b" ").replace(b"%", b"=")).decode("utf-8")


def query_parameters(request: Request) -> list[tuple[str, str]]:
    """Return the decoded query parameters of a request."""
    return list(_decoded(request.scope["query_string"]))


# Several functions read the parameters of the same request.
@lru_cache(maxsize=64)
def _decoded(query_string: bytes) -> Parameters:
    return tuple(decode_parameters(query_string, "the address"))


def all_values(pairs: Parameters, name: str) -> list[str]:
    """Return all values of a parameter, in order."""
    return [value for key, value in pairs if key == name]


def single_value(pairs: Parameters, name: str) -> str | None:
    """Return the value of a parameter, or None; MalformedParameter if it is given repeatedly."""
    values = all_values(pairs, name)
    if len(values) > 1:
        raise MalformedParameter(name, f"is given {len(values)} times; expected once")
    return values[0] if values else None


def chosen_value(pairs: Parameters, name: str, *values: str) -> str:
    """Return the value of a parameter, by default the first; MalformedParameter for any other."""
    value = single_value(pairs, name) or values[0]
    if value not in values:
        raise MalformedParameter(name, f"expected {' or '.join(sorted(values))}, got '{value}'")
    return value


def query_string_with(request: Request, **numbers: int) -> str:
    """Return the query string of a request with these parameters in place of its own."""
    pairs = [pair for pair in query_parameters(request) if pair[0] not in numbers]
    return urlencode([*pairs, *numbers.items()])


def number_value(pairs: Parameters, name: str, default: int, allowed: range) -> int:
    """Return a whole number, or the default; MalformedParameter if it is not in this range."""
    text = single_value(pairs, name) or str(default)
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(allowed[-1]))
    if not (is_number and int(text) in allowed):
        bounds = f"from {allowed[0]} to {allowed[-1]}"
        raise MalformedParameter(name, f"expected a number {bounds}, got '{text}'")
    return int(text)


def find_named(things: Mapping[str, T], name: str, kind: str, *, remedy: str = "") -> T:
    """Return the thing with this name; UnknownName if there is none."""
    if name not in things:
        raise UnknownName(name, list(things), kind=kind, remedy=remedy)
    return things[name]


def parse_iri(parameter: str, value: str) -> NamedNode:
    """Parse the value of a parameter; MalformedParameter if it is not an absolute IRI."""
    try:
        return NamedNode(value)
    except ValueError as error:
        raise MalformedParameter(parameter, f"expected an absolute IRI: {error}") from error


def declared_media_type(request: Request) -> str:
    """Return the media type of the Content-Type header, in lower case and without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def accepted_media_type(request: Request, accepted: Sequence[str]) -> str:
    """Return the media type of the body; UnsupportedMediaType if not accepted or not in UTF-8."""
    media_type, charsets = declared_media_type(request), content_type_parameters(request, "charset")
    if media_type not in accepted or charsets not in ([], ["utf-8"], ["utf8"]):
        raise UnsupportedMediaType(request.headers.get("content-type", ""), accepted)
    return media_type


def content_type_parameters(request: Request, name: str) -> list[str]:
    """Return the values of a parameter of the Content-Type header, in lower case."""
    _, *parameters = request.headers.get("content-type", "").lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return [value.strip().strip('"') for key, _, value in pairs if key.strip() == name]


async def read_body(request: Request, limit: int, *, is_coded: bool = False) -> bytearray:
    """Return the body as it was sent; ContentTooLarge if it is longer than `limit` bytes.

    Only with `is_coded` is a content coding allowed; a few bytes may then decode to many.
    """
    coding = ", ".join(request.headers.getlist("content-encoding")).strip()
    if not is_coded and coding.lower() not in ("", "identity"):
        raise UnsupportedCoding(coding)
    declared_length = request.headers.get("content-length", "")
    if declared_length.isdigit() and int(declared_length) > limit:
        raise ContentTooLarge(limit, "bytes")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise ContentTooLarge(limit, "bytes")
    return body


def decode_utf8(body: bytes | bytearray, place: str) -> str:
    """Decode a body as UTF-8; if it is not, MalformedParameter names its place."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedParameter(place, f"is not UTF-8 at byte {error.start}") from error


async def answer_disconnected(_: Request, __: Exception) -> Response:
    """Return a response that nobody reads: the client left before it had sent its whole body."""
    return Response(status_code=CLIENT_CLOSED_REQUEST)


class CancelOnDisconnect:
    """A context manager that cancels its block when the client disconnects.

    A client that has only finished sending still waits for its answer; the connection tells the two
    apart. Like `asyncio.timeout`, it swallows the cancellation; afterwards `is_disconnected` tells
    of it.
    """

    def __init__(self, receive: Receive) -> None:
        self.is_disconnected = False
        self._receive = receive
        self._timer: TimerHandle | None = None
        self._watcher: Task[None] | None = None

    async def __aenter__(self) -> Self:
        block = asyncio.current_task()
        if block is None:
            raise RuntimeError("expected to run in an asyncio task")
        self._block, self._cancelling = block, block.cancelling()
        self._timer = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, self._watch)
        return self

    async def __aexit__(self, error_type: type[BaseException] | None, *_: object) -> bool:
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
            # Its error refers to this, and both would be left to a collection of garbage.
            self._watcher = None
        # A cancellation that came from elsewhere as well must not be swallowed.
        is_ours = self.is_disconnected and self._block.uncancel() <= self._cancelling
        return is_ours and error_type is asyncio.CancelledError

    def _watch(self) -> None:
        self._watcher = asyncio.create_task(self._cancel_when_gone())

    async def _cancel_when_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_disconnected = True
        self._block.cancel()


def register_path_words(name: str, words: Iterable[str], convert: Callable[[str], str]) -> None:
    """Let `{part:<name>}` in a route match any of the words; other paths are unknown (404)."""

    class WordInPath(Convertor[str]):
        regex = "|".join(words)

        def convert(self, value: str) -> str:
            return convert(value)

    register_url_convertor(name, WordInPath())
