"""What stands in a request's address."""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl

from fastapi import Request
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter
from service.endpoint import endpoint_of

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
