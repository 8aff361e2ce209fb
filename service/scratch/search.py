"""/search: the things of the data that have a name with some text in it."""

from functools import partial
from typing import Final

from fastapi import Request, Response

from kg.errors import MalformedParameter, UnknownName
from service.answers.formats import HTML
from service.excerpts.found import Found, find_things
from service.excerpts.reader import DataReader
from service.excerpts.thing import find_dataset
from service.http.conditional import conditional_response
from service.http.documents import language_headers
from service.http.negotiation import choose_format, choose_page_language
from service.http.openapi import FORMAT_PARAMETER, LANGUAGE_PARAMETER, Router, describe_parameter
from service.http.request import query_parameters, single_value
from service.http.turns import in_turn
from service.pages.data.search_page import write_search_page
from service.scratch.excerpt import answer_from_data, terms_for
from service.scratch.store import CurrentStore, ScratchStore

router = Router("Resources")

_ASKED: Final = describe_parameter("q", "A part of a name, or an IRI or CURIE.")
_MAX_CHARACTERS: Final = 200


@router.operation(
    "/search",
    "Find things by name",
    (HTML,),
    (303, 304, 400, 406, 503, 504),
    parameters=[_ASKED, FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    operation_id="search",
)
async def search(request: Request, store: CurrentStore) -> Response:
    """Return a page of the things with a name like the text; an IRI leads to its thing (303)."""
    choice = choose_format(request, (HTML,))
    asked = (single_value(query_parameters(request), "q") or "").strip()[:_MAX_CHARACTERS]
    language = choose_page_language(request)
    terms = terms_for(request, store, language)

    async def read(reader: DataReader) -> Found | str:
        if not asked:
            return Found(())
        with_colon = ":" in asked and " " not in asked
        address = await _address_of(reader, store, asked) if with_colon else None
        return address or await find_things(reader, asked)

    async def respond(found: Found | str) -> Response:
        headers = language_headers(language)
        if isinstance(found, str):
            root = request.scope.get("root_path", "")
            location = {"Location": root + terms.local("/resource", iri=found)}
            return Response(status_code=303, headers={**headers, **location})
        write = partial(write_search_page, terms, asked, found)
        send = partial(conditional_response, request, choice, write, asked, terms.key)
        return await in_turn(request, partial(send, headers=headers))

    return await answer_from_data(request, store, read, respond)


async def _address_of(reader: DataReader, store: ScratchStore, name: str) -> str | None:
    """Return the IRI that a text stands for if the data mentions it."""
    try:
        thing = store.prefixes.expand(name)
        await find_dataset(reader, thing)
    except (UnknownName, MalformedParameter):
        return None
    return thing.value
