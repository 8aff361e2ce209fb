"""/frames: the JSON-LD frames."""

from fastapi import APIRouter, Request, Response

from kg.describe.json_ld_context import Profile
from kg.describe.json_ld_frames import Frame
from kg.namespaces import shorten
from service.answers.formats import JSON, JSON_LD, Choice
from service.answers.serialization import write_json
from service.http.conditional import conditional_response, entity_tag
from service.http.negotiation import choose_format
from service.http.openapi import describe_responses
from service.served import CurrentRelease, get_frame

router = APIRouter(tags=["Ontology"], default_response_class=Response)


@router.get("/frames", summary="The frames", responses=describe_responses((JSON,), 304, 406))
def list_frames(request: Request, release: CurrentRelease) -> Response:
    """Each frame with its class, whose members are framed by it unless `?frame=` names another."""
    choice = choose_format(request, (JSON,))
    body = write_json({"frames": [_entry(frame) for frame in release.frames.values()]})
    tag = entity_tag(release, choice, body.decode())
    return conditional_response(request, choice, lambda: body, tag=tag)


@router.get(
    "/frames/{name}.jsonld", summary="A frame", responses=describe_responses((JSON_LD,), 304, 404)
)
def frame(request: Request, name: str, release: CurrentRelease) -> Response:
    """A JSON-LD frame; its flags apply throughout, as options of the processor do."""
    text = get_frame(release, name).text
    choice = Choice(JSON_LD, JSON_LD.media_type, profiles=(Profile.frame,))
    tag = entity_tag(release, choice, text.decode())
    return conditional_response(request, choice, lambda: text, tag=tag)


def _entry(frame: Frame) -> dict[str, str]:
    return {
        "name": frame.name,
        "href": f"/frames/{frame.name}.jsonld",
        "class": shorten(frame.target_class.value),
    }
