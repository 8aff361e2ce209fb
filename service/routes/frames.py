"""/frames: the JSON-LD frames."""

from fastapi import Request, Response

from kg.describe.json_ld_context import Profile
from kg.describe.json_ld_frames import publish_frame
from kg.namespaces import shorten
from service.answers.formats import HTML, JSON, JSON_LD
from service.answers.json_ld_types import Frame
from service.answers.json_types import FrameEntry, Frames
from service.answers.serialization import write_json
from service.http.conditional import conditional_response
from service.http.negotiation import choose_format
from service.http.openapi import (
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    Router,
    describe_parameter,
)
from service.pages.page_or_document import send_page_or_document
from service.pages.terms import TermWriter
from service.served import CurrentRelease

router = Router("Ontology")


@router.operation(
    "/frames",
    "The frames",
    (JSON, HTML),
    parameters=[FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    answer=Frames,
    operation_id="listFrames",
)
def list_frames(request: Request, release: CurrentRelease) -> Response:
    """Each frame with its class, whose members are framed by it unless `?frame=` names another."""
    entries: list[FrameEntry] = [
        {"name": name, "href": f"/frames/{name}.jsonld", "class": shorten(frame.target_class.value)}
        for name, frame in release.frames.items()
    ]
    body = write_json({"frames": entries})

    def write_page(terms: TermWriter) -> bytes:
        title = terms.words["frames-title"]
        return terms.write_page(
            "frames.html",
            title=title,
            path="/frames",
            place="ontology",
            way=[terms.macros["local_link"]("/ontology", terms.words["ontology"]), title],
            frames=release.frames,
        )

    return send_page_or_document(request, (JSON,), lambda _: body, write_page, body.decode())


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
    """A JSON-LD frame with the address of its context; with `?context=inline`, with the context."""
    frame = release.frame(name)
    choice = choose_format(request, (JSON_LD,), format_names=["jsonld"], profiles=(Profile.frame,))
    body = publish_frame(frame, release.context, address=choice.context)
    return conditional_response(request, choice, lambda: body, body.decode())
