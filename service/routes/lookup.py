"""/lookup?wikidata=Q84: find the resource for an external identifier or a name.

Where several resources fit equally well, the answer is 300 with a list of them (RFC 9110, section
15.4.1) and no Location header, so that no client follows one of them automatically. A match that is
not the same thing, such as a narrower one, is also only listed: a person should look at it first.
"""

from fastapi import Request, Response

from kg.linking.lookup import LOOKUP_PARAMETERS, LookupMatch, look_up
from kg.namespaces import RDFS
from service.answers.formats import JSON
from service.answers.json_types import LookupChoice, LookupChoices
from service.answers.serialization import write_json
from service.errors import MissingParameter
from service.http.documents import to_uri
from service.http.openapi import Router, describe_parameter
from service.http.request import query_parameters, single_value
from service.pages.terms import path_of
from service.routes.search import show_search_on_failure
from service.served import CurrentRelease, ServedRelease

router = Router("Links")


@router.operation(
    "/lookup",
    "Find a resource by an external identifier or a name",
    (),
    (300, 303, 400, 404),
    parameters=[
        describe_parameter("wikidata", "The identifier of a Wikidata item."),
        describe_parameter("geonames", "The number of a GeoNames place."),
        describe_parameter(
            "iri",
            "An IRI of this data set as IRI, CURIE or address on this host, or an IRI that this "
            "data set links to.",
        ),
        describe_parameter(
            "label", "A label in any language; case, punctuation and Chinese script are ignored."
        ),
        describe_parameter("alias", "Any name of an entity, including labels."),
        describe_parameter("name", "Any name of a thing: local name, label, CURIE, IRI, address."),
        describe_parameter("term", "The same, but first of classes and properties."),
    ],
    answer=LookupChoices,
    operation_id="lookUp",
)
def lookup(request: Request, release: CurrentRelease) -> Response:
    """Redirect to the one resource that matches, or list several that may match.

    Expects exactly one parameter. Exact matches come before close ones, and close ones before
    narrower, broader and related ones.
    """
    pairs = query_parameters(request)
    asked = next((value for name, value in pairs if name in LOOKUP_PARAMETERS), "")
    show_search_on_failure(request.scope, release, asked)
    values = [(name, single_value(pairs, name)) for name in LOOKUP_PARAMETERS]
    given = [(name, value) for name, value in values if value is not None]
    if len(given) != 1:
        reason = f"expected exactly one of {', '.join(LOOKUP_PARAMETERS)}, got {len(given)}"
        raise MissingParameter("lookup", reason)
    [(by, value)] = given
    matches = look_up(release.resolver(request), by, value)
    root = request.scope.get("root_path", "")
    if len(matches) == 1 and matches[0].is_same:
        return Response(status_code=303, headers={"Location": _location(root, matches[0])})
    listing: LookupChoices = {
        "choices": [_describe_match(release, root, match) for match in matches]
    }
    return Response(write_json(listing), status_code=300, media_type=JSON.media_type)


def _location(root: str, match: LookupMatch) -> str:
    """Return the address of a match: for a resource of ours a path, valid on any host name."""
    return to_uri(path_of(match.iri, root))


def _describe_match(release: ServedRelease, root: str, match: LookupMatch) -> LookupChoice:
    labels = {
        getattr(triple.object, "language", None) or "": getattr(triple.object, "value", "")
        for triple in release.store.triples(match.iri, RDFS["label"])
    }
    return {
        "id": match.iri.value,
        "href": _location(root, match),
        "relation": match.relation,
        "label": dict(sorted(labels.items())),
    }
