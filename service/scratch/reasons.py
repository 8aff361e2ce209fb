"""/explain, /contradictions and /whatif of a scratch store that reasons."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from fastapi import Request, Response

from kg.errors import MalformedParameter
from service.answers import formats
from service.answers.formats import HTML, JSON_LD, MERMAID, TEXT, TURTLE, Choice
from service.answers.json_ld_types import JsonLdDocument
from service.errors import MissingParameter
from service.http import request as http
from service.http.conditional import entity_tag
from service.http.documents import language_headers
from service.http.negotiation import choose_format, choose_page_language
from service.http.openapi import FORMAT_PARAMETER, LANGUAGE_PARAMETER, Router, describe_parameter
from service.http.problems import prefers_page
from service.http.query_answer import answer_job
from service.http.request import number_value, query_parameters, single_value
from service.queries.messages import SentBody, StoreJob
from service.scratch.reason_jobs import ContradictionsJob, ExplanationJob, SuppositionJob
from service.scratch.reason_pages import send_reasons_page, show_statement_on_failure
from service.scratch.store import CurrentStore, ScratchStore
from service.scratch.term_texts import read_triple

router = Router("Reasons")

PROOF_FORMATS: Final = (JSON_LD, TURTLE, TEXT, MERMAID, HTML)
OUTCOME_FORMATS: Final = (JSON_LD, TURTLE, TEXT)
OUTCOMES_AND_PAGE: Final = (*OUTCOME_FORMATS, HTML)
_TERM: Final = "an IRI, or a CURIE with a prefix of the data or the W3C"
_MAX_PROOFS: Final = 50
_MOST: Final = 20_000
_PAGE: Final = [
    describe_parameter(
        "limit",
        "The maximum number of entries to list and prove.",
        type="integer",
        minimum=0,
        maximum=_MOST,
        default=200,
    ),
    describe_parameter(
        "offset", "The number of entries to skip.", type="integer", minimum=0, default=0
    ),
]
_LIMIT: Final = describe_parameter(
    "limit",
    "The maximum number of proofs, the smallest first.",
    type="integer",
    minimum=1,
    maximum=_MAX_PROOFS,
    default=1,
)
_PROOFS: Final = describe_parameter(
    "proofs",
    "`1` gives the whole proof of each change, and `0` only its last rule.",
    enum=["0", "1"],
    default="0",
)
_UPDATE: Final = describe_parameter(
    "update", "Any number of INSERT DATA and DELETE DATA, which are applied in order."
)
_RDF_TYPES: Final = formats.media_types((TURTLE, formats.N_TRIPLES))
_BODY: Final[dict[str, Any]] = {
    http.UPDATE_MEDIA_TYPE: _UPDATE["schema"],
    **{name: {"type": "string", "description": "RDF to add."} for name in _RDF_TYPES},
}
_STATUSES: Final = (400, 403, 404, 406, 413, 414, 422, 503, 504)


@router.operation(
    "/explain",
    "The proofs of a triple",
    PROOF_FORMATS,
    (304, 400, 404, 406, 414, 503, 504),
    what="Proofs, down to asserted triples.",
    parameters=[
        describe_parameter("subject", f"The subject of the triple: {_TERM}.", required=True),
        describe_parameter("predicate", f"The predicate of the triple: {_TERM}.", required=True),
        describe_parameter(
            "object", f'The object: {_TERM}, or a literal: `"text"@en`.', required=True
        ),
        _LIMIT,
        FORMAT_PARAMETER,
        LANGUAGE_PARAMETER,
    ],
    answer=JsonLdDocument,
    operation_id="explainStatement",
)
async def explain(request: Request, store: CurrentStore) -> Response:
    """The minimal proofs of a triple of the default graph, down to what is asserted.

    A triple that only named graphs assert is explained by these. For one that is neither asserted
    nor derived, the answer is a 404 whose `nearest` names the rules that lack only one premise for
    it. JSON-LD and Turtle use PROV-O: a derived `rdf:Statement` was derived from its premises by an
    activity whose plan is the rule.
    """
    pairs = query_parameters(request)
    if prefers_page(request):
        show_statement_on_failure(request.scope, store)
        if not any(single_value(pairs, name) for name in ("subject", "predicate", "object")):
            return await send_reasons_page(request, store, None, PROOF_FORMATS)
    terms = [_required(pairs, name) for name in ("subject", "predicate", "object")]
    limit = number_value(pairs, "limit", 1, range(1, _MAX_PROOFS + 1))
    triple = read_triple(terms[0], terms[1], terms[2], store.prefixes.namespaces)
    make = partial(ExplanationJob, triple=triple, limit=limit)
    return await _answer(request, store, PROOF_FORMATS, make)


@router.operation(
    "/contradictions",
    "The contradictions",
    PROOF_FORMATS,
    (304, 400, 406, 503, 504),
    what="The contradictions, each with its premises and their proofs.",
    parameters=[*_PAGE, FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    answer=JsonLdDocument,
    operation_id="listContradictions",
)
async def contradictions(request: Request, store: CurrentStore) -> Response:
    """The contradictions of the default graph, each with its premises and their proofs."""
    offset, limit = _page(query_parameters(request))
    make = partial(ContradictionsJob, offset=offset, limit=limit)
    return await _answer(request, store, PROOF_FORMATS, make)


@router.operation(
    "/whatif",
    "Show the effects of a change that the address names",
    OUTCOMES_AND_PAGE,
    (304, *_STATUSES),
    what="What would newly follow or no longer follow, with proofs.",
    parameters=[_UPDATE, _PROOFS, *_PAGE, FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    answer=JsonLdDocument,
    operation_id="showWhatIf",
)
async def show_whatif(request: Request, store: CurrentStore) -> Response:
    """The changes in what follows if the default graph were changed; nothing is stored."""
    pairs = query_parameters(request)
    if not single_value(pairs, "update") and prefers_page(request):
        # The page has a form for it.
        return await send_reasons_page(request, store, None, OUTCOME_FORMATS)
    text = _required(pairs, "update", "INSERT DATA and DELETE DATA")
    patch = SentBody(text.encode(), http.UPDATE_MEDIA_TYPE)
    return await _suppose(request, store, patch, pairs, is_kept=True)


@router.operation(
    "/whatif",
    "Show the effects of a change",
    OUTCOME_FORMATS,
    (*_STATUSES, 415),
    method="POST",
    what="What would newly follow or no longer follow, with proofs.",
    parameters=[_PROOFS, *_PAGE, FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    body=_BODY,
    answer=JsonLdDocument,
    operation_id="askWhatIf",
)
async def ask_whatif(request: Request, store: CurrentStore) -> Response:
    """The changes in what follows if the default graph were changed; nothing is stored.

    The body is SPARQL Update with INSERT DATA and DELETE DATA, or RDF to add. The answer counts all
    changes and lists the first ones. Contradictions that would arise are listed, too.
    """
    media_type = http.accepted_media_type(request, list(_BODY))
    body = await http.read_body(request, store.settings.max_patch_bytes)
    pairs = query_parameters(request)
    return await _suppose(request, store, SentBody(body, media_type), pairs, is_kept=False)


async def _suppose(
    request: Request,
    store: ScratchStore,
    patch: SentBody,
    pairs: http.Parameters,
    *,
    is_kept: bool,
) -> Response:
    offset, limit = _page(pairs)
    proofs = single_value(pairs, "proofs") or "0"
    if proofs not in ("0", "1"):
        raise MalformedParameter("proofs", f"expected 0 or 1, got '{proofs[:50]}'")
    make = partial(
        SuppositionJob,
        patch=patch,
        offset=offset,
        limit=limit,
        proofs=proofs == "1",
    )
    offered = OUTCOMES_AND_PAGE if is_kept else OUTCOME_FORMATS
    return await _answer(request, store, offered, make, is_kept=is_kept)


async def _answer(
    request: Request,
    store: ScratchStore,
    offered: Sequence[formats.Format],
    make: Callable[..., StoreJob],
    *,
    is_kept: bool = True,
) -> Response:
    choice: Choice = choose_format(request, offered)
    if choice.format == HTML:
        programs = tuple(form for form in offered if form != HTML)
        return await send_reasons_page(request, store, make, programs)
    # Text is in one language; the other documents have what rules say in each.
    language = choose_page_language(request)
    job = make(choice=choice, prefixes=store.prefixes, language=language.tag)
    tag = entity_tag(store, choice, repr(job)) if is_kept else None
    headers = language_headers(language if choice.format == TEXT else None)
    return await answer_job(request, store, store.shared_queries, job, tag=tag, others=headers)


def _page(pairs: http.Parameters) -> tuple[int, int]:
    offset = number_value(pairs, "offset", 0, range(10**9))
    return offset, number_value(pairs, "limit", 200, range(_MOST + 1))


def _required(pairs: http.Parameters, name: str, expected: str = _TERM) -> str:
    value = single_value(pairs, name)
    if not value:
        raise MissingParameter(name, f"is missing; expected {expected}")
    return value
