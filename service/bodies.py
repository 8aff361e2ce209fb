"""A request's body: its media type, its bytes up to a limit, its text."""

from collections.abc import Sequence
from typing import Final

from fastapi import Request

from kg.errors import MalformedParameter
from service.errors import ContentTooLarge, UnsupportedCoding, UnsupportedMediaType

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
