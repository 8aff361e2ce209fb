"""/dumps/…: download a release as one file, whole or in parts."""

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
from service.http.conditional import (
    cache_headers,
    conditional_response,
    entity_tag,
    is_not_modified,
)
from service.http.html import write_page_with_home_link
from service.http.middleware import IS_HEAD_KEY
from service.http.negotiation import choose_format
from service.http.openapi import describe_parameter, describe_responses
from service.served import ServedRelease, served_release

router = APIRouter(tags=["Descriptions"])

_GZIP: Final = Format("gz", "application/gzip")
# A server may ignore requests for several parts (RFC 9110, section 14.2).
_RANGE: Final = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")
_RANGE_PARAMETER: Final = {
    "parameters": [
        {**describe_parameter("Range", "The part of the file to send, in bytes."), "in": "header"}
    ]
}
_BODY: Final = """<h1>Dumps</h1>
<p>Release {release} as one file. <code>glocal dump</code> writes the same files, byte for byte; a
<code>Range</code> header requests a part of a file. The <a href="catalog">catalogue</a> describes
the files in DCAT.</p>
<table><tr><th>file<th>contents<th>bytes<th>SHA-256</tr>
{rows}</table>"""


@router.get(
    "/dumps",
    summary="The dumps of the release",
    responses=describe_responses((JSON, HTML), 304, 406),
    response_class=Response,
)
def list_dumps(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """Each file with its media type, size and hash; none if the data is only in memory."""
    choice, files = choose_format(request, (JSON, HTML)), _files(release)

    def body() -> bytes:
        if choice.format == HTML:
            return _page(release, files)
        return write_json({"dumps": [_entry(file) for file in files.values()]})

    hashes = [file.sha256 for file in files.values()]
    return conditional_response(
        request, choice, body, tag=entity_tag(release, choice, "dumps", *hashes)
    )


@router.get(
    "/dumps/{name}",
    summary="One dump",
    responses=describe_responses((_GZIP,), 206, 304, 404, 416),
    response_class=Response,
    openapi_extra=_RANGE_PARAMETER,
)
def dump_file(
    request: Request, name: str, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """The file, or the part that `Range` requests; `If-Range` ensures that parts fit together."""
    return _file(request, name, _files(release))


@router.get(
    "/dumps/{release}/{name}",
    summary="One dump of one release",
    responses=describe_responses((_GZIP,), 206, 304, 404, 416),
    response_class=Response,
    openapi_extra=_RANGE_PARAMETER,
)
def file_of_release(
    request: Request,
    release: str,
    name: str,
    served_release: Annotated[ServedRelease, Depends(served_release)],
) -> Response:
    """The same for any release that is served or kept, named by the beginning of its hash."""
    kept = kept_releases(served_release.store.folder)
    if release not in kept:
        raise UnknownName(release, list(kept), kind="release")
    return _file(request, name, kept[release].files)


def _files(release: ServedRelease) -> Mapping[str, DumpFile]:
    """Return the dumps of the served release, which is the first of those that are kept."""
    return next((kept.files for kept in kept_releases(release.store.folder).values()), {})


def _file(request: Request, name: str, files: Mapping[str, DumpFile]) -> Response:
    if name not in files:
        raise UnknownName(name, list(files), kind="dump")
    return respond_with_file(request, files[name])


def respond_with_file(request: Request, file: DumpFile) -> Response:
    """Respond with a file or a part of it; the entity tag is the file's hash.

    Raises:
        RangeNotSatisfiable: the part begins after the end of the file.
    """
    # No Vary: there is only one format, and the file is already compressed.
    headers = {**cache_headers(f'"{file.sha256[:32]}"'), "Repr-Digest": file.digest}
    del headers["Vary"]
    if is_not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    byte_range = _RANGE.fullmatch(request.headers.get("range", ""))
    is_of_this_file = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    if (
        byte_range is not None
        and byte_range[1]
        and int(byte_range[1]) >= file.size
        and is_of_this_file
    ):
        raise RangeNotSatisfiable(byte_range[0], file.size)
    return _RangeResponse(file.path, headers=headers, media_type=_GZIP.media_type)


class _RangeResponse(FileResponse):
    """A file, or one part of it; any other Range header is ignored."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = MutableHeaders(raw=list(Headers(scope=scope).raw))
        if not _is_usable(headers.get("range", "")):
            del headers["range"]
        method = "HEAD" if IS_HEAD_KEY in scope else scope["method"]
        scope = {**scope, "headers": headers.raw, "method": method}
        await super().__call__(scope, receive, send)


def _is_usable(header: str) -> bool:
    byte_range = _RANGE.fullmatch(header)
    if byte_range is None:
        return False
    first, last, suffix_length = byte_range.groups()
    if suffix_length:
        return int(suffix_length) > 0
    return not last or int(first) <= int(last)


def _entry(file: DumpFile) -> dict[str, object]:
    return {
        "name": file.dump.name,
        "href": f"/dumps/{file.dump.file}",
        "title": dict(file.dump.title),
        "mediaType": file.dump.media_type,
        "bytes": file.size,
        "sha256": file.sha256,
    }


def _page(release: ServedRelease, files: Mapping[str, DumpFile]) -> bytes:
    rows = "\n".join(
        f'<tr><td><a href="dumps/{name}">{name}</a><td>{escape(file.dump.title["en"])}<br>'
        f'<span lang="zh">{escape(file.dump.title["zh"])}</span>'
        f'<td class="number">{file.size:,}<td><code>{file.sha256[:16]}…</code></tr>'
        for name, file in files.items()
    )
    body = _BODY.format(release=escape(release.release_hash[:16]), rows=rows)
    return write_page_with_home_link("Dumps", body)
