"""/context/…: the JSON-LD context, each version for ever, and the way to the newest."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from kg.describe.json_ld_context import Profile
from kg.errors import UnknownName
from service.answers.formats import JSON_LD, Choice
from service.http.conditional import answer, tag_of
from service.http.openapi import responses
from service.served import Served, served

router = APIRouter(tags=["Ontology"])

_CONTEXT: Final = Choice(JSON_LD, JSON_LD.media_type, profiles=(Profile.context,))
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}


@router.get(
    "/context/{version}.jsonld",
    summary="A version of the JSON-LD context",
    responses=responses((JSON_LD,), 304, 404),
    response_class=Response,
)
def context(request: Request, version: str, here: Annotated[Served, Depends(served)]) -> Response:
    """The names that JSON-LD documents use; what a version says never changes."""
    found = here.contexts.get(version)
    if found is None:
        known = ", ".join(here.contexts)
        remedy = f"one of those that there are: {known}"
        raise UnknownName(version, tuple(here.contexts), kind="context", remedy=remedy)
    tag = tag_of(here, _CONTEXT, found.digest)
    return answer(request, _CONTEXT, lambda: found.text, tag=tag, headers=_FOR_EVER)


@router.get(
    "/context.jsonld",
    summary="The newest JSON-LD context",
    status_code=307,
    responses=responses((), 307),
    response_class=Response,
)
@router.get("/ontology/context.jsonld", include_in_schema=False)
async def newest(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Leads to the newest version, by which all documents are written."""
    root = request.scope.get("root_path", "")
    location = f"{root}/context/{here.context_version}.jsonld"
    return Response(status_code=307, headers={"Location": location, **_FOR_AN_HOUR})
