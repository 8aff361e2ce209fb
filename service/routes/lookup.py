"""/lookup?wikidata=Q84: an outside identifier or a name -> the resource here.

Where several resources fit equally well, 300 lists them (RFC 9110, section 15.4.1) without a
Location, so that no client follows one of them by itself. So does a link that is not of the same
thing, such as one to a narrower item: it is there to be seen, and not to be followed blindly.
"""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from kg.linking.lookup import PARAMETERS, Found, look_up
from kg.namespaces import BASE, RDFS
from service.answers.formats import JSON
from service.answers.serialization import write_json
from service.errors import MissingParameter
from service.http.openapi import parameter, responses
from service.http.request import in_address, single
from service.served import Served, served

router = APIRouter(tags=["Links"])


@router.get(
    "/lookup",
    summary="A resource by an outside identifier or a name",
    status_code=303,
    responses=responses((), 300, 303, 400, 404),
    response_class=Response,
    openapi_extra={
        "parameters": [
            parameter("wikidata", "An item, such as Q84."),
            parameter("geonames", "A place, such as 2643743."),
            parameter("iri", "An IRI of this data set, or one that something here is linked to."),
            parameter("label", "A label in any language; case, script and punctuation are free."),
            parameter("alias", "Any name, labels included."),
        ]
    },
)
def lookup(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """See the one resource that this is here; or a list of those it may be.

    Exactly one parameter is given. An exact match goes before a close one, a close one before
    a narrower, broader or related one.
    """
    pairs = in_address(request)
    given = {name: value for name in PARAMETERS if (value := single(pairs, name)) is not None}
    if len(given) != 1:
        reason = f"right would be exactly one of {', '.join(PARAMETERS)}, not {len(given)}"
        raise MissingParameter("lookup", reason)
    ((by, value),) = given.items()
    found = look_up(here.store, lambda: here.names, by, value)
    root = request.scope.get("root_path", "")
    if len(found) == 1 and found[0].is_same:
        return Response(status_code=303, headers={"Location": _path(root, found[0])})
    listing = {"choices": [_listed(here, root, one) for one in found]}
    return Response(write_json(listing), status_code=300, media_type=JSON.media_type)


def _path(root: str, found: Found) -> str:
    """Where it is on this host; a path alone, as whoever answers here has it too."""
    iri = found.iri.value
    address = f"{root}/{iri.removeprefix(BASE)}" if iri.startswith(BASE) else iri
    return quote(address, safe="%:/?#[]@!$&'()*+,;=~")


def _listed(here: Served, root: str, found: Found) -> dict[str, Any]:
    labels = {
        getattr(one.object, "language", None) or "": getattr(one.object, "value", "")
        for one in here.store.matching(found.iri, RDFS["label"])
    }
    return {
        "id": found.iri.value,
        "href": _path(root, found),
        "relation": found.relation,
        "label": dict(sorted(labels.items())),
    }
