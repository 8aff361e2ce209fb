"""/search: the things of the data that have a name with some text in it."""

from functools import partial
from typing import Final

from fastapi import Request, Response

from kg.errors import MalformedParameter, UnknownName
from service.answers.formats import HTML, JSON, JSON_LD
from service.answers.search_types import FoundThing, FoundThings
from service.answers.serialization import write_json
from service.excerpts.found import Found, find_things
from service.excerpts.reader import DataReader
from service.excerpts.thing import find_dataset
from service.http.conditional import conditional_response
from service.http.documents import language_headers
from service.http.negotiation import choose_format, choose_page_language
from service.http.openapi import FORMAT_PARAMETER, LANGUAGE_PARAMETER, Router, describe_parameter
from service.http.request import query_parameters, single_value
from service.http.threads import in_thread
from service.pages.data.search_page import write_search_page
from service.pages.data.thing_page import document_address
from service.scratch.excerpt import answer_from_data, terms_for
from service.scratch.store import CurrentStore, ScratchStore

router = Router("Resources")

_ASKED: Final = describe_parameter("q", "A part of a name, or an IRI or CURIE.")
_MAX_CHARACTERS: Final = 200
_FORMATS: Final = (JSON, HTML)


@router.operation(
    "/search",
    "Find things by name",
    _FORMATS,
    (303, 304, 400, 406, 503, 504),
    answer=FoundThings,
    parameters=[_ASKED, FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    operation_id="search",
)
async def search(request: Request, store: CurrentStore) -> Response:
    """Return the things with a name like the text, the best first; an IRI leads to it (303)."""
    choice = choose_format(request, _FORMATS)
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
        is_page = choice.format == HTML
        headers = language_headers(language if is_page else None)
        if isinstance(found, str):
            root = request.scope.get("root_path", "")
            form = {} if is_page else {"format": JSON_LD.name}
            location = {"Location": root + terms.local("/resource", iri=found, **form)}
            return Response(status_code=303, headers={**headers, **location})
        write = partial(write_search_page, terms, asked, found)
        if not is_page:
            write = partial(write_json, _describe(store, asked, found))
        send = partial(conditional_response, request, choice, write, asked, terms.key)
        return await in_thread(request, partial(send, headers=headers))

    return await answer_from_data(request, store, read, respond)


def _describe(store: ScratchStore, asked: str, found: Found) -> FoundThings:
    """Return what was found, each thing with its CURIE, its names and its first class."""
    things: list[FoundThing] = []
    for thing in found.things:
        names: dict[str, list[str]] = {}
        for name in found.names.get(thing, ()):
            names.setdefault(name.language or "", []).append(name.value)
        one: FoundThing = {
            "id": thing.value,
            "curie": store.prefixes.shorten(thing.value),
            "names": names,
            "href": document_address(store.prefixes.spell(thing.value)),
        }
        if thing in found.classes:
            one["type"] = found.classes[thing].value
        things.append(one)
    return {"q": asked, "things": things, "more": found.has_more}


async def _address_of(reader: DataReader, store: ScratchStore, name: str) -> str | None:
    """Return the IRI that a text stands for if the data mentions it."""
    try:
        thing = store.prefixes.expand(name)
        await find_dataset(reader, thing)
    except (UnknownName, MalformedParameter):
        return None
    return thing.value
