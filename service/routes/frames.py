"""/frames: the JSON-LD frames."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from kg.describe.json_ld_context import Profile
from kg.describe.json_ld_frames import Frame
from kg.namespaces import shorten
from service.answers.formats import JSON, JSON_LD, Choice
from service.answers.serialization import write_json
from service.http.conditional import conditional_response, entity_tag
from service.http.negotiation import choose_format
from service.http.openapi import describe_responses
from service.served import ServedRelease, get_frame, served_release

router = APIRouter(tags=["Ontology"])


@router.get(
    "/frames",
    summary="The frames",
    responses=describe_responses((JSON,), 304, 406),
    response_class=Response,
)
def list_frames(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """Each frame with its class, whose members are framed by it unless `?frame=` names another."""
    choice = choose_format(request, (JSON,))
    listing = {"frames": [_entry(frame) for frame in release.frames.values()]}
    body = write_json(listing)
    return conditional_response(
        request, choice, lambda: body, tag=entity_tag(release, choice, body.decode())
    )


@router.get(
    "/frames/{name}.jsonld",
    summary="A frame",
    responses=describe_responses((JSON_LD,), 304, 404),
    response_class=Response,
)
def frame(
    request: Request, name: str, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """A JSON-LD frame; its flags apply throughout, as options of the processor do."""
    requested = get_frame(release, name)
    choice = Choice(JSON_LD, JSON_LD.media_type, profiles=(Profile.frame,))
    return conditional_response(
        request,
        choice,
        lambda: requested.text,
        tag=entity_tag(release, choice, requested.text.decode()),
    )


def _entry(frame: Frame) -> dict[str, str]:
    return {
        "name": frame.name,
        "href": f"/frames/{frame.name}.jsonld",
        "class": shorten(frame.target_class.value),
    }
