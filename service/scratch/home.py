"""/: the front page of the data for people, and the interfaces for programs."""

from functools import partial

from fastapi import Request, Response

from service.answers.formats import HTML, JSON
from service.excerpts.overview import Overview, read_overview
from service.http.conditional import conditional_response
from service.http.documents import language_headers
from service.http.negotiation import choose_format, choose_page_language
from service.http.openapi import Router
from service.http.threads import in_thread
from service.pages.data.home_page import write_home_page
from service.routes.home import OPERATION, WITHOUT_LINK, list_interfaces
from service.scratch.excerpt import answer_from_data, terms_for
from service.scratch.store import CurrentStore

router = Router("Interfaces")


@router.operation(**OPERATION)
async def index(request: Request, store: CurrentStore) -> Response:
    """All that the service offers for programs (JSON), or the front page for people (HTML)."""
    choice = choose_format(request, (JSON, HTML))
    if choice.format == JSON:
        return list_interfaces(request, store, choice, "interfaces")
    language = choose_page_language(request)
    terms = terms_for(request, store, language)

    async def respond(overview: Overview) -> Response:
        write = partial(
            write_home_page,
            terms,
            overview,
            interfaces=request.app.state.interfaces,
            without_link=WITHOUT_LINK,
            takes_updates=store.may_change,
        )
        send = partial(conditional_response, request, choice, write, "home", terms.key)
        return await in_thread(request, partial(send, headers=language_headers(language)))

    return await answer_from_data(request, store, read_overview, respond)
