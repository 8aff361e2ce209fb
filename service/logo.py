"""/logo.svg: the project's mark, for its pages and for those who list the ontology."""

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from service.answers.formats import SVG, Choice
from service.http.conditional import answer, tag_of
from service.http.openapi import responses
from service.served import Served, served

router = APIRouter(tags=["Doors"])

_DRAWING: Final = (Path(__file__).parent / "pages" / "logo.svg").read_bytes()


@router.get(
    "/logo.svg", summary="The mark", responses=responses((SVG,), 304), response_class=Response
)
def logo(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """A globe with three places that are linked."""
    choice = Choice(SVG, SVG.media_type)
    return answer(request, choice, lambda: _DRAWING, tag=tag_of(here, choice, _DRAWING.decode()))
