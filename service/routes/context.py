"""/context/…: every version of the JSON-LD context, and a redirect to the newest."""

from typing import Final

from fastapi import Request, Response

from kg.describe.json_ld_context import Profile
from kg.reasoning.proofs.linked_data import CONTEXT
from service.answers.formats import JSON_LD, Choice
from service.answers.json_ld_types import ContextDocument
from service.answers.serialization import write_json
from service.http.conditional import conditional_response
from service.http.openapi import Router, describe_parameter
from service.http.problems import PROBLEM_CONTEXT, PROBLEM_CONTEXT_NAME
from service.http.request import find_named
from service.routes.about.assets import CACHED_FOREVER
from service.served import CurrentRelease

router = Router("Ontology")

_CONTEXT: Final = Choice(JSON_LD, JSON_LD.media_type, profiles=(Profile.context,))
# The name of the context and of the frame of proofs, which are answers and no things.
PROOF: Final = "proof"
_FURTHER: Final = {PROOF: CONTEXT, PROBLEM_CONTEXT_NAME: PROBLEM_CONTEXT}
_CACHED_AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}


@router.operation(
    "/context/{version}.jsonld",
    "A version of the JSON-LD context",
    (JSON_LD,),
    (304, 404),
    parameters=[
        describe_parameter(
            "version",
            "A version of the context, such as 1.0.0; `proof` is that of proofs, `problem` that "
            "of problem documents.",
            place="path",
        )
    ],
    answer=ContextDocument,
    operation_id="getContext",
)
def context(request: Request, version: str, release: CurrentRelease) -> Response:
    """The context that JSON-LD documents refer to; a version never changes."""
    if version in _FURTHER:
        text = write_json({"@context": _FURTHER[version]})
        return conditional_response(request, _CONTEXT, lambda: text, text.decode())
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
