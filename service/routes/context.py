"""/context/…: every version of the JSON-LD context, and a redirect to the newest."""

from typing import Final

from fastapi import Request, Response

from kg.describe.json_ld_context import Profile
from service.answers.formats import JSON_LD, Choice
from service.answers.json_ld_types import ContextDocument
from service.http.conditional import conditional_response
from service.http.openapi import Router, describe_parameter
from service.http.request import find_named
from service.routes.assets import CACHED_FOREVER
from service.served import CurrentRelease

router = Router("Ontology")

_CONTEXT: Final = Choice(JSON_LD, JSON_LD.media_type, profiles=(Profile.context,))
_CACHED_AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}


@router.operation(
    "/context/{version}.jsonld",
    "A version of the JSON-LD context",
    (JSON_LD,),
    (304, 404),
    parameters=[
        describe_parameter("version", "A version of the context, such as 1.0.0.", place="path")
    ],
    answer=ContextDocument,
    operation_id="getContext",
)
def context(request: Request, version: str, release: CurrentRelease) -> Response:
    """The context that JSON-LD documents refer to; a version never changes."""
    remedy = f"one of {', '.join(release.contexts)}"
    requested = find_named(release.contexts, version, "context", remedy=remedy)
    return conditional_response(
        request, _CONTEXT, lambda: requested.text, requested.digest, headers=CACHED_FOREVER
    )


@router.operation(
    "/context.jsonld", "The newest JSON-LD context", (), (307,), operation_id="getNewestContext"
)
@router.get("/ontology/context.jsonld", include_in_schema=False)
async def newest(request: Request, release: CurrentRelease) -> Response:
    """A redirect to the newest version, which all documents use."""
    root = request.scope.get("root_path", "")
    location = f"{root}/context/{release.context_version}.jsonld"
    return Response(status_code=307, headers={"Location": location, **_CACHED_AN_HOUR})
