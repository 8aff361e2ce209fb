"""Entity tags from the release, and 304 for a client that has the answer already."""

import hashlib
import re
from collections.abc import Callable

from fastapi import Request, Response

from service.formats import Choice
from service.served import Served

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def tag_of(served: Served, choice: Choice, *parts: str) -> str:
    """A strong entity tag: what it is made of decides every byte of the answer."""
    everything = [served.release_hash, served.version, served.service_version]
    everything += [served.context.digest, choice.media_type, *parts]
    return f'"{hashlib.sha256(chr(0).join(everything).encode()).hexdigest()[:32]}"'


def has_it(request: Request, tag: str) -> bool:
    """Whether the client says that it holds the answer with this tag (RFC 9110, 13.1.2)."""
    header = ",".join(request.headers.getlist("if-none-match"))
    return header.strip() == "*" or tag.removeprefix("W/") in _TAG.findall(header)


def answer(
    request: Request,
    choice: Choice,
    body: Callable[[], bytes],
    *,
    tag: str | None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The body in its media type, made only if the client does not hold it.

    Without a tag the answer differs from time to time and is not to be stored.
    """
    caching = {"ETag": tag, "Cache-Control": "no-cache"} if tag else {"Cache-Control": "no-store"}
    all_headers = {"Vary": "Accept", **caching, **(headers or {})}
    if tag is not None and request.method in {"GET", "HEAD"} and has_it(request, tag):
        return Response(status_code=304, headers=all_headers)
    return Response(body(), headers={"Content-Type": choice.content_type, **all_headers})
