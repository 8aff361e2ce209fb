"""An HTTP request -> the query that it asks (SPARQL 1.1 Protocol, section 2.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter
from service.errors import (
    AddressTooLong,
    ContentTooLarge,
    MissingParameter,
    ReadOnly,
    UnsupportedMediaType,
)
from service.served import served

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
# A character is at most four bytes, each at most three when percent-encoded; the rest is room
# for the other parameters.
_BYTES_PER_CHARACTER: Final = 12
_OTHER_BYTES: Final = 65_536

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class SparqlRequest:
    """One query with its dataset; `text` is none where the client asked for nothing."""

    text: str | None
    default_graphs: tuple[NamedNode, ...] | None
    named_graphs: tuple[NamedNode, ...] | None
    entailment: str
    format_name: str | None


async def read_request(request: Request) -> SparqlRequest:
    """The query of a GET, a form POST or a direct POST; a FastAPI dependency.

    Raises:
        MissingParameter: not exactly one query where there has to be one.
        MalformedParameter: not UTF-8, no IRI, or given twice.
        ReadOnly: an update.
        UnsupportedMediaType: a body of another type.
        ContentTooLarge, AddressTooLong: longer than the setting allows.
    """
    in_address = pairs_of(request.scope["query_string"], "the address")
    limit = served(request).settings.max_query_characters
    if request.method != "POST":
        if _all(in_address, "update"):
            raise MalformedParameter("update", "nothing is changed by GET; an update is a POST")
        return _with_limit(_request(in_address), AddressTooLong(limit), limit)
    media_type = _media_type(request)
    body = await _body(request, _BYTES_PER_CHARACTER * limit + _OTHER_BYTES)
    if media_type == FORM:
        pairs: Pairs = [*in_address, *pairs_of(body, "the body")]
        if _all(pairs, "update"):
            raise ReadOnly
    else:
        pairs = [*in_address, ("query", _decoded(body, "the body"))]
    found = _request(pairs)
    if found.text is None:
        raise MissingParameter("query", "a POST has to bring exactly one query")
    return _with_limit(found, ContentTooLarge(limit, "characters"), limit)


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


def single(pairs: Pairs, name: str) -> str | None:
    """The value of a parameter that may stand once.

    Raises:
        MalformedParameter: it is given more than once.
    """
    values = _all(pairs, name)
    if len(values) > 1:
        raise MalformedParameter(name, f"is given {len(values)} times; right would be once")
    return values[0] if values else None


def _request(pairs: Pairs) -> SparqlRequest:
    return SparqlRequest(
        text=single(pairs, "query"),
        default_graphs=_graphs(pairs, "default-graph-uri"),
        named_graphs=_graphs(pairs, "named-graph-uri"),
        entailment=single(pairs, "entailment") or "all",
        format_name=single(pairs, "format") or None,
    )


def _with_limit(
    found: SparqlRequest, error: AddressTooLong | ContentTooLarge, limit: int
) -> SparqlRequest:
    if found.text is not None and len(found.text) > limit:
        raise error
    return found


def _graphs(pairs: Pairs, name: str) -> tuple[NamedNode, ...] | None:
    values = _all(pairs, name)
    try:
        return tuple(NamedNode(value) for value in values) or None
    except ValueError as error:
        reason = f"right would be an absolute IRI; {error}"
        raise MalformedParameter(name, reason) from error


def _all(pairs: Pairs, name: str) -> list[str]:
    return [value for key, value in pairs if key == name]


def _media_type(request: Request) -> str:
    header = request.headers.get("content-type", "")
    media_type, *parameters = (part.strip().lower() for part in header.split(";"))
    if media_type == UPDATE:
        raise ReadOnly
    charsets = [one.removeprefix("charset=").strip('"') for one in parameters if "charset=" in one]
    if media_type not in (FORM, QUERY) or charsets not in ([], ["utf-8"], ["utf8"]):
        raise UnsupportedMediaType(header, [FORM, QUERY])
    return media_type


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise ContentTooLarge(limit, "bytes")
    return bytes(body)


def _decoded(body: bytes, place: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedParameter(place, f"is not UTF-8 at byte {error.start}") from error
