"""/vocabulary.json: the prefixes and terms of the data, by which the editor completes queries."""

from collections.abc import Iterable, Mapping
from typing import Final

from fastapi import Request, Response
from pyoxigraph import NamedNode

from kg.describe.vocabulary import TermKind
from service.answers.formats import JSON, Choice
from service.answers.json_types import TermsForCompletion, VocabularyTerm
from service.excerpts.names import Names, read_names
from service.excerpts.overview import read_terms, read_things
from service.excerpts.reader import DataReader
from service.http.conditional import conditional_response
from service.http.openapi import Router
from service.routes.about.vocabulary import write_terms
from service.scratch.excerpt import answer_from_data
from service.scratch.store import CurrentStore, ScratchStore

router = Router("Descriptions")

_JSON: Final = Choice(JSON, JSON.media_type)


@router.operation(
    "/vocabulary.json",
    "List the terms of queries",
    (JSON,),
    (304, 503, 504),
    answer=TermsForCompletion,
    operation_id="getVocabulary",
)
async def vocabulary(request: Request, store: CurrentStore) -> Response:
    """Return the prefixes of the data, and its classes and properties with names and uses.

    If the data mentions few things, they are listed too.
    """

    async def read(reader: DataReader) -> list[VocabularyTerm]:
        classes, properties = await read_terms(reader)
        things = dict.fromkeys(await read_things(reader) or (), 0)
        kinds: dict[TermKind, Mapping[NamedNode, int]] = {
            "thing": things,
            "property": properties or {},
            "class": classes or {},
        }
        names = await read_names(reader, (term for terms in kinds.values() for term in terms))
        return list(_describe(store, kinds, names))

    async def respond(terms: list[VocabularyTerm]) -> Response:
        body = write_terms(store.prefixes.namespaces, terms)
        vary = {"Vary": "Accept-Encoding"}
        return conditional_response(request, _JSON, lambda: body, "vocabulary", headers=vary)

    return await answer_from_data(request, store, read, respond)


def _describe(
    store: ScratchStore, kinds: Mapping[TermKind, Mapping[NamedNode, int]], names: Names
) -> Iterable[VocabularyTerm]:
    """Yield each term once, by the last kind that it is of, with the most used ones first."""
    found = {term: (kind, uses) for kind, terms in kinds.items() for term, uses in terms.items()}
    for term, (kind, uses) in sorted(found.items(), key=lambda pair: -pair[1][1]):
        labels: dict[str, list[str]] = {}
        for name in names.get(term, ()):
            # Editors know the languages of pages, and not their regions.
            language = (name.language or "").partition("-")[0]
            labels.setdefault(language, []).append(name.value)
        curie = store.prefixes.write(term.value)
        yield VocabularyTerm(curie=curie, kind=kind, labels=labels, uses=uses)
