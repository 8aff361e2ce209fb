"""Make entity tags, and answer with 304 where the client already holds the answer.

Source: RFC 9110, sections 8.8.3 and 13.1.2.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Final

from fastapi import Request, Response
from starlette.types import Scope

from service.answers.formats import HTML, Choice
from service.http.content_coding import contains_tag
from service.http.endpoint import Endpoint, endpoint_in
from service.http.kept_answers import KeptAnswer
from service.http.views import view_headers

_VARY: Final = "Accept, Accept-Encoding"
_LONG_SECONDS: Final = 0.001
# The header of answers that may differ each time.
NOT_STORED: Final = {"Cache-Control": "no-store"}


def entity_tag(endpoint: Endpoint, choice: Choice, *parts: str) -> str:
    """Return a strong entity tag: the hash of all that decides the bytes of the answer.

    The order of rows without ORDER BY needs no part of its own: only the stored quads decide it.
    """
    text = "\0".join([*endpoint.tag_parts, choice.content_type, choice.context, *parts])
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def client_accepts_any_tag(request: Request) -> bool:
    """Return whether a GET says `If-None-Match: *`, which is met by any successful answer."""
    return request.method in {"GET", "HEAD"} and _if_none_match(request).strip() == "*"


def answer_headers(
    scope: Scope, choice: Choice, tag: str | None, others: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the headers about caching, view and links; others override them or add links.

    Without a tag, the answer must not be stored.
    """
    caching = (
        {"ETag": tag, "Cache-Control": endpoint_in(scope).cache_control} if tag else NOT_STORED
    )
    headers = {"Vary": _VARY, **caching, **view_headers(scope), **(others or {})}
    links = [*filter(None, [headers.get("Link")]), *choice.links]
    return {**headers, "Link": ", ".join(links)} if links else headers


def is_not_modified(request: Request, tag: str | None) -> bool:
    """Return whether a 304 is enough, since the client holds the answer with this tag."""
    if tag is None or request.method not in {"GET", "HEAD"}:
        return False
    return contains_tag(_if_none_match(request), tag)


def conditional_response(
    request: Request,
    choice: Choice,
    body: Callable[[], bytes],
    *parts: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Respond with a body in this format, or with 304, without making it, if the client holds it.

    `parts` decide the bytes of the body, together with the endpoint and the format; those of a page
    depend on its address too, which its links repeat. `headers` override the usual ones.
    """
    view = str(view_headers(request.scope))
    address = [f"{request.url.path}?{request.url.query}"] if choice.format == HTML else []
    tag = entity_tag(endpoint_in(request.scope), choice, view, *address, *parts)
    all_headers = answer_headers(request.scope, choice, tag, headers)
    if is_not_modified(request, tag):
        return Response(status_code=304, headers=all_headers)
    # `If-None-Match: *` is met only by an answer that exists, and `body` may still raise.
    content = _write_or_find(request, choice, tag, body)
    if client_accepts_any_tag(request):
        return Response(status_code=304, headers=all_headers)
    return Response(content, headers={"Content-Type": choice.content_type, **all_headers})


def _write_or_find(request: Request, choice: Choice, tag: str, body: Callable[[], bytes]) -> bytes:
    """Return the body with this tag; one that takes long to write is kept for other requests."""
    cache = endpoint_in(request.scope).cache
    kept, started = cache.find(tag.encode()), time.thread_time()
    if kept is not None:
        return kept.body
    content = body()
    if time.thread_time() - started > _LONG_SECONDS:
        content_type = choice.content_type.encode("latin-1")
        cache.keep(tag.encode(), KeptAnswer(content, [(b"content-type", content_type)]))
    return content


def _if_none_match(request: Request) -> str:
    return ",".join(request.headers.getlist("if-none-match"))
