"""The pages of /explain, /contradictions and /whatif: the documents with the names of the data."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import Request, Response
from pyoxigraph import BlankNode, Triple
from starlette.types import Scope

from service.answers.formats import HTML, JSON_LD, Choice, Format
from service.excerpts.example import find_example
from service.excerpts.names import NO_NAMES, Names, read_names
from service.excerpts.reader import DataReader, anywhere
from service.http.conditional import NOT_STORED, conditional_response, entity_tag
from service.http.documents import language_headers
from service.http.negotiation import choose_page_language
from service.http.query_answer import run_whole
from service.http.request import query_parameters
from service.http.threads import in_thread
from service.pages.data.missing_page import MOST_KNOWN, Missing, write_missing_page
from service.pages.data.proofs_page import (
    read_described_nodes,
    read_steps,
    write_contradictions_page,
    write_proofs_page,
    write_whatif_page,
)
from service.pages.data.terms import DataTerms
from service.pages.problem_page import language_of_failure, show_form_on_failure
from service.queries.messages import StoreJob
from service.scratch.excerpt import answer_from_data, terms_for
from service.scratch.reason_jobs import ExplanationJob
from service.scratch.store import ScratchStore

_PAGE: Final = Choice(HTML, HTML.media_type)
_DOCUMENT: Final = Choice(JSON_LD, JSON_LD.media_type)
_LISTS: Final = ("contradictions", "gained", "lost")
_NOT_KEPT: Final = ("format", "lang")


async def send_reasons_page(
    request: Request,
    store: ScratchStore,
    make: "Callable[..., StoreJob] | None",
    formats: tuple[Format, ...],
) -> Response:
    """Respond with the page of the route of this request.

    `make` makes the job that has its content, or is None for a form that nobody has filled in.
    """
    language = choose_page_language(request)
    terms, path = terms_for(request, store, language), request.scope["path"]
    pairs = [pair for pair in query_parameters(request) if pair[0] not in _NOT_KEPT]
    own = f"{path}?{urlencode(pairs)}" if pairs else path
    separator = "&" if pairs else "?"
    addresses = [(form.name, f"{own}{separator}format={form.name}") for form in formats]

    async def read(reader: DataReader) -> tuple[Mapping[str, Any] | Missing, Names]:
        if make is None:
            example = await find_example(reader) if path == "/whatif" else None
            return ({} if example is None else {"example": example}), NO_NAMES
        job = make(choice=_DOCUMENT, prefixes=store.prefixes, full_iris=True)
        tag = entity_tag(store, _DOCUMENT, repr(job))
        document = json.loads(await run_whole(store.shared_queries, job, reader.client, tag))
        nodes = read_described_nodes(document)
        mentioned = [term for triples in nodes.values() for one in triples for term in one]
        if isinstance(job, ExplanationJob) and "nearest" in document:
            missing = await _read_missing(reader, job.triple, document)
            mentioned += (term for triple in missing.triples() for term in triple)
            return missing, await read_names(reader, mentioned)
        steps = read_steps(document, "proofs", *_LISTS)
        mentioned += (term for several in steps.values() for one in several for term in one.terms())
        return document, await read_names(reader, mentioned)

    async def respond(found: tuple[Mapping[str, Any] | Missing, Names]) -> Response:
        document, names = found
        if isinstance(document, Missing):
            knowing = terms.knowing(names, read_described_nodes(document.document))
            about_missing = partial(write_missing_page, knowing, document, dict(pairs), own)
            body = await in_thread(request, about_missing)
            headers = {**NOT_STORED, **language_headers(language)}
            return Response(body, 404, headers=headers, media_type=HTML.media_type)
        knowing = terms.knowing(names, read_described_nodes(document))
        about = _Page(knowing, document, own, addresses if make else [])
        write = partial(_WRITERS[path], about, dict(pairs))
        send = partial(conditional_response, request, _PAGE, write, own, terms.key)
        return await in_thread(request, partial(send, headers=language_headers(language)))

    return await answer_from_data(request, store, read, respond)


async def _read_missing(reader: DataReader, goal: Triple, document: Mapping[str, Any]) -> Missing:
    """Read what is known of the subject by the property of a triple that does not hold."""
    if isinstance(goal.subject, BlankNode):
        return Missing(goal, document)
    pattern = f"{goal.subject} {goal.predicate} ?value"
    query = f"SELECT DISTINCT ?value {{ {anywhere(pattern)} FILTER(!isBlank(?value)) }}"
    rows = await reader.rows(f"{query} LIMIT {MOST_KNOWN}")
    known = [Triple(goal.subject, goal.predicate, row["value"]) for row in rows]
    return Missing(goal, document, known)


def show_statement_on_failure(scope: Scope, store: ScratchStore) -> None:
    """Have a failure of this request shown above the form of /explain, with what was typed."""

    def write(request: Request, failure: Mapping[str, Any]) -> bytes:
        terms = store.page_terms(language_of_failure(request))
        asked = dict(query_parameters(request))
        return write_proofs_page(terms, (), asked, path="/explain", failure=failure)

    show_form_on_failure(scope, write)


class _Page(NamedTuple):
    """The sources of a page; `path` is its own address, `formats` are those of programs."""

    terms: DataTerms
    document: Mapping[str, Any]
    path: str
    formats: list[tuple[str, str]]


def _write_proofs(page: _Page, asked: Mapping[str, str]) -> bytes:
    steps = read_steps(page.document, "proofs")["proofs"]
    return write_proofs_page(page.terms, steps, asked, path=page.path, formats=page.formats)


def _write_contradictions(page: _Page, _: Mapping[str, str]) -> bytes:
    steps = read_steps(page.document, "proofs")["proofs"]
    return write_contradictions_page(page.terms, steps, path=page.path, formats=page.formats)


def _write_whatif(page: _Page, asked: Mapping[str, str]) -> bytes:
    sections, counts = read_steps(page.document, *_LISTS), page.document.get("counts", {})
    return write_whatif_page(
        page.terms,
        asked.get("update", ""),
        sections,
        counts,
        path=page.path,
        formats=page.formats,
        example=page.document.get("example"),
        resolved=page.document.get("resolved", 0),
    )


_WRITERS: Final[Mapping[str, Callable[[_Page, Mapping[str, str]], bytes]]] = {
    "/explain": _write_proofs,
    "/contradictions": _write_contradictions,
    "/whatif": _write_whatif,
}
