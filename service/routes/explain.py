"""/explain and /contradictions: the proofs of triples and of contradictions."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from pyoxigraph import Triple

from kg.describe.json_ld_context import COMPACTED_ONLY
from kg.linking.triple_terms import read_triple
from kg.statuses import DEFAULT_VIEW, Base, Standing, view_parameters
from service.answers.formats import HTML, PROOF_FORMATS
from service.answers.json_ld_types import Contradictions, Disagreements, Explanation
from service.errors import MissingParameter
from service.evaluators.jobs import (
    ContradictionsJob,
    DisagreementsJob,
    ExplainJob,
    ProofJob,
    ProofPage,
)
from service.http import openapi
from service.http.conditional import conditional_response, entity_tag
from service.http.documents import language_headers
from service.http.negotiation import choose_format, choose_page_language
from service.http.openapi import Router, describe_parameter
from service.http.problems import prefers_page
from service.http.query_answer import answer_job
from service.http.request import (
    Parameters,
    all_values,
    number_value,
    query_parameters,
    single_value,
)
from service.http.threads import in_thread
from service.http.views import asks_for_view, choose_view_in_thread, view_headers
from service.pages.problem_page import show_form_on_failure
from service.pages.reasons.asked_again import offer_names
from service.pages.reasons.explain_page import NOT_DERIVED, write_explain_form, write_why_not
from service.pages.reasons.suppositions import FIELDS
from service.pages.terms import TermWriter
from service.served import CurrentRelease, ServedRelease, release_of

router = Router("Reasons")

_MAX_PROOFS: Final = 50
_TERM: Final = "an IRI, a CURIE, or any other name"
_PARAMETERS: Final = [
    describe_parameter("subject", f"The subject of the triple: {_TERM}.", required=True),
    describe_parameter("predicate", f"The predicate of the triple: {_TERM}.", required=True),
    describe_parameter(
        "object", f'The object of the triple: {_TERM}, or a literal: `"text"@en`.', required=True
    ),
    describe_parameter(
        "limit",
        "The maximum number of proofs; the strongest come first, and among these the smallest.",
        type="integer",
        minimum=1,
        maximum=_MAX_PROOFS,
        default=1,
    ),
    *openapi.VIEW_PARAMETERS,
    openapi.FORMAT_PARAMETER,
    openapi.LANGUAGE_PARAMETER,
    # What the scripts of a page show; the service sends the same page with any of them.
    describe_parameter(
        "show", "How proofs are shown.", enum=["tree", "drawing"], title="ProofDisplay"
    ),
    describe_parameter(
        "proof", "The number of the proof that is shown.", type="integer", minimum=1, default=1
    ),
]


@router.operation(
    "/explain",
    "The proofs of a triple",
    PROOF_FORMATS,
    (304, 400, 404, 406, 414, 503, 504),
    what="Proofs, down to passages and sources.",
    parameters=_PARAMETERS,
    answer=Explanation,
    operation_id="explainStatement",
)
async def explain(request: Request, release: CurrentRelease) -> Response:
    """The minimal proofs of a triple, down to evidence, passages and background sources.

    An asserted triple is explained by its evidence. Without `view` and `world`, proofs may rest on
    anybody's judgement; with them, only on that of the view. For a triple that is neither asserted
    nor derived, the answer is a 404 whose `nearest` names the rules that lack only one premise for
    it, and that premise. JSON-LD and Turtle use PROV-O: a derived `rdf:Statement` was
    derived from its premises by an activity whose plan is the rule.
    """
    pairs = query_parameters(request)
    page = None
    if prefers_page(request):
        page = _AskedPage(request, release, pairs)
        show_form_on_failure(request.scope, lambda _, failure: page.write_failure(failure))
        if not any(page.asked.values()):
            parts = ("explain", page.language.tag, page.path)
            choice, headers = choose_format(request, (HTML,)), language_headers(page.language)
            respond = partial(conditional_response, request, choice, page.write, *parts)
            return respond(headers=headers)
    subject, predicate, object_ = (_required(pairs, name) for name in FIELDS)
    view = None
    resolver = release.resolver(request)
    limit = number_value(pairs, "limit", 1, range(1, _MAX_PROOFS + 1))
    if asks_for_view(pairs):
        view = await choose_view_in_thread(request, resolver, pairs)
    read = partial(read_triple, resolver, subject, predicate, object_)
    is_quick = all(map(resolver.has, (subject, predicate, object_)))
    triple = read() if is_quick else await in_thread(request, read)
    if page is not None:
        page.triple, page.view = triple, view
        # In a thread, since a view may have to be computed.
        page.terms = await in_thread(request, page.terms_in_view)
    make = partial(ExplainJob, triple=triple, limit=limit, view=view)
    return await _send_proofs(request, release, make, "why-title", view or DEFAULT_VIEW, triple)


_ROUTE: Final = router.routes[0]


async def _explain_directly(request: Request) -> Response:
    request.scope["route"] = _ROUTE
    return await explain(request, release_of(request))


HANDLERS: Final = {("GET", "/explain"): _explain_directly}


class _AskedPage:
    """The form of this request with what was typed, and why there is no proof.

    `triple`, `view` and `terms` in this view are set as soon as they are known.
    """

    def __init__(self, request: Request, release: ServedRelease, pairs: Parameters) -> None:
        """Read what was typed; raises MalformedParameter for an unknown language."""
        self.language = choose_page_language(request)
        self.asked = {name: next(iter(all_values(pairs, name)), "") for name in FIELDS}
        self.path = _path_without_language(request)
        self.triple: Triple | None = None
        self.view: Standing | None = None
        self.terms = release.page_terms(self.language)
        self._release, self._pairs = release, pairs

    def write(self, failure: Mapping[str, Any] | None = None) -> bytes:
        """Write the form, with a failure above it if there is one."""
        return write_explain_form(self.terms, self.asked, self.path, failure)

    def write_failure(self, failure: Mapping[str, Any]) -> bytes:
        """Write the page about a failure: why there is no proof, or else the form."""
        if self.triple is None or failure["type"] != NOT_DERIVED:
            store = self._release.store
            path, pairs = "/explain", self._pairs
            return self.write(offer_names(failure, self.terms, store, path, pairs, FIELDS))
        # Without a view, the nearest rules are those that the readings show.
        parameters = view_parameters(self.view or Standing(Base.READING))
        shown = parameters["view"], parameters.get("world", "")
        return write_why_not(self.terms, self.asked, self.path, failure, self.triple, shown)

    def terms_in_view(self) -> TermWriter:
        """Return the writer of terms for the view."""
        release = self._release.in_view(self.view) if self.view else self._release
        return release.page_terms(self.language)


@router.operation(
    "/contradictions",
    "The contradictions",
    PROOF_FORMATS,
    (304, 400, 406, 503, 504),
    what="The contradictions, each with its proof.",
    parameters=[openapi.FORMAT_PARAMETER, openapi.LANGUAGE_PARAMETER],
    answer=Contradictions,
    operation_id="listContradictions",
)
async def contradictions(request: Request, release: CurrentRelease) -> Response:
    """The contradictions of claims, hypotheses and plans, each with its proof, as in /explain.

    Outside of worlds there are none, or there would be no release. Each contradiction has an IRI,
    which leads to the rule and to the statements that clash.
    """
    return await _send_proofs(request, release, ContradictionsJob, "clash-title")


@router.operation(
    "/disagreements",
    "Who disagrees with whom",
    PROOF_FORMATS,
    (304, 400, 406, 503, 504),
    what="Contradictions between claims, and disagreements that the text reports, with proofs.",
    parameters=[openapi.FORMAT_PARAMETER, openapi.LANGUAGE_PARAMETER],
    answer=Disagreements,
    operation_id="listDisagreements",
)
async def disagreements(request: Request, release: CurrentRelease) -> Response:
    """Contradictions between holders of claims or with the rest, and reported disagreements.

    First come the contradictions between the claims of several holders, then those of one world
    with what stands without it, each with its proof. Since axioms see few of them, the statements
    follow by which the text itself reports that somebody disagrees, each with its evidence.
    """
    return await _send_proofs(request, release, DisagreementsJob, "disagreements-title")


async def _send_proofs(
    request: Request,
    release: ServedRelease,
    make: Callable[..., ProofJob],
    title: str,
    view: Standing = DEFAULT_VIEW,
    triple: Triple | None = None,
) -> Response:
    """Respond with the proofs of a job; for `title` and `triple` see `ProofPageWriter`."""
    choice = choose_format(request, PROOF_FORMATS, profiles=COMPACTED_ONLY)
    page = None
    if choice.format == HTML:
        # A page has links to the same page in the other language.
        path, language = _path_without_language(request), choose_page_language(request)
        page = ProofPage(
            language=language,
            files=release.ontology_paths,
            release=release.release_hash,
            title=title,
            path=path,
            triple=triple,
            # In a thread, since the summary may have to be read.
            cited=await in_thread(request, lambda: release.summary.cited) if triple else (),
        )
    job = make(choice=choice, page=page, page_view=view)
    tag = entity_tag(release, choice, str(view_headers(request.scope)), repr(job))
    headers = language_headers(page.language if page else None)
    processes = release.shared_evaluations
    return await answer_job(request, release, processes, job, tag=tag, others=headers)


def _path_without_language(request: Request) -> str:
    parameters = urlencode([pair for pair in query_parameters(request) if pair[0] != "lang"])
    return f"{request.scope['path']}{'?' if parameters else ''}{parameters}"


def _required(pairs: Parameters, name: str) -> str:
    value = single_value(pairs, name)
    if not value:
        raise MissingParameter(name, f"is missing; expected {_TERM}")
    return value
