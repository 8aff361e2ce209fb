"""Entity tags from the release, and 304 for a client that has the answer already."""

import hashlib
import re
from collections.abc import Callable
from typing import Final

from fastapi import Request, Response

from service.answers.formats import Choice
from service.http.endpoint import FRESH, Endpoint

# Where a POST asks for nothing but an answer.
QUERIED_BY_POST: Final = "/sparql"
_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_VARY: Final = "Accept, Accept-Encoding"


def tag_of(here: Endpoint, choice: Choice, *parts: str) -> str:
    """A strong entity tag: what it is made of decides every byte of the answer.

    That holds of rows without ORDER BY too: the engine has no other source of order than the
    quads, in the way in which its store holds them.
    """
    everything = [*here.deciding, choice.content_type, choice.context, *parts]
    return f'"{hashlib.sha256(chr(0).join(everything).encode()).hexdigest()[:32]}"'


def has_it(request: Request, tag: str) -> bool:
    """Whether the client says that it holds the answer with this tag (RFC 9110, 13.1.2)."""
    return holds(_held(request), tag)


def holds(held: str, tag: str) -> bool:
    """Whether the value of an If-None-Match header names this tag."""
    return held == tag or tag in _TAG.findall(held)


def has_any(request: Request) -> bool:
    """Whether a GET says that its client holds some answer, which counts once there is one."""
    return request.method in {"GET", "HEAD"} and _held(request).strip() == "*"


def caching(tag: str | None, freshness: str = FRESH) -> dict[str, str]:
    """What an answer with this tag says to caches, its 304 included.

    Without a tag the answer differs from time to time and is not to be stored.
    """
    if tag is None:
        return {"Vary": _VARY, "Cache-Control": "no-store"}
    return {"Vary": _VARY, "ETag": tag, "Cache-Control": freshness}


def not_modified(request: Request, tag: str | None) -> bool:
    """Whether the answer with this tag need not be made, since the client holds it."""
    return tag is not None and request.method in {"GET", "HEAD"} and has_it(request, tag)


def answer(
    request: Request,
    choice: Choice,
    body: Callable[[], bytes],
    *,
    tag: str | None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The body in its media type, made only if the client does not hold it."""
    all_headers = with_links({**caching(tag), **(headers or {})}, choice)
    if not_modified(request, tag):
        return Response(status_code=304, headers=all_headers)
    content = body()
    if tag is not None and has_any(request):
        return Response(status_code=304, headers=all_headers)
    return Response(content, headers={"Content-Type": choice.content_type, **all_headers})


def with_links(headers: dict[str, str], choice: Choice) -> dict[str, str]:
    """The headers, and in Link also what the choice says."""
    links = [*filter(None, [headers.get("Link")]), *choice.links]
    return {**headers, "Link": ", ".join(links)} if links else headers


def _held(request: Request) -> str:
    return ",".join(request.headers.getlist("if-none-match"))
