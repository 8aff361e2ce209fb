"""/whatif: what would hold, and what no longer would, if some facts were otherwise."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from kg.errors import MalformedParameter
from service.address import Pairs, in_address, pairs_of, single
from service.bodies import FORM, UPDATE, decoded, media_type_of, read_body
from service.conditional import answer
from service.documentation import FORMAT, parameter, responses
from service.errors import ContentTooLarge, MissingParameter
from service.formats import JSON_LD, OUTCOME_FORMATS, TURTLE, Choice
from service.negotiation import choose
from service.served import Served, served

router = APIRouter(tags=["Reasons"])

RDF_TYPES: Final = (
    "application/trig",
    "text/turtle",
    "application/n-quads",
    "application/n-triples",
    "application/ld+json",
)
_QUERY: Final = parameter(
    "query", "One SELECT or ASK, which is answered as things are and as they would be."
)
_PROOFS: Final = parameter(
    "proofs",
    "`0` leaves out what each change rests on, and names its last rule alone.",
    type="string",
    enum=["1", "0"],
    default="1",
)
_CHANGE: Final = {
    "type": "object",
    "description": "An `rdf:Statement` with the proof of why it would stand; of one that no "
    "longer would, why it stands now: see /explain.",
    "properties": {
        "subject": {"type": "string"},
        "predicate": {"type": "string"},
        "object": {},
        "before": {"type": ["object", "null"], "description": "Status and holder now."},
        "after": {"type": ["object", "null"], "description": "Status and holder then."},
    },
}
_LISTS: Final = {
    "gained": "Triples that would newly hold.",
    "lost": "Triples that would no longer hold.",
    "shifted": "Triples that would hold more or less strongly.",
    "beyond": "Triples that would stand otherwise among claims, hypotheses and plans.",
}
_CLASHES: Final = {
    "type": "array",
    "description": "Contradictions that would arise, each with its rule and premises.",
    "items": {"type": "object"},
}
_ANSWERS: Final = {
    "type": "object",
    "description": "If a query was sent: SPARQL results in JSON, now and then.",
    "properties": {"before": {"type": "object"}, "after": {"type": "object"}},
}
_OUTCOME: Final[dict[str, Any]] = {
    "type": "object",
    "required": [*_LISTS, "contradictions"],
    "properties": {
        **{
            name: {"type": "array", "description": what, "items": _CHANGE}
            for name, what in _LISTS.items()
        },
        "contradictions": _CLASHES,
        "answers": _ANSWERS,
    },
}
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
        **{one["name"]: one["schema"] for one in (_QUERY, _PROOFS, FORMAT)},
    },
}
_BODY: Final = {
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

    patch: str
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
    if media_type == FORM:
        pairs = [*pairs, *pairs_of(body, "the body")]
        patch, media_type = single(pairs, "update"), UPDATE
        if patch is None:
            raise MissingParameter("update", "a form has to bring exactly one patch")
    else:
        patch = decoded(body, "the body")
    query = single(pairs, "query") or None
    if query is not None and len(query) > settings.max_query_characters:
        raise ContentTooLarge(settings.max_query_characters, "characters in its query")
    proofs = single(pairs, "proofs") or "1"
    if proofs not in ("0", "1"):
        raise MalformedParameter("proofs", "right would be 0 or 1")
    return WhatIfRequest(patch, media_type, query, proofs == "1", single(pairs, "format") or None)


@router.post(
    "/whatif",
    summary="What would hold if some facts were otherwise",
    responses=responses(
        OUTCOME_FORMATS,
        *(400, 403, 406, 413, 415, 422, 503),
        what="What would change, with proofs.",
        schemas={JSON_LD.media_type: _OUTCOME, "application/json": _OUTCOME},
    ),
    response_class=Response,
    openapi_extra={"requestBody": _BODY, "parameters": [_QUERY, _PROOFS, FORMAT]},
)
def whatif(
    request: Request,
    asked: Annotated[WhatIfRequest, Depends(read_request)],
    here: Annotated[Served, Depends(served)],
) -> Response:
    """Add and remove facts in thought: what would newly hold, and what no longer would.

    Nothing is stored, and no request sees another one's patch. Without GRAPH a triple is removed
    from wherever it is asserted, and added as a Fact; in an evidence graph it is removed from
    there alone, or added with the status and holder of that graph. Contradictions that would
    arise are no failure: they are the member `contradictions`. JSON-LD and Turtle speak PROV-O:
    the supposing generates, invalidates and influences statements.
    """
    choice = choose(request, OUTCOME_FORMATS, format_name=asked.format_name)
    return answer(
        request, choice, lambda: here.running.run(lambda: _supposed(here, asked, choice)), tag=None
    )


def _supposed(here: Served, asked: WhatIfRequest, choice: Choice) -> bytes:
    # Not at the start: see `Suppositions`.
    from kg.whatif import linked_data, words
    from kg.whatif.patches import read_patch

    patch = read_patch(asked.patch, asked.media_type)
    outcome, answers = here.suppositions.suppose(patch, asked.query)
    if choice.format == JSON_LD:
        return linked_data.json_ld(
            outcome, answers, proofs=asked.proofs, context_iri=here.context.iri
        )
    if choice.format == TURTLE:
        return linked_data.turtle(outcome, proofs=asked.proofs)
    return words.plain_text(outcome, answers, proofs=asked.proofs).encode()
