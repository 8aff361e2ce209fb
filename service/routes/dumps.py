"""/dumps/…: download a release as one file, whole or in parts."""

import re
from collections.abc import Mapping
from typing import Final

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from kg.release.catalogue import DumpFile, kept_releases
from service.answers.formats import HTML, JSON, Format
from service.answers.json_types import Dump, Dumps
from service.answers.serialization import write_json
from service.errors import RangeNotSatisfiable
from service.http.conditional import is_not_modified
from service.http.endpoint import CACHE_FOR_A_MINUTE
from service.http.middleware import IS_HEAD_KEY
from service.http.openapi import (
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    Router,
    describe_parameter,
)
from service.http.request import find_named
from service.pages.data_pages import write_dumps_page
from service.pages.page_or_document import send_page_or_document
from service.served import CurrentRelease, ServedRelease

router = Router("Descriptions")

_GZIP: Final = Format("gz", "application/gzip")
# A server may ignore requests for several parts (RFC 9110, section 14.2).
_RANGE: Final = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")
_NAME: Final = describe_parameter("name", "The name of a file of `/dumps`.", place="path")
_PARAMETERS: Final = [
    _NAME,
    describe_parameter(
        "Range", "The part of the file to send, in bytes; by default all of it.", place="header"
    ),
]


@router.operation(
    "/dumps",
    "The dumps of the release",
    (JSON, HTML),
    parameters=[FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    answer=Dumps,
    operation_id="listDumps",
)
def list_dumps(request: Request, release: CurrentRelease) -> Response:
    """Each file with its media type, size and hash; none if the data is only in memory."""
    files = current_files(release)
    entries: list[Dump] = [
        {
            "name": file.dump.name,
            "href": f"/dumps/{file.dump.file}",
            "title": dict(file.dump.title),
            "mediaType": file.dump.media_type,
            "bytes": file.size,
            "sha256": file.sha256,
        }
        for file in files.values()
    ]
    parts = ("dumps", *(file.sha256 for file in files.values()))
    return send_page_or_document(
        request,
        (JSON,),
        lambda _: write_json({"dumps": entries}),
        lambda terms: write_dumps_page(terms, files),
        *parts,
    )


@router.operation(
    "/dumps/{name}",
    "One dump",
    (_GZIP,),
    (206, 304, 404, 416),
    parameters=_PARAMETERS,
    operation_id="getDump",
)
def dump_file(request: Request, name: str, release: CurrentRelease) -> Response:
    """The file, or the part that `Range` requests; `If-Range` ensures that parts fit together."""
    return _send_file(request, name, current_files(release))


@router.operation(
    "/dumps/{release}/{name}",
    "One dump of one release",
    (_GZIP,),
    (206, 304, 404, 416),
    parameters=[
        describe_parameter("release", "The beginning of the hash of a release.", place="path"),
        *_PARAMETERS,
    ],
    operation_id="getDumpOfRelease",
)
def file_of_release(request: Request, release: str, name: str, current: CurrentRelease) -> Response:
    """The same for any release that is served or kept, named by the beginning of its hash."""
    kept = find_named(kept_releases(current.store.folder), release, "release")
    return _send_file(request, name, kept.files)


def current_files(release: ServedRelease) -> Mapping[str, DumpFile]:
    """Return the dumps of the served release, which is the first of those that are kept."""
    return next((kept.files for kept in kept_releases(release.store.folder).values()), {})


def _send_file(request: Request, name: str, files: Mapping[str, DumpFile]) -> Response:
    """Respond with a file or a part of it; the entity tag is the file's hash."""
    file = find_named(files, name, "dump")
    # No Vary: there is only one format, and the file is already compressed.
    headers = {"ETag": f'"{file.sha256[:32]}"', "Cache-Control": CACHE_FOR_A_MINUTE}
    headers["Repr-Digest"] = file.digest
    if is_not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    byte_range = _RANGE.fullmatch(request.headers.get("range", ""))
    is_of_this_file = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    if byte_range and is_of_this_file and int(byte_range[1] or 0) >= file.size:
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
