"""Answer a request from what queries read of the store, for as long as its client waits."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request, Response

from kg.sparql.dataset import ENTAILMENTS
from service.excerpts.reader import DataReader
from service.http.negotiation import Language, accepted_languages
from service.http.request import CLIENT_CLOSED_REQUEST, CancelOnDisconnect, client_key
from service.pages.data.terms import DataTerms
from service.scratch.store import ScratchStore

T = TypeVar("T")


async def answer_from_data(
    request: Request,
    store: ScratchStore,
    read: Callable[[DataReader], Awaitable[T]],
    respond: Callable[[T], Awaitable[Response]],
    entailment: str = ENTAILMENTS[0],
) -> Response:
    """Read something by queries, which end if the client leaves, and respond with it.

    For the errors see `DataReader`.
    """
    async with CancelOnDisconnect(request.receive) as client:
        found = await read(DataReader(store, client_key(request), entailment))
        return await respond(found)
    if not client.is_disconnected:
        raise RuntimeError("expected an answer")
    return Response(status_code=CLIENT_CLOSED_REQUEST)


def terms_for(request: Request, store: ScratchStore, language: Language) -> DataTerms:
    """Return the writer of terms for a page in a language, with names for this reader."""
    return store.page_terms(language).for_reader(accepted_languages(request))
