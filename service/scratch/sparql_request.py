"""A POST to /sparql -> the query or the update that it is (SPARQL 1.1 Protocol, section 2.2)."""

from dataclasses import dataclass
from typing import Final

from fastapi import Request

from kg.errors import MalformedParameter
from kg.store.dataset import ENTAILMENTS, Dataset
from service.errors import ContentTooLarge, MissingParameter
from service.http.request import (
    FORM,
    UPDATE,
    Pairs,
    decoded,
    every,
    in_address,
    media_type_of,
    pairs_of,
    parameters_of,
    read_body,
    single,
)
from service.routes.sparql import (
    BYTES_PER_CHARACTER,
    OTHER_BYTES,
    QUERY,
    SparqlRequest,
    graphs_of,
    read_request,
    request_of,
    with_limit,
)
from service.scratch.store import scratch
from service.scratch.writing import authorise

# Of a form, where each may be percent-encoded.
_FORM_BYTES_PER_BYTE: Final = 3
_OF_UPDATES: Final = {
    "default-graph-uri": "using-graph-uri",
    "named-graph-uri": "using-named-graph-uri",
}


@dataclass(frozen=True)
class UpdateRequest:
    """One update, with the dataset of its patterns."""

    text: str
    using: Dataset | None


async def read_query(request: Request) -> SparqlRequest:
    """The query of a GET, or none; a FastAPI dependency.

    Raises:
        MalformedParameter: also for `entailment=none`, since nothing is derived here.
        KgError: see `read_request`.
    """
    return _plain(await read_request(request))


async def read_post(request: Request) -> SparqlRequest | UpdateRequest:
    """The query or the update of a form POST or a direct POST; a FastAPI dependency.

    Raises:
        Unauthorized, Forbidden, NotWritable: an update of who may not write.
        MissingParameter: neither a query nor an update.
        MalformedParameter: both, or one of the wrong form.
        UnsupportedMediaType, ContentTooLarge: see `read_body`.
    """
    here = await scratch(request)
    characters, most = here.settings.max_query_characters, here.settings.max_update_bytes
    addressed = in_address(request)
    media_type = media_type_of(request, [FORM, QUERY, UPDATE])
    if media_type == UPDATE:
        authorise(request, here)
        text = decoded(await read_body(request, most), "the body")
        return _update([*addressed, ("update", text)], most)
    form_bytes = _FORM_BYTES_PER_BYTE * most if media_type == FORM else 0
    body = await read_body(request, max(form_bytes, BYTES_PER_CHARACTER * characters) + OTHER_BYTES)
    if media_type == FORM:
        pairs: Pairs = [*addressed, *pairs_of(body, "the body")]
        if every(pairs, "update"):
            authorise(request, here)
            return _update(pairs, most)
    else:
        if every(addressed, "update"):
            raise MalformedParameter("update", "stands beside a query; right would be one of them")
        pairs = [*addressed, ("query", decoded(body, "the body"))]
        pairs += [("version", one) for one in parameters_of(request, "version")]
    found = _plain(request_of(pairs))
    if found.text is None:
        raise MissingParameter("query", "a POST has to bring exactly one query or one update")
    return with_limit(found, ContentTooLarge(characters, "characters"), characters)


def _update(pairs: Pairs, most_bytes: int) -> UpdateRequest:
    text = single(pairs, "update") or ""
    if every(pairs, "query"):
        raise MalformedParameter("query", "stands beside an update; right would be one of them")
    for name, right in _OF_UPDATES.items():
        if every(pairs, name):
            raise MalformedParameter(name, f"is for queries; right for an update would be {right}")
    if len(text.encode()) > most_bytes:
        raise ContentTooLarge(most_bytes, "bytes")
    default, named = graphs_of(pairs, "using-graph-uri"), graphs_of(pairs, "using-named-graph-uri")
    return UpdateRequest(text, Dataset(default, named) if default or named else None)


def _plain(found: SparqlRequest) -> SparqlRequest:
    if found.entailment != ENTAILMENTS[0]:
        reason = f"'{found.entailment}' means nothing here, where nothing is derived"
        raise MalformedParameter("entailment", f"{reason}; right would be none at all")
    return found
