"""/frames: the JSON-LD frames."""

from typing import Final

from fastapi import Request, Response

from kg.describe.json_ld_context import Profile
from kg.describe.json_ld_frames import FLAGS, publish_frame
from kg.namespaces import shorten
from kg.reasoning.proofs.linked_data import CONTEXT, FRAME
from service.answers.formats import HTML, JSON, JSON_LD
from service.answers.json_ld_types import Frame
from service.answers.json_types import FrameEntry, Frames
from service.answers.serialization import write_json
from service.http.conditional import conditional_response
from service.http.negotiation import choose_format
from service.http.openapi import (
    CONTEXT_PARAMETER,
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    Router,
    describe_parameter,
)
from service.http.request import base_url
from service.pages.page_or_document import send_page_or_document
from service.pages.terms import TermWriter
from service.routes.context import PROOF
from service.served import CurrentRelease

router = Router("Ontology")

# The frame of documents with `evidence=1`: who states what, and on which page.
_STATEMENTS: Final = "statements"
_LABELLED: Final = {**FLAGS, "rdfs:label": {}}
_STATEMENTS_FRAME: Final = {
    **FLAGS,
    "type": "Evidence",
    "hasStatus": {**FLAGS, "@embed": "@never"},
    "heldBy": _LABELLED,
    "fromPassage": {**FLAGS, "page": {}, "lastPage": {"@omitDefault": True}, "paragraph": {}},
    "citedFrom": _LABELLED,
    "dcterms:source": {**FLAGS, "@embed": "@never"},
    **{name: {"@omitDefault": True} for name in ("validTime", "validFrom", "validUntil")},
    # All that the evidence states.
    "graph": {},
}


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
    entries += [
        {"name": name, "href": f"/frames/{name}.jsonld", "class": of_class}
        for name, of_class in ((PROOF, "prov:Collection"), (_STATEMENTS, "glocal:Evidence"))
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
    parameters=[
        describe_parameter("name", "The name of a frame; see `/frames`.", place="path"),
        CONTEXT_PARAMETER,
    ],
    answer=Frame,
    operation_id="getFrame",
)
def frame(request: Request, name: str, release: CurrentRelease) -> Response:
    """A JSON-LD frame with the address of its context; with `?context=inline`, with the context.

    The frame `proof` is for the answers of `/explain`, `/contradictions` and `/disagreements`, and
    `statements` for documents with `evidence=1`.
    """
    choice = choose_format(request, (JSON_LD,), format_names=["jsonld"], profiles=(Profile.frame,))
    if name == PROOF:
        address = f"{base_url(request)}context/{PROOF}.jsonld"
        body = write_json({"@context": address if choice.context else CONTEXT, **FRAME})
    elif name == _STATEMENTS:
        context = choice.context or release.context.document["@context"]
        body = write_json({"@context": context, **_STATEMENTS_FRAME})
    else:
        body = publish_frame(release.frame(name), release.context, address=choice.context)
    return conditional_response(request, choice, lambda: body, body.decode())
