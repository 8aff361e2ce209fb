"""/: the front page for people, and the interfaces of the service for programs.

Each configuration of the service lists its own interfaces (`app.state.interfaces`).
"""

from collections.abc import Awaitable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any, Final

from fastapi import Request, Response

from service.answers.formats import HTML, JSON, Choice
from service.answers.json_types import Interfaces
from service.answers.serialization import write_json
from service.http.conditional import NOT_STORED, conditional_response
from service.http.documents import language_headers
from service.http.endpoint import Endpoint
from service.http.html import read_translations
from service.http.negotiation import LANGUAGES, Language, choose_format, choose_page_language
from service.http.openapi import FORMAT_PARAMETER, LANGUAGE_PARAMETER, Router
from service.http.threads import in_thread
from service.pages.home_page import write_home_page
from service.served import CurrentRelease, ServedRelease

router = Router("Interfaces")

INTERFACES: Final = read_translations(Path(__file__).with_name("interfaces.tsv"))
# These need parameters; all other keys must be requestable as they are written.
WITHOUT_LINK: Final = (
    *("/explain", "/id/{name}", "/lookup", "/mcp", "/neighbourhood", "/resource"),
    "/sparql/support",
)


# How the route of `/` is described, whatever the service has.
OPERATION: Final[dict[str, Any]] = {
    "path": "/",
    "summary": "The interfaces of the service",
    "formats": (JSON, HTML),
    "parameters": [FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    "answer": Interfaces,
    "operation_id": "listInterfaces",
}


@router.operation(**OPERATION)
def index(request: Request, release: CurrentRelease) -> Response | Awaitable[Response]:
    """All that the service offers for programs (JSON), or the front page for people (HTML)."""
    choice = choose_format(request, (JSON, HTML))
    texts = _texts(request.app.state.interfaces)
    parts = (release.void_digest, *release.queries, *texts)
    if choice.format == JSON:
        return list_interfaces(request, release, choice, *parts)
    return _send_home(request, release, choice, choose_page_language(request), parts)


def list_interfaces(request: Request, endpoint: Endpoint, choice: Choice, *parts: str) -> Response:
    """Respond with the interfaces as JSON; `parts` decide them."""
    interfaces: Mapping[str, Mapping[str, str]] = request.app.state.interfaces
    listing: Interfaces = {
        "release": endpoint.release_hash,
        "version": endpoint.version,
        "interfaces": {path: texts[LANGUAGES[0]] for path, texts in interfaces.items()},
    }
    headers = language_headers(None)
    return conditional_response(
        request, choice, lambda: write_json(listing), *parts, headers=headers
    )


def _texts(interfaces: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    return chain.from_iterable(texts.values() for texts in interfaces.values())


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
        return Response(await in_thread(request, write), headers=headers)
    digest = sha256(examples.encode()).hexdigest()
    respond = partial(
        conditional_response, request, choice, write, *map(str, language), digest, *parts
    )
    return await in_thread(request, partial(respond, headers=headers))
