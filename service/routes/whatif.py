"""/whatif: what would hold, and what would no longer hold, if some facts were different.

A POST has a patch in its body: SPARQL Update, RDF to add, or a form. The options are parameters of
the address or of the form.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from kg.describe.json_ld_context import COMPACTED_ONLY
from kg.errors import RefusedQuery
from kg.namespaces import GLOCAL, ID
from kg.statuses import Standing
from service.answers import formats
from service.answers.formats import HTML, JSON_LD, OUTCOME_FORMATS, RESULT_FORMATS, TURTLE, Choice
from service.errors import ContentTooLarge, MissingParameter
from service.http import request as http
from service.http.conditional import answer_headers, conditional_response
from service.http.html import write_html
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, VIEW_PARAMETERS, Router, describe_parameter
from service.http.query_answer import client_key, read_query, run_subquery
from service.http.views import choose_view
from service.queries.messages import QueryJob
from service.served import CurrentRelease, ServedRelease

if TYPE_CHECKING:
    from kg.reasoning.whatif.outcome import Answers, Outcome

router = Router("Reasons")

RDF_TYPES: Final = formats.media_types(
    (formats.TRIG, TURTLE, formats.N_QUADS, formats.N_TRIPLES, JSON_LD)
)
_QUERY: Final = describe_parameter(
    "query", "A SELECT or ASK query, which is run before and after the change."
)
_PROOFS: Final = describe_parameter(
    "proofs",
    "`0` omits the proof of each change, and names only its last rule.",
    type="string",
    enum=["1", "0"],
    default="1",
)
_OPTIONS: Final = [_QUERY, _PROOFS, *VIEW_PARAMETERS, FORMAT_PARAMETER]
_UPDATE_TEXT: Final = {
    "type": "string",
    "description": "Any number of INSERT DATA and DELETE DATA, which are applied in order; all "
    "prefixes must be declared.",
}
_RDF_TEXT: Final = {
    "type": "string",
    "description": "RDF to add; triples in `graph:removed` are removed instead.",
}
_FORM: Final = {
    "type": "object",
    "required": ["update"],
    "properties": {
        "update": _UPDATE_TEXT,
        **{field["name"]: field["schema"] for field in _OPTIONS},
    },
}
_BODY: Final[dict[str, Any]] = {
    http.UPDATE_MEDIA_TYPE: _UPDATE_TEXT,
    **dict.fromkeys(RDF_TYPES, _RDF_TEXT),
    http.FORM_MEDIA_TYPE: _FORM,
}
_CHANGE: Final = {
    "type": "object",
    "description": "An `rdf:Statement` with the proof that it would hold, or if lost that it holds "
    "now; see /explain.",
    "properties": {
        "subject": {"type": "string"},
        "predicate": {"type": "string"},
        "object": {},
        "before": {"type": ["object", "null"], "description": "Its base and world now."},
        "after": {
            "type": ["object", "null"],
            "description": "Its base and world after the change.",
        },
    },
}
_LISTS: Final = {
    "gained": "Triples that the view would show then and does not show now.",
    "lost": "Triples that the view shows now and would no longer show then.",
    "shifted": "Triples that the view would show at another base or in its world.",
    "beyond": "Triples that would change outside of the view.",
}
_OUTCOME: Final[dict[str, Any]] = {
    "type": "object",
    "required": [*_LISTS, "contradictions"],
    "properties": {
        **{
            name: {"type": "array", "description": description, "items": _CHANGE}
            for name, description in _LISTS.items()
        },
        "contradictions": {
            "type": "array",
            "description": "Contradictions that would arise, each with its rule and premises.",
            "items": {"type": "object"},
        },
        "answers": {
            "type": "object",
            "description": "If a query was sent: its SPARQL JSON results before and after the "
            "change.",
            "properties": {"before": {"type": "object"}, "after": {"type": "object"}},
        },
    },
}
_EXAMPLE: Final = f"""PREFIX glocal: <{GLOCAL}>
PREFIX id: <{ID}>

DELETE DATA {{ id:C40 glocal:initiatedBy id:KenLivingstone }}"""


@dataclass(frozen=True)
class WhatIfRequest:
    """A patch as sent, with the options of the request."""

    patch: str | bytes
    media_type: str
    query: str | None
    proofs: bool
    format_name: str | None
    view: Standing


@router.operation("/whatif", "Get the what-if form", (HTML,))
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
    schemas={JSON_LD.media_type: _OUTCOME, "application/json": _OUTCOME},
    body=_BODY,
    parameters=_OPTIONS,
    method="POST",
)
async def whatif(request: Request, release: CurrentRelease) -> Response:
    """Add and remove facts hypothetically, and return what would newly hold or no longer hold.

    Nothing is stored, and requests do not see each other's patches. Without GRAPH, a triple is
    removed from every graph that asserts it, or added as a Fact; within an evidence graph, it is
    removed from that graph only, or added with that graph's status and holder. Contradictions that
    would arise are not an error: they are listed in `contradictions`. JSON-LD and Turtle use
    PROV-O: the supposition generates, invalidates and influences statements.
    """
    asked = await _read_request(request, release)
    choice = choose_format(
        request, OUTCOME_FORMATS, format_name=asked.format_name, profiles=COMPACTED_ONLY
    )
    outcome = await run_in_threadpool(
        release.explanations.run, lambda: _compute_outcome(release, asked)
    )
    async with http.CancelOnDisconnect(request.receive) as client:
        answers = await _run_query(release, asked.query, outcome, client_key(request))
    if client.is_disconnected:
        return Response(status_code=http.CLIENT_CLOSED_REQUEST)
    body = await run_in_threadpool(
        _write_outcome, release, outcome, answers, choice, proofs=asked.proofs
    )
    headers = answer_headers(request.scope, choice, None)
    return Response(body, headers={"Content-Type": choice.content_type, **headers})


async def _read_request(request: Request, release: ServedRelease) -> WhatIfRequest:
    settings = release.settings
    media_type = http.accepted_media_type(
        request, [http.UPDATE_MEDIA_TYPE, *RDF_TYPES, http.FORM_MEDIA_TYPE]
    )
    body = await http.read_body(request, settings.max_patch_bytes)
    pairs: http.Parameters = http.query_parameters(request)
    patch: str | bytes | None = body
    if media_type == http.FORM_MEDIA_TYPE:
        pairs = [*pairs, *http.decode_parameters(body, "the body")]
        patch, media_type = http.single_value(pairs, "update"), http.UPDATE_MEDIA_TYPE
    if patch is None:
        raise MissingParameter("update", "expected exactly one patch in the form")
    query = http.single_value(pairs, "query") or None
    if query is not None and len(query) > settings.max_query_characters:
        raise ContentTooLarge(settings.max_query_characters, "characters in its query")
    proofs = http.chosen_value(pairs, "proofs", "1", "0")
    format_name = http.single_value(pairs, "format") or None
    view = choose_view(request.scope, release.store.views, pairs)
    return WhatIfRequest(patch, media_type, query, proofs == "1", format_name, view)


def _compute_outcome(release: ServedRelease, asked: WhatIfRequest) -> "Outcome":
    # Imported late: see `Reasoner`.
    from kg.reasoning.whatif.patches import parse_patch

    return release.reasoner.suppose(parse_patch(asked.patch, asked.media_type), asked.view)


async def _run_query(
    release: ServedRelease, query: str | None, outcome: "Outcome", client: str
) -> "Answers | None":
    """Run the query, if there is one, before and after the change, in query processes."""
    from kg.reasoning.whatif.outcome import Answers

    if query is None:
        return None
    parsed = await read_query(query)
    if parsed.form in ("CONSTRUCT", "DESCRIBE"):
        raise RefusedQuery("its form", "expected a SELECT or ASK to compare before and after")
    change = outcome.dataset
    choice = Choice(RESULT_FORMATS[0], RESULT_FORMATS[0].media_type)
    before = QueryJob(parsed, choice, view=outcome.view)
    after = replace(before, added=tuple(change.added), removed=tuple(change.removed))
    return Answers(
        await run_subquery(release, before, client), await run_subquery(release, after, client)
    )


def _write_outcome(
    release: ServedRelease,
    outcome: "Outcome",
    answers: "Answers | None",
    choice: Choice,
    *,
    proofs: bool,
) -> bytes:
    from kg.reasoning.whatif import linked_data, words

    if choice.format == JSON_LD:
        context = choice.context or release.context.document["@context"]
        return linked_data.json_ld(outcome, answers, proofs=proofs, context=context)
    if choice.format == TURTLE:
        return linked_data.turtle(outcome, proofs=proofs)
    return words.plain_text(outcome, answers, proofs=proofs).encode()
