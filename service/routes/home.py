"""/: the front page for people, and the interfaces of the service for programs.

Each configuration of the service lists its own interfaces (`app.state.interfaces`).
"""

from collections.abc import Awaitable, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import Request, Response

from service.answers.formats import HTML, JSON, Choice
from service.answers.json_types import Interfaces
from service.answers.serialization import write_json
from service.http.conditional import NOT_STORED, conditional_response
from service.http.documents import language_headers
from service.http.endpoint import CurrentEndpoint
from service.http.html import read_translations
from service.http.negotiation import LANGUAGES, Language, choose_format, choose_page_language
from service.http.openapi import FORMAT_PARAMETER, LANGUAGE_PARAMETER, Router
from service.http.turns import in_turn
from service.pages.home_page import write_home_page
from service.pages.page_or_document import page_terms
from service.served import ServedRelease

router = Router("Interfaces")

INTERFACES: Final = read_translations(Path(__file__).with_name("interfaces.tsv"))
# These need parameters; all other keys must be requestable as they are written.
WITHOUT_LINK: Final = (
    *("/explain", "/id/{name}", "/lookup", "/mcp", "/neighbourhood", "/sparql/support"),
)


@router.operation(
    "/",
    "The interfaces of the service",
    (JSON, HTML),
    parameters=[FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    answer=Interfaces,
    operation_id="listInterfaces",
)
def index(request: Request, endpoint: CurrentEndpoint) -> Response | Awaitable[Response]:
    """All that the service offers for programs (JSON), or the front page for people (HTML)."""
    choice = choose_format(request, (JSON, HTML))
    interfaces: Mapping[str, Mapping[str, str]] = request.app.state.interfaces
    parts = tuple(text for texts in interfaces.values() for text in texts.values())
    if isinstance(endpoint, ServedRelease):
        parts = (endpoint.void_digest, *endpoint.queries, *parts)
    if choice.format == JSON:
        listing: Interfaces = {
            "release": endpoint.release_hash,
            "version": endpoint.version,
            "interfaces": {path: texts[LANGUAGES[0]] for path, texts in interfaces.items()},
        }
        headers = language_headers(None)
        return conditional_response(
            request, choice, lambda: write_json(listing), *parts, headers=headers
        )
    language = choose_page_language(request)
    if isinstance(endpoint, ServedRelease):
        return _send_home(request, endpoint, choice, language, parts)
    terms = page_terms(request.scope, language)
    page = partial(
        terms.write_page,
        "scratch-home.html",
        title=terms.words["scratch-title"],
        path="/",
        interfaces=interfaces,
        without_link=(*WITHOUT_LINK, "/whatif"),
    )
    parts = (*map(str, language), *parts)
    return conditional_response(request, choice, page, *parts, headers=language_headers(language))


async def _send_home(
    request: Request,
    release: ServedRelease,
    choice: Choice,
    language: Language,
    parts: tuple[str, ...],
) -> Response:
    """Respond with the front page; without its examples if they are not ready, and then unkept."""
    by_language = await release.front_examples.by_language()
    examples = by_language.get(language.tag, "")

    def write() -> bytes:
        return write_home_page(
            release.page_terms(language),
            release.store,
            release.summary,
            content=release.content,
            version=release.version,
            questions=len(release.queries),
            examples=examples,
        )

    headers = language_headers(language)
    if not by_language:
        headers = {**NOT_STORED, **headers, "Content-Type": choice.content_type}
        return Response(await in_turn(request, write), headers=headers)
    digest = sha256(examples.encode()).hexdigest()
    respond = partial(
        conditional_response, request, choice, write, *map(str, language), digest, *parts
    )
    return await in_turn(request, partial(respond, headers=headers))
