"""A request to suppose something -> the patch, and what is asked of it."""

from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request

from kg.errors import MalformedParameter
from service.errors import ContentTooLarge, MissingParameter
from service.http.openapi import FORMAT, parameter
from service.http.request import (
    FORM,
    UPDATE,
    Pairs,
    in_address,
    media_type_of,
    pairs_of,
    read_body,
    single,
)
from service.served import served

RDF_TYPES: Final = (
    "application/trig",
    "text/turtle",
    "application/n-quads",
    "application/n-triples",
    "application/ld+json",
)
QUERY: Final = parameter(
    "query", "One SELECT or ASK, which is answered as things are and as they would be."
)
PROOFS: Final = parameter(
    "proofs",
    "`0` leaves out what each change rests on, and names its last rule alone.",
    type="string",
    enum=["1", "0"],
    default="1",
)
_UPDATE_TEXT: Final = {
    "type": "string",
    "description": "INSERT DATA and DELETE DATA, any number, in order; every prefix declared.",
}
_RDF_TEXT: Final = {
    "type": "string",
    "description": "RDF that is added; what stands in `graph:removed` is removed.",
}
_FORM: Final = {
    "type": "object",
    "required": ["update"],
    "properties": {
        "update": _UPDATE_TEXT,
        **{one["name"]: one["schema"] for one in (QUERY, PROOFS, FORMAT)},
    },
}
BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        UPDATE: {"schema": _UPDATE_TEXT},
        **{media_type: {"schema": _RDF_TEXT} for media_type in RDF_TYPES},
        FORM: {"schema": _FORM},
    },
}


@dataclass(frozen=True)
class WhatIfRequest:
    """A patch as it was sent, and what is asked of it."""

    patch: str | bytes
    media_type: str
    query: str | None
    proofs: bool
    format_name: str | None


async def read_request(request: Request) -> WhatIfRequest:
    """The patch in the body, the rest in the address or a form; a FastAPI dependency.

    Raises:
        MissingParameter: a form without its `update`.
        MalformedParameter: not UTF-8, given twice, or no value that there is.
        UnsupportedMediaType, ContentTooLarge: the body.
    """
    settings = (await served(request)).settings
    media_type = media_type_of(request, [UPDATE, *RDF_TYPES, FORM])
    body = await read_body(request, settings.max_patch_bytes)
    pairs: Pairs = in_address(request)
    patch: str | bytes | None = body
    if media_type == FORM:
        pairs = [*pairs, *pairs_of(body, "the body")]
        patch, media_type = single(pairs, "update"), UPDATE
    if patch is None:
        raise MissingParameter("update", "a form has to bring exactly one patch")
    query = single(pairs, "query") or None
    if query is not None and len(query) > settings.max_query_characters:
        raise ContentTooLarge(settings.max_query_characters, "characters in its query")
    proofs = single(pairs, "proofs") or "1"
    if proofs not in ("0", "1"):
        raise MalformedParameter("proofs", "right would be 0 or 1")
    return WhatIfRequest(patch, media_type, query, proofs == "1", single(pairs, "format") or None)
