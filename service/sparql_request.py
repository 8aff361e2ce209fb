"""An HTTP request -> the query that it asks (SPARQL 1.1 Protocol, section 2.1)."""

from dataclasses import dataclass
from typing import Final

from fastapi import Request
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter
from kg.store.dataset import ENTAILMENTS, Dataset
from kg.store.query import version_of
from service.answers.formats import VERSIONS
from service.errors import AddressTooLong, ContentTooLarge, MissingParameter, ReadOnly
from service.http.endpoint import endpoint
from service.http.request import (
    FORM,
    UPDATE,
    Pairs,
    decoded,
    every,
    in_address,
    media_type_of,
    named_type,
    pairs_of,
    parameters_of,
    read_body,
    single,
)

QUERY: Final = "application/sparql-query"
# A character is at most four bytes, each at most three when percent-encoded; the rest is room
# for the other parameters.
BYTES_PER_CHARACTER: Final = 12
OTHER_BYTES: Final = 65_536


@dataclass(frozen=True)
class SparqlRequest:
    """One query with its dataset; `text` is none where the client asked for nothing.

    `version` is what the request or the query itself announces (SPARQL 1.2 Protocol), or empty.
    """

    text: str | None
    dataset: Dataset | None
    entailment: str
    format_name: str | None
    version: str


async def read_request(request: Request) -> SparqlRequest:
    """The query of a GET, a form POST or a direct POST.

    Raises:
        MissingParameter: not exactly one query where there has to be one.
        MalformedParameter: not UTF-8, no IRI, or given twice.
        ReadOnly: an update.
        UnsupportedMediaType: a body of another type.
        ContentTooLarge, AddressTooLong: longer than the setting allows.
    """
    addressed = in_address(request)
    limit = (await endpoint(request)).settings.max_query_characters
    if request.method != "POST":
        if every(addressed, "update"):
            raise MalformedParameter("update", "nothing is changed by GET; an update is a POST")
        return with_limit(request_of(addressed), AddressTooLong("query", limit), limit)
    if named_type(request) == UPDATE:
        raise ReadOnly
    media_type = media_type_of(request, [FORM, QUERY])
    body = await read_body(request, BYTES_PER_CHARACTER * limit + OTHER_BYTES)
    if media_type == FORM:
        pairs: Pairs = [*addressed, *pairs_of(body, "the body")]
    else:
        pairs = [*addressed, ("query", decoded(body, "the body"))]
        pairs += [("version", one) for one in parameters_of(request, "version")]
    if every(pairs, "update"):
        raise ReadOnly
    found = request_of(pairs)
    if found.text is None:
        raise MissingParameter("query", "a POST has to bring exactly one query")
    return with_limit(found, ContentTooLarge(limit, "characters"), limit)


def request_of(pairs: Pairs) -> SparqlRequest:
    """The query that these parameters are.

    Raises:
        MalformedParameter: one of them has the wrong form, or is given twice.
    """
    return SparqlRequest(
        text=single(pairs, "query"),
        dataset=_dataset(pairs),
        entailment=single(pairs, "entailment") or ENTAILMENTS[0],
        format_name=single(pairs, "format") or None,
        version=_version(pairs),
    )


def _version(pairs: Pairs) -> str:
    """What the parameter says, or else the query itself."""
    version = single(pairs, "version")
    if version is None:
        announced = version_of(single(pairs, "query") or "")
        return announced if announced in VERSIONS else ""
    if version not in VERSIONS:
        raise MalformedParameter("version", f"'{version}' is none of {', '.join(VERSIONS)}")
    return version


def with_limit(
    found: SparqlRequest, error: AddressTooLong | ContentTooLarge, limit: int
) -> SparqlRequest:
    """The request, unless its query has more characters than that."""
    if found.text is not None and len(found.text) > limit:
        raise error
    return found


def _dataset(pairs: Pairs) -> Dataset | None:
    """What the client names; where it names only the one part, the other is empty."""
    default = graphs_of(pairs, "default-graph-uri")
    named = graphs_of(pairs, "named-graph-uri")
    return Dataset(default, named) if default or named else None


def graphs_of(pairs: Pairs, name: str) -> tuple[NamedNode, ...]:
    """The graphs that the parameters of this name are.

    Raises:
        MalformedParameter: one is no absolute IRI.
    """
    try:
        return tuple(NamedNode(value) for value in every(pairs, name))
    except ValueError as error:
        reason = f"right would be an absolute IRI; {error}"
        raise MalformedParameter(name, reason) from error
