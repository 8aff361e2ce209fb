"""/whatif: what would hold, and what would no longer hold, if some facts were different.

A POST has a patch in its body: SPARQL Update, RDF to add, or a form. The options are parameters of
the address or of the form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from fastapi import Request, Response

from kg.describe.json_ld_context import COMPACTED_ONLY
from kg.errors import RefusedQuery
from kg.namespaces import GLOCAL, ID
from kg.statuses import Standing
from kg.store.query import Query
from service.answers import formats
from service.answers.formats import HTML, JSON_LD, OUTCOME_FORMATS, TURTLE
from service.answers.json_ld_types import JsonLdDocument, Outcome
from service.errors import ContentTooLarge, MissingParameter
from service.evaluators.jobs import WhatIfJob
from service.http import request as http
from service.http.conditional import conditional_response
from service.http.html import write_html
from service.http.negotiation import choose_format
from service.http.openapi import (
    FORMAT_PARAMETER,
    VIEW_PARAMETERS,
    Router,
    describe_form,
    describe_parameter,
    schema_of,
)
from service.http.query_answer import answer_job, read_query
from service.http.views import choose_view_in_turn
from service.queries.messages import SentBody
from service.served import CurrentRelease, ServedRelease

router = Router("Reasons")

RDF_TYPES: Final = formats.media_types(
    (formats.TRIG, TURTLE, formats.N_QUADS, formats.N_TRIPLES, JSON_LD)
)
_QUERY: Final = describe_parameter(
    "query", "A SELECT or ASK query, which is run before and after the change."
)
_PROOFS: Final = describe_parameter(
    "proofs",
    "`1` gives the whole proof of each change, and `0` only its last rule.",
    type="string",
    enum=["0", "1"],
    default="0",
)
_DEFAULT_LIMIT: Final = 200
_MOST_CHANGES: Final = 20_000
_LIMIT: Final = describe_parameter(
    "limit",
    "The maximum number of contradictions and changes to list and prove; all are counted.",
    type="integer",
    minimum=0,
    maximum=_MOST_CHANGES,
    default=_DEFAULT_LIMIT,
)
_OFFSET: Final = describe_parameter(
    "offset",
    "The number of contradictions and changes to skip, for further pages of the same patch.",
    type="integer",
    minimum=0,
    maximum=_MOST_CHANGES,
    default=0,
)
_OPTIONS: Final = [_QUERY, _PROOFS, _LIMIT, _OFFSET, *VIEW_PARAMETERS, FORMAT_PARAMETER]
_UPDATE: Final = describe_parameter(
    "update",
    "Any number of INSERT DATA and DELETE DATA, which are applied in order; all prefixes must be "
    "declared.",
)
_RDF_TEXT: Final = {
    "type": "string",
    "description": "RDF to add; triples in `graph:removed` are removed instead.",
}
_FORM: Final = describe_form("WhatIfForm", [_UPDATE, *_OPTIONS], required=["update"])
_BODY: Final[dict[str, Any]] = {
    http.UPDATE_MEDIA_TYPE: _UPDATE["schema"],
    **dict.fromkeys(RDF_TYPES, _RDF_TEXT),
    JSON_LD.media_type: schema_of(JsonLdDocument),
    http.FORM_MEDIA_TYPE: _FORM,
}
_EXAMPLE: Final = f"""PREFIX glocal: <{GLOCAL}>
PREFIX id: <{ID}>

DELETE DATA {{ id:C40 glocal:initiatedBy id:KenLivingstone }}"""


@dataclass(frozen=True)
class WhatIfRequest:
    """A patch as sent, with the options of the request."""

    patch: SentBody
    query: str | None
    proofs: bool
    limit: int
    offset: int
    format_names: Sequence[str]
    view: Standing


@router.operation("/whatif", "Get the what-if form", (HTML,), operation_id="getWhatIfForm")
def form(request: Request) -> Response:
    """Return a page with a form that posts a patch to this address."""
    page = partial(write_html, "whatif.html", example=_EXAMPLE)
    return conditional_response(request, choose_format(request, (HTML,)), page, _EXAMPLE)


@router.operation(
    "/whatif",
    "Show the effects of changed facts",
    OUTCOME_FORMATS,
    (400, 403, 406, 413, 415, 422, 503, 504),
    what="What would change, with proofs.",
    body=_BODY,
    parameters=_OPTIONS,
    method="POST",
    answer=Outcome,
    operation_id="askWhatIf",
)
async def whatif(request: Request, release: CurrentRelease) -> Response:
    """Add and remove facts hypothetically, and return what would newly hold or no longer hold.

    Nothing is stored, and requests do not see each other's patches. The answer counts all changes
    and lists the first ones; for more, send the same patch with another `offset` or `limit`.
    Without GRAPH, a triple is removed from every graph that asserts it, or added as a Fact; within
    an evidence graph, it is removed from that graph only, or added with that graph's status and
    holder. Contradictions that would arise are not an error, but listed as `contradictions`.
    JSON-LD and Turtle use PROV-O: the supposition generates, invalidates and influences statements.
    """
    asked = await _read_request(request, release)
    choice = choose_format(
        request, OUTCOME_FORMATS, format_names=asked.format_names, profiles=COMPACTED_ONLY
    )
    job = WhatIfJob(
        choice=choice,
        patch=asked.patch,
        query=await _read_query(request, asked.query),
        view=asked.view,
        offset=asked.offset,
        limit=asked.limit,
        proofs=asked.proofs,
    )
    return await answer_job(request, release, release.shared_evaluations, job, tag=None)


async def _read_request(request: Request, release: ServedRelease) -> WhatIfRequest:
    settings = release.settings
    media_type = http.accepted_media_type(
        request, [http.UPDATE_MEDIA_TYPE, *RDF_TYPES, http.FORM_MEDIA_TYPE]
    )
    body = await http.read_body(request, settings.max_patch_bytes)
    pairs: http.Parameters = http.query_parameters(request)
    patch = SentBody(body, media_type)
    if media_type == http.FORM_MEDIA_TYPE:
        pairs = [*pairs, *http.decode_parameters(body, "the body")]
        update = http.single_value(pairs, "update")
        if update is None:
            raise MissingParameter("update", "expected exactly one patch in the form")
        patch = SentBody(update.encode(), http.UPDATE_MEDIA_TYPE)
    query = http.single_value(pairs, "query") or None
    if query is not None and len(query) > settings.max_query_characters:
        raise ContentTooLarge(settings.max_query_characters, "characters in its query")
    return WhatIfRequest(
        patch=patch,
        query=query,
        proofs=http.chosen_value(pairs, "proofs", "0", "1") == "1",
        limit=http.number_value(pairs, "limit", _DEFAULT_LIMIT, range(_MOST_CHANGES + 1)),
        offset=http.number_value(pairs, "offset", 0, range(_MOST_CHANGES + 1)),
        format_names=http.all_values(pairs, "format"),
        view=await choose_view_in_turn(request, release.resolver(request), pairs),
    )


async def _read_query(request: Request, text: str | None) -> Query | None:
    query = await read_query(request, text) if text is not None else None
    if query is not None and query.form in ("CONSTRUCT", "DESCRIBE"):
        raise RefusedQuery("its form", "expected a SELECT or ASK to compare before and after")
    return query
