"""/explain and /contradictions: the proofs of triples and of contradictions."""

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
    {**parameter("subject", f"The subject of the triple: {_TERM}."), "required": True},
    {**parameter("predicate", f"The predicate of the triple: {_TERM}."), "required": True},
    {
        **parameter("object", f'The object of the triple: {_TERM}, or a literal: `"London"@en`.'),
        "required": True,
    },
    parameter(
        "limit",
        "The maximum number of proofs; the strongest come first, and among these the smallest.",
        type="integer",
        minimum=1,
        maximum=MOST_PROOFS,
        default=1,
    ),
    FORMAT,
    LANGUAGE,
]


class _Page(NamedTuple):
    """The language of the page that is requested, and its path without the language."""

    language: Language
    path: str


@router.get(
    "/explain",
    summary="The proofs of a triple",
    responses=responses(
        PROOF_FORMATS, 304, 400, 404, 406, 414, 503, what="Proofs, down to passages and sources."
    ),
    response_class=Response,
    openapi_extra={"parameters": _PARAMETERS},
)
def explain(request: Request, release: Annotated[Served, Depends(served)]) -> Response:
    """The minimal proofs of a triple, down to evidence, passages and background sources.

    An asserted triple is explained by its evidence. For a triple that is neither asserted nor
    derived at any level, the answer is a 404 whose `nearest` names the rules that lack only one
    premise for it, and that premise. JSON-LD and Turtle use PROV-O: a derived `rdf:Statement` was
    derived from its premises by an activity whose plan is the rule.
    """
    pairs = in_address(request)
    terms = [_required(pairs, name) for name in ("subject", "predicate", "object")]
    limit = _limit(pairs)
    choice = choose(request, PROOF_FORMATS, profiles=COMPACTED)
    page = _page(request, choice)
    return answer(
        request,
        choice,
        lambda: release.explanations.run(lambda: _proofs(release, terms, limit, choice, page)),
        tag=tag_of(release, choice, *terms, str(limit), *map(str, page or ()), *release.documents),
        headers=of_page(page and page.language),
    )


@router.get(
    "/contradictions",
    summary="The contradictions",
    responses=responses(
        PROOF_FORMATS, 304, 400, 406, 503, what="The contradictions, each with its proof."
    ),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT, LANGUAGE]},
)
def contradictions(request: Request, release: Annotated[Served, Depends(served)]) -> Response:
    """The contradictions of claims, hypotheses and plans, each with its proof, as in /explain.

    The statements that hold have none, or there would be no release. Each contradiction has an IRI,
    which leads to the rule and to the statements that clash.
    """
    choice = choose(request, PROOF_FORMATS, profiles=COMPACTED)
    page = _page(request, choice)
    return answer(
        request,
        choice,
        lambda: release.explanations.run(lambda: _contradictions(release, choice, page)),
        tag=tag_of(release, choice, "contradictions", *map(str, page or ()), *release.documents),
        headers=of_page(page and page.language),
    )


def _page(request: Request, choice: Choice) -> _Page | None:
    """Return the language and path of the page, or None if no page is requested."""
    if choice.format != HTML:
        return None
    parameters = urlencode([pair for pair in in_address(request) if pair[0] != "lang"])
    path = f"{request.scope['path']}{'?' if parameters else ''}{parameters}"
    return _Page(choose_language(request), path)


def _proofs(
    release: Served, terms: list[str], limit: int, choice: Choice, page: _Page | None
) -> bytes:
    # Imported only here: see `Reasons`.
    from kg.reasoning.proofs import words

    proofs = release.reasons.explain(words.read_triple(*terms), limit)
    if page is not None:
        return release.proof_pages.page(proofs, page.language, title="why-title", path=page.path)
    return _serialized(release, proofs, choice)


def _contradictions(release: Served, choice: Choice, page: _Page | None) -> bytes:
    from kg.reasoning.proofs import words

    proofs = release.reasons.contradictions()
    if page is not None:
        return release.proof_pages.page(proofs, page.language, title="clash-title", path=page.path)
    return _serialized(release, proofs, choice) or words.NO_CONTRADICTIONS.encode()


def _serialized(release: Served, proofs: "Sequence[AnyProof]", choice: Choice) -> bytes:
    from kg.reasoning.proofs import linked_data, words

    if choice.format == JSON_LD:
        return linked_data.json_ld(proofs, choice.context or release.context.document["@context"])
    if choice.format == TURTLE:
        return linked_data.turtle(proofs)
    write = words.mermaid if choice.format == MERMAID else words.plain_text
    return write(proofs).encode()


def _required(pairs: Pairs, name: str) -> str:
    value = single(pairs, name)
    if not value:
        raise MissingParameter(name, f"is missing; expected {_TERM}")
    return value


def _limit(pairs: Pairs) -> int:
    text = single(pairs, "limit") or "1"
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    if not 1 <= number <= MOST_PROOFS:
        raise MalformedParameter("limit", f"expected a number from 1 to {MOST_PROOFS}")
    return number
