"""What stands in a request's address.

A request's body: its media type, its bytes up to a limit, its text.

Whether the client still waits for its answer.

A part of a path that is one of a few words.
"""

import asyncio
from asyncio import Task, TimerHandle
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl

from fastapi import Request
from pyoxigraph import NamedNode
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response
from starlette.types import Receive

from kg.errors import MalformedParameter
from service.errors import ContentTooLarge, UnsupportedCoding, UnsupportedMediaType
from service.http.endpoint import endpoint_of

Pairs = Sequence[tuple[str, str]]


def iri_of(request: Request) -> str:
    """The address without its parameters, as the client sees it: what relative IRIs start from.

    Raises:
        MalformedParameter: the Host header has what no IRI may have.
    """
    return _checked(request, str(request.url.replace(query="", fragment="")))


def base_of(request: Request) -> str:
    """The address of `/` here, as the client sees it, or as the setting `public_url` says.

    Raises:
        MalformedParameter: the Host header has what no IRI may have.
    """
    said = endpoint_of(request.scope).settings.public_url
    return f"{said.rstrip('/')}/" if said else _checked(request, str(request.base_url))


def _checked(request: Request, address: str) -> str:
    try:
        return NamedNode(address).value
    except ValueError as error:
        reason = f"'{request.headers.get('host', '')}' is no name of a host"
        raise MalformedParameter("Host", reason) from error


def pairs_of(encoded: bytes, place: str) -> list[tuple[str, str]]:
    """The parameters of a query string or form, decoded.

    Raises:
        MalformedParameter: the bytes are not UTF-8.
    """
    try:
        text = encoded.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedParameter(place, "is not UTF-8") from error


def in_address(request: Request) -> list[tuple[str, str]]:
    """The parameters in the address.

    Raises:
        MalformedParameter: the bytes are not UTF-8.
    """
    return list(_in_address(request.scope["query_string"]))


# Several ask for the parameters of one request.
@lru_cache(maxsize=64)
def _in_address(query_string: bytes) -> Pairs:
    return tuple(pairs_of(query_string, "the address"))


def every(pairs: Pairs, name: str) -> list[str]:
    """The values of a parameter, in order."""
    return [value for key, value in pairs if key == name]


def single(pairs: Pairs, name: str) -> str | None:
    """The value of a parameter that may stand once.

    Raises:
        MalformedParameter: it is given more than once.
    """
    values = every(pairs, name)
    if len(values) > 1:
        raise MalformedParameter(name, f"is given {len(values)} times; right would be once")
    return values[0] if values else None


FORM: Final = "application/x-www-form-urlencoded"
UPDATE: Final = "application/sparql-update"


def named_type(request: Request) -> str:
    """The media type that the request names, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def media_type_of(request: Request, accepted: Sequence[str]) -> str:
    """The media type of the body.

    Raises:
        UnsupportedMediaType: none that is accepted, or in another encoding than UTF-8.
    """
    header = request.headers.get("content-type", "")
    charsets = parameters_of(request, "charset")
    if named_type(request) not in accepted or charsets not in ([], ["utf-8"], ["utf8"]):
        raise UnsupportedMediaType(header, accepted)
    return named_type(request)


def parameters_of(request: Request, name: str) -> list[str]:
    """The values of a parameter of the body's media type, in lower case."""
    _, *parameters = request.headers.get("content-type", "").lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return [value.strip().strip('"') for key, _, value in pairs if key.strip() == name]


async def read_body(request: Request, limit: int, *, is_coded: bool = False) -> bytes:
    """The body, as it was sent.

    Args:
        request: sends it.
        limit: the most bytes.
        is_coded: whether it may be in a content coding, of which a few bytes may unfold to many.

    Raises:
        UnsupportedCoding: it is, and may not be.
        ContentTooLarge: longer than so many bytes.
    """
    coding = ", ".join(request.headers.getlist("content-encoding")).strip()
    if not is_coded and coding.lower() not in ("", "identity"):
        raise UnsupportedCoding(coding)
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise ContentTooLarge(limit, "bytes")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise ContentTooLarge(limit, "bytes")
    return bytes(body)


def decoded(body: bytes, place: str) -> str:
    """The text of a body.

    Raises:
        MalformedParameter: it is not UTF-8.
    """
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedParameter(place, f"is not UTF-8 at byte {error.start}") from error


# Most answers are there before; only for the others is the client watched.
_UNWATCHED_SECONDS: Final = 0.05
# Of nginx, for its log: the client is gone, and nobody reads this.
CLIENT_GONE: Final = 499


async def answer_nobody(_: Request, __: Exception) -> Response:
    """What nobody reads: the client has left before all of its body was there."""
    return Response(status_code=CLIENT_GONE)


class UntilGone:
    """A block that is left as soon as the client goes away, with `is_gone` then true.

    What the block waits for is cancelled, as by `asyncio.timeout`.
    """

    def __init__(self, receive: Receive) -> None:
        self.is_gone = False
        self._receive = receive
        self._timer: TimerHandle | None = None
        self._watcher: Task[None] | None = None

    async def __aenter__(self) -> Self:
        block = asyncio.current_task()
        if block is None:
            raise RuntimeError("a client is watched by a task")
        self._block, self._cancelling = block, block.cancelling()
        self._timer = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, self._watch)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> bool:
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        # Somebody else may have cancelled it too, and is not to be overheard.
        is_ours = self.is_gone and self._block.uncancel() <= self._cancelling
        return is_ours and kind is asyncio.CancelledError

    def _watch(self) -> None:
        self._watcher = asyncio.create_task(self._leave_when_gone())

    async def _leave_when_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        self._block.cancel()


def register_words(name: str, words: type[StrEnum]) -> None:
    """Makes `{part:<name>}` in a route stand for any of the words; others are unknown paths."""

    class WordInPath(Convertor[StrEnum]):
        regex = "|".join(words)

        def convert(self, value: str) -> StrEnum:
            return words(value)

        def to_string(self, value: StrEnum) -> str:
            return value.value

    register_url_convertor(name, WordInPath())
