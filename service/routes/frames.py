"""/frames: the JSON-LD frames."""

from fastapi import Request, Response

from kg.describe.json_ld_context import Profile
from kg.namespaces import shorten
from service.answers.formats import JSON, JSON_LD, Choice
from service.answers.json_ld_types import Frame
from service.answers.json_types import FrameEntry, Frames
from service.answers.serialization import write_json
from service.http.conditional import conditional_response
from service.http.negotiation import choose_format
from service.http.openapi import Router, describe_parameter
from service.served import CurrentRelease

router = Router("Ontology")


@router.operation("/frames", "The frames", (JSON,), answer=Frames, operation_id="listFrames")
def list_frames(request: Request, release: CurrentRelease) -> Response:
    """Each frame with its class, whose members are framed by it unless `?frame=` names another."""
    choice = choose_format(request, (JSON,))
    entries: list[FrameEntry] = [
        {"name": name, "href": f"/frames/{name}.jsonld", "class": shorten(frame.target_class.value)}
        for name, frame in release.frames.items()
    ]
    body = write_json({"frames": entries})
    return conditional_response(request, choice, lambda: body, body.decode())


@router.operation(
    "/frames/{name}.jsonld",
    "A frame",
    (JSON_LD,),
    (304, 404),
    parameters=[describe_parameter("name", "The name of a frame; see `/frames`.", place="path")],
    answer=Frame,
    operation_id="getFrame",
)
def frame(request: Request, name: str, release: CurrentRelease) -> Response:
    """A JSON-LD frame; its flags apply throughout, as options of the processor do."""
    text = release.frame(name).text
    choice = Choice(JSON_LD, JSON_LD.media_type, profiles=(Profile.frame,))
    return conditional_response(request, choice, lambda: text, text.decode())
