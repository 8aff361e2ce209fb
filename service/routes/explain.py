"""/explain and /contradictions: why a triple stands, and what clashes with what holds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from kg.describe.json_ld_context import COMPACTED
from kg.errors import MalformedParameter
from service.answers.formats import HTML, JSON_LD, MERMAID, PROOF_FORMATS, TURTLE, Choice
from service.errors import MissingParameter
from service.http.conditional import answer, tag_of
from service.http.documents import of_page
from service.http.negotiation import Language, choose, choose_language
from service.http.openapi import FORMAT, LANGUAGE, parameter, responses
from service.http.request import Pairs, in_address, single
from service.served import Served, served

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import AnyProof

router = APIRouter(tags=["Reasons"])

MOST_PROOFS: Final = 50
_TERM: Final = "an IRI or a CURIE such as `id:London`"
_PARAMETERS: Final = [
    {**parameter("subject", f"Of the triple: {_TERM}."), "required": True},
    {**parameter("predicate", f"Of the triple: {_TERM}."), "required": True},
    {**parameter("object", 'The same, or a literal such as `"London"@en`.'), "required": True},
    parameter(
        "limit",
        "How many proofs at most, the strongest and among these the smallest first.",
        type="integer",
        minimum=1,
        maximum=MOST_PROOFS,
        default=1,
    ),
    FORMAT,
    LANGUAGE,
]


class _Page(NamedTuple):
    """What the address says of a page: its language, and its path without that."""

    language: Language
    path: str


@router.get(
    "/explain",
    summary="Why a triple stands",
    responses=responses(
        PROOF_FORMATS, 304, 400, 404, 406, 414, 503, what="Proofs, down to passages and sources."
    ),
    response_class=Response,
    openapi_extra={"parameters": _PARAMETERS},
)
def explain(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """The minimal proofs of a triple, down to evidence, passages and background sources.

    An asserted triple is explained by its evidence. A triple that stands at no level is a 404
    whose `nearest` names the rules that lack only one premise for it, and which. JSON-LD and
    Turtle speak PROV-O: a derived `rdf:Statement` was derived from its premises by an activity
    whose plan is the rule.
    """
    pairs = in_address(request)
    terms = [_required(pairs, name) for name in ("subject", "predicate", "object")]
    limit = _limit(pairs)
    choice = choose(request, PROOF_FORMATS, profiles=COMPACTED)
    page = _page(request, choice)
    return answer(
        request,
        choice,
        lambda: here.explanations.run(lambda: _explained(here, terms, limit, choice, page)),
        tag=tag_of(here, choice, *terms, str(limit), *map(str, page or ()), *here.documents),
        headers=of_page(page and page.language),
    )


@router.get(
    "/contradictions",
    summary="What clashes with what holds",
    responses=responses(PROOF_FORMATS, 304, 400, 406, 503, what="Each with its proof."),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT, LANGUAGE]},
)
def contradictions(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """The contradictions of claims, hypotheses and plans, each with its proof, as in /explain.

    Among what holds there is none, or there would be no release. Each has an IRI, which leads to
    the rule and to the statements that clash.
    """
    choice = choose(request, PROOF_FORMATS, profiles=COMPACTED)
    page = _page(request, choice)
    return answer(
        request,
        choice,
        lambda: here.explanations.run(lambda: _contradictions(here, choice, page)),
        tag=tag_of(here, choice, "contradictions", *map(str, page or ()), *here.documents),
        headers=of_page(page and page.language),
    )


def _page(request: Request, choice: Choice) -> _Page | None:
    """What is asked of a page, where a page is asked for."""
    if choice.format != HTML:
        return None
    others = urlencode([pair for pair in in_address(request) if pair[0] != "lang"])
    path = f"{request.scope['path']}{'?' if others else ''}{others}"
    return _Page(choose_language(request), path)


def _explained(
    here: Served, terms: list[str], limit: int, choice: Choice, page: _Page | None
) -> bytes:
    # Not at the start: see `Reasons`.
    from kg.reasoning.proofs import words

    proofs = here.reasons.explain(words.read_triple(*terms), limit)
    if page is not None:
        return here.proof_pages.page(proofs, page.language, title="why-title", path=page.path)
    return _written(here, proofs, choice)


def _contradictions(here: Served, choice: Choice, page: _Page | None) -> bytes:
    from kg.reasoning.proofs import words

    proofs = here.reasons.contradictions()
    if page is not None:
        return here.proof_pages.page(proofs, page.language, title="clash-title", path=page.path)
    return _written(here, proofs, choice) or words.NO_CONTRADICTIONS.encode()


def _written(here: Served, proofs: "Sequence[AnyProof]", choice: Choice) -> bytes:
    from kg.reasoning.proofs import linked_data, words

    if choice.format == JSON_LD:
        return linked_data.json_ld(proofs, choice.context or here.context.document["@context"])
    if choice.format == TURTLE:
        return linked_data.turtle(proofs)
    write = words.mermaid if choice.format == MERMAID else words.plain_text
    return write(proofs).encode()


def _required(pairs: Pairs, name: str) -> str:
    value = single(pairs, name)
    if not value:
        raise MissingParameter(name, f"is missing; right would be {_TERM}")
    return value


def _limit(pairs: Pairs) -> int:
    text = single(pairs, "limit") or "1"
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    if not 1 <= number <= MOST_PROOFS:
        raise MalformedParameter("limit", f"right would be a number from 1 to {MOST_PROOFS}")
    return number
