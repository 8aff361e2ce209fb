"""/dumps/…: all of a release in one file, whole or in parts."""

import re
from collections.abc import Mapping
from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from kg.errors import UnknownName
from kg.release.catalogue import DumpFile, kept_releases
from service.answers.formats import HTML, JSON, Format
from service.answers.serialization import write_json
from service.errors import RangeNotSatisfiable
from service.http.conditional import answer, caching, not_modified, tag_of
from service.http.html import door_page
from service.http.middleware import HEAD_ALONE
from service.http.negotiation import choose
from service.http.openapi import parameter, responses
from service.served import Served, served

router = APIRouter(tags=["Descriptions"])

_GZIP: Final = Format("gz", "application/gzip")
# Several parts at once are a right of the server to refuse (RFC 9110, section 14.2).
_RANGE: Final = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")
_PARTS: Final = {
    "parameters": [{**parameter("Range", "The part that is wanted, in bytes."), "in": "header"}]
}
_BODY: Final = """<h1>Dumps</h1>
<p>All of release {release} in one file. Each is also written by <code>glocal dump</code>, byte by
byte; parts of a file can be asked for by <code>Range</code>. The <a href="catalog">catalogue</a>
says the same in DCAT.</p>
<table><tr><th>file<th>what it holds<th>bytes<th>SHA-256</tr>
{rows}</table>"""


@router.get(
    "/dumps",
    summary="The files that hold all of the release",
    responses=responses((JSON, HTML), 304, 406),
    response_class=Response,
)
def list_dumps(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Each file with its form, size and hash; none where what is served lies in memory alone."""
    choice, files = choose(request, (JSON, HTML)), _files(here)

    def body() -> bytes:
        if choice.format == HTML:
            return _page(here, files)
        return write_json({"dumps": [_listed(file) for file in files.values()]})

    hashes = [file.sha256 for file in files.values()]
    return answer(request, choice, body, tag=tag_of(here, choice, "dumps", *hashes))


@router.get(
    "/dumps/{name}",
    summary="One file",
    responses=responses((_GZIP,), 206, 304, 404, 416),
    response_class=Response,
    openapi_extra=_PARTS,
)
def dump_file(request: Request, name: str, here: Annotated[Served, Depends(served)]) -> Response:
    """The file, whole or the part that `Range` names; `If-Range` sees to it that parts fit."""
    return _file(request, name, _files(here))


@router.get(
    "/dumps/{release}/{name}",
    summary="One file of one release",
    responses=responses((_GZIP,), 206, 304, 404, 416),
    response_class=Response,
    openapi_extra=_PARTS,
)
def file_of_release(
    request: Request, release: str, name: str, here: Annotated[Served, Depends(served)]
) -> Response:
    """The same of a release that is named by the beginning of its hash, served or kept."""
    kept = kept_releases(here.store.folder)
    if release not in kept:
        raise UnknownName(release, list(kept), kind="release")
    return _file(request, name, kept[release].files)


def _files(here: Served) -> Mapping[str, DumpFile]:
    """The files of the served release, which is the first of those that are kept."""
    return next((one.files for one in kept_releases(here.store.folder).values()), {})


def _file(request: Request, name: str, files: Mapping[str, DumpFile]) -> Response:
    if name not in files:
        raise UnknownName(name, list(files), kind="dump")
    return file_response(request, files[name])


def file_response(request: Request, file: DumpFile) -> Response:
    """The file as an answer; its tag is its hash.

    Raises:
        RangeNotSatisfiable: the part begins behind the end.
    """
    # Nobody negotiates here, and the file is compressed already.
    headers = {**caching(f'"{file.sha256[:32]}"'), "Repr-Digest": file.digest}
    del headers["Vary"]
    if not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    is_of_this_file = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    if asked is not None and asked[1] and int(asked[1]) >= file.size and is_of_this_file:
        raise RangeNotSatisfiable(asked[0], file.size)
    return _Part(file.path, headers=headers, media_type=_GZIP.media_type)


class _Part(FileResponse):
    """A file of which one part at most is asked for; what asks otherwise is passed over."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = MutableHeaders(raw=list(Headers(scope=scope).raw))
        if not _is_usable(headers.get("range", "")):
            del headers["range"]
        method = "HEAD" if HEAD_ALONE in scope else scope["method"]
        scope = {**scope, "headers": headers.raw, "method": method}
        await super().__call__(scope, receive, send)


def _is_usable(asked: str) -> bool:
    found = _RANGE.fullmatch(asked)
    if found is None:
        return False
    if found[3]:
        return int(found[3]) > 0
    return not found[2] or int(found[1]) <= int(found[2])


def _listed(file: DumpFile) -> dict[str, object]:
    return {
        "name": file.dump.name,
        "href": f"/dumps/{file.dump.file}",
        "title": dict(file.dump.title),
        "mediaType": file.dump.media_type,
        "bytes": file.size,
        "sha256": file.sha256,
    }


def _page(here: Served, files: Mapping[str, DumpFile]) -> bytes:
    rows = "\n".join(
        f'<tr><td><a href="dumps/{name}">{name}</a><td>{escape(file.dump.title["en"])}<br>'
        f'<span lang="zh">{escape(file.dump.title["zh"])}</span>'
        f'<td class="number">{file.size:,}<td><code>{file.sha256[:16]}…</code></tr>'
        for name, file in files.items()
    )
    body = _BODY.format(release=escape(here.release_hash[:16]), rows=rows)
    return door_page("Dumps", body)
