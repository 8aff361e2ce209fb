"""/catalog: releases, their files and the endpoint, in DCAT."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from kg.release.catalogue import CATALOGUE_DOCUMENT, describe_catalogue, kept_releases
from service.answers.formats import TRIPLE_FORMATS
from service.answers.serialization import write_graph
from service.http.conditional import answer, tag_of
from service.http.negotiation import choose
from service.http.openapi import FORMAT, responses
from service.http.request import base_of
from service.served import Served, served

router = APIRouter(tags=["Descriptions"])


@router.get(
    "/catalog",
    summary="The catalogue in DCAT",
    responses=responses(TRIPLE_FORMATS, 304, 406),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
def catalogue(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """The data set, each release that is served or kept, and its files with sizes and hashes.

    Releases say no time: that one came before another is told where their versions show it.
    """
    choice, base = choose(request, TRIPLE_FORMATS), base_of(request)
    releases = list(kept_releases(here.store.folder).values())

    def body() -> bytes:
        about = describe_catalogue(releases, here.void, base)
        return write_graph(about, choice, here.context, root=CATALOGUE_DOCUMENT)

    files = [file.sha256 for one in releases for file in one.files.values()]
    return answer(
        request, choice, body, tag=tag_of(here, choice, "catalog", base, here.void_digest, *files)
    )
