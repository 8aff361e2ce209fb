"""/neighbourhood: a thing and what statements relate it to, for drawings that readers expand."""

from fastapi import Request, Response
from pyoxigraph import NamedNode

from kg.describe.description import sorted_iris
from kg.statuses import DEFAULT_VIEW, Standing
from service.answers.formats import JSON, Choice
from service.answers.search_types import Edge, Neighbourhood
from service.answers.serialization import write_json
from service.errors import MissingParameter
from service.http.conditional import conditional_response
from service.http.negotiation import LANGUAGES, Language
from service.http.openapi import VIEW_PARAMETERS, Router, describe_parameter
from service.http.request import query_parameters, single_value
from service.http.views import choose_view
from service.pages.reasons.support_page import describe_ground, explanation_path
from service.pages.things.neighbourhood import Sentence
from service.served import CurrentRelease, ServedRelease

router = Router("Descriptions")


@router.operation(
    "/neighbourhood",
    "Get what relates a thing to others",
    (JSON,),
    (304, 400, 404, 410),
    parameters=[
        describe_parameter("resource", "A thing, by any name: `London`.", required=True),
        *VIEW_PARAMETERS,
    ],
    answer=Neighbourhood,
    operation_id="getNeighbourhood",
)
def neighbourhood(request: Request, release: CurrentRelease) -> Response:
    """Return a thing with its neighbours, and the statements between them, in the view.

    The closest neighbours come first: those of asserted statements before those of derived ones,
    and of stronger ones before those of weaker ones. Claims and the like, which do not hold, are
    included, as on the page of the thing; of the triples that refer to it, 100 are read.
    """
    pairs, resolver = query_parameters(request), release.resolver(request)
    name = single_value(pairs, "resource")
    if not name:
        raise MissingParameter("resource", "is missing; expected the name of a thing")
    thing = resolver.resolve(name)
    view = choose_view(request.scope, resolver, pairs)

    def body() -> bytes:
        return write_json(_describe(release.in_view(view), thing, view))

    choice, vary = Choice(JSON, JSON.media_type), {"Vary": "Accept-Encoding"}
    return conditional_response(request, choice, body, "neighbours", thing.value, headers=vary)


def _describe(release: ServedRelease, thing: NamedNode, view: Standing) -> Neighbourhood:
    language = Language(LANGUAGES[0], is_explicit=False)
    neighbours = release.resource_pages.neighbours(thing, language)
    things = [thing, *(several[0].other for several in neighbours)]
    edges = [one for several in neighbours for one in several]
    named = {name for one in edges for name in _named(release, one)}
    return {
        "things": [*map(release.lister.describe, things)],
        "edges": [_describe_edge(release, one, view) for one in edges],
        "names": {name.value: release.lister.labels(name) for name in sorted_iris(named)},
    }


def _named(release: ServedRelease, edge: Sentence) -> list[NamedNode]:
    """Return the patterns, the status and the holders of a statement."""
    patterns = release.resource_pages.patterns_of(edge.statement.triple.predicate)
    if edge.ground is None:
        return patterns
    return [*patterns, edge.ground.status, *edge.ground.holders]


def _describe_edge(release: ServedRelease, edge: Sentence, view: Standing) -> Edge:
    triple = edge.statement.triple
    subject, predicate, object_ = (term.value for term in triple)
    patterns = release.resource_pages.patterns_of(triple.predicate)
    described: Edge = {
        "subject": subject,
        "predicate": predicate,
        "object": object_,
        "label": release.lister.labels(triple.predicate),
        "patterns": [pattern.value for pattern in patterns],
        "holds": edge.holds,
        "explanation": explanation_path(triple, view if edge.holds else DEFAULT_VIEW),
    }
    if edge.ground is not None:
        described["ground"] = describe_ground(edge.ground)
    return described
