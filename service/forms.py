"""The body of a request, and the form in it."""

from typing import Final

from fastapi import Request

from service.address import Pairs, pairs_of
from service.errors import ContentTooLarge, UnsupportedMediaType

FORM: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request, most_bytes: int) -> Pairs:
    """The fields of a form that was posted.

    Raises:
        UnsupportedMediaType: the body is no form.
        ContentTooLarge: it is longer than allowed.
        MalformedParameter: it is not UTF-8.
    """
    header = request.headers.get("content-type", "")
    if header.partition(";")[0].strip().lower() != FORM:
        raise UnsupportedMediaType(header, [FORM])
    return pairs_of(await read_body(request, most_bytes), "the body")


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The body as it was sent.

    Raises:
        ContentTooLarge: it is longer than allowed.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise ContentTooLarge(most_bytes, "bytes")
    return bytes(body)
