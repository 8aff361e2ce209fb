"""A request to suppose something -> the patch, and what is asked of it.

/whatif: what would hold, and what no longer would, if some facts were otherwise.
"""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from kg.describe.json_ld_context import COMPACTED
from kg.errors import MalformedParameter, RefusedQuery
from kg.namespaces import GLOCAL, ID
from kg.store.query import form_of
from service.answers.formats import HTML, JSON_LD, OUTCOME_FORMATS, RESULT_FORMATS, TURTLE, Choice
from service.errors import ContentTooLarge, MissingParameter
from service.http.conditional import answer, tag_of
from service.http.html import door_page
from service.http.negotiation import choose
from service.http.openapi import FORMAT, parameter, responses
from service.http.query_answer import client_of, job_for, small
from service.http.request import (
    CLIENT_GONE,
    FORM,
    UPDATE,
    Pairs,
    UntilGone,
    in_address,
    media_type_of,
    pairs_of,
    read_body,
    single,
)
from service.served import Served, served

if TYPE_CHECKING:
    from kg.reasoning.whatif.outcome import Answers, Outcome


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


router = APIRouter(tags=["Reasons"])

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
_BODY: Final = """<h1>What if</h1>
<form action="/whatif" method="post">
  <label for="update">Facts to add (INSERT DATA) and to remove (DELETE DATA)</label>
  <textarea id="update" name="update" rows="7" required>{patch}</textarea>
  <label for="query">A SELECT or ASK to answer as things are and as they would be (optional)</label>
  <textarea id="query" name="query" rows="4"></textarea>
  <button name="format" value="txt">Suppose it</button>
  <button name="format" value="json">Suppose it (JSON)</button>
</form>"""
_EXAMPLE: Final = f"""PREFIX glocal: <{GLOCAL}>
PREFIX id: <{ID}>

DELETE DATA {{ id:C40 glocal:initiatedBy id:KenLivingstone }}"""


@router.get(
    "/whatif",
    summary="A page to suppose something on",
    responses=responses((HTML,), 304, 406),
    response_class=Response,
)
def form(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """A form that posts a patch here; nothing is supposed by GET."""
    choice = choose(request, (HTML,))
    page = door_page("What if", _BODY.format(patch=escape(_EXAMPLE)))
    return answer(request, choice, lambda: page, tag=tag_of(here, choice, _BODY, _EXAMPLE))


@router.post(
    "/whatif",
    summary="What would hold if some facts were otherwise",
    responses=responses(
        OUTCOME_FORMATS,
        *(400, 403, 406, 413, 415, 422, 503, 504),
        what="What would change, with proofs.",
        schemas={JSON_LD.media_type: _OUTCOME, "application/json": _OUTCOME},
    ),
    response_class=Response,
    openapi_extra={"requestBody": BODY, "parameters": [QUERY, PROOFS, FORMAT]},
)
async def whatif(
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
    choice = choose(request, OUTCOME_FORMATS, format_name=asked.format_name, profiles=COMPACTED)
    outcome = await run_in_threadpool(here.explanations.run, lambda: _outcome(here, asked))
    async with UntilGone(request.receive) as client:
        answers = await _answers(here, asked.query, outcome, client_of(request))
    if client.is_gone:
        return Response(status_code=CLIENT_GONE)
    written = await run_in_threadpool(_written, here, asked, choice, outcome, answers)
    return answer(request, choice, lambda: written, tag=None)


def _outcome(here: Served, asked: WhatIfRequest) -> "Outcome":
    # Not at the start: see `Suppositions`.
    from kg.reasoning.whatif.patches import read_patch

    return here.suppositions.suppose(read_patch(asked.patch, asked.media_type))


async def _answers(
    here: Served, query: str | None, outcome: "Outcome", client: str
) -> "Answers | None":
    """What the query, if there is one, gives now and would give, each from a query process."""
    from kg.reasoning.whatif.outcome import Answers

    if query is None:
        return None
    if form_of(query) in ("CONSTRUCT", "DESCRIBE"):
        raise RefusedQuery("its form", "before and after are told of SELECT and ASK alone")
    change = outcome.dataset
    choice = Choice(RESULT_FORMATS[0], RESULT_FORMATS[0].media_type)
    before = job_for(query, choice)
    after = job_for(query, choice, added=tuple(change.added), removed=tuple(change.removed))
    return Answers(await small(here, before, client), await small(here, after, client))


def _written(
    here: Served,
    asked: WhatIfRequest,
    choice: Choice,
    outcome: "Outcome",
    answers: "Answers | None",
) -> bytes:
    from kg.reasoning.whatif import linked_data, words

    if choice.format == JSON_LD:
        return linked_data.json_ld(
            outcome,
            answers,
            proofs=asked.proofs,
            context=choice.context or here.context.document["@context"],
        )
    if choice.format == TURTLE:
        return linked_data.turtle(outcome, proofs=asked.proofs)
    return words.plain_text(outcome, answers, proofs=asked.proofs).encode()
