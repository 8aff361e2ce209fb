"""/assets/… and /logo.svg: what pages load, all of it from here."""

from pathlib import Path
from typing import Final

from fastapi import Request, Response

from service.answers.formats import CSS, JAVASCRIPT, SVG, TEXT, Choice
from service.http.conditional import conditional_response
from service.http.html import STYLE_NAME, STYLE_SHEET
from service.http.openapi import Router, describe_parameter
from service.http.request import find_named
from service.http.scripts import BUNDLE

router = Router("Interfaces")

CACHED_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASSETS: Final = {STYLE_NAME: (STYLE_SHEET, Choice(CSS, CSS.media_type))} | {
    path.name: (path.read_bytes(), Choice(form, form.media_type))
    for form in (JAVASCRIPT, TEXT)
    for path in sorted(BUNDLE.glob(f"*.{form.name}"))
}
_LOGO: Final = (Path(__file__).parents[2] / "pages" / "logo.svg").read_bytes()


@router.operation("/logo.svg", "Get the logo", (SVG,), (304,), operation_id="getLogo")
def logo(request: Request) -> Response:
    """Return the logo: a globe with three places linked to each other."""
    choice = Choice(SVG, SVG.media_type)
    return conditional_response(request, choice, lambda: _LOGO, _LOGO.decode())


@router.operation(
    "/assets/{name}",
    "Get a file that pages load",
    (CSS, JAVASCRIPT, TEXT),
    (304, 404),
    parameters=[
        describe_parameter("name", "The name of a file, as a page gives it.", place="path")
    ],
    operation_id="getAsset",
)
def asset(request: Request, name: str) -> Response:
    """Return a file that pages load, a style sheet or a script; its name changes with it."""
    body, choice = find_named(_ASSETS, name, "file")
    return conditional_response(request, choice, lambda: body, name, headers=CACHED_FOREVER)
