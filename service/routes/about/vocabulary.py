"""/vocabulary.json: the terms of queries with their names, by which editors complete them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi import Request, Response

from kg.describe.vocabulary import NamedTerm, list_terms
from kg.namespaces import PREFIXES, write_iri
from service.answers.formats import JSON, Choice
from service.answers.json_types import TermsForCompletion, VocabularyTerm
from service.http.conditional import conditional_response
from service.http.html import read_translations
from service.http.openapi import Router
from service.served import CurrentRelease, ServedRelease

router = Router("Descriptions")

_EVERYDAY: Final = read_translations(Path(__file__).with_name("everyday.tsv"))
_JSON: Final = Choice(JSON, JSON.media_type)


@router.operation(
    "/vocabulary.json",
    "List the terms of queries",
    (JSON,),
    (304,),
    answer=TermsForCompletion,
    operation_id="getVocabulary",
)
def vocabulary(request: Request, release: CurrentRelease) -> Response:
    """Return the prefixes, and the terms of the default graph with names and numbers of uses.

    They are classes, properties, things, passages and graphs, those of other vocabularies included.
    A release with too many statements for facets has no things here; search finds them.
    """

    def body() -> bytes:
        return write_terms(PREFIXES, [_describe(term) for term in _list_terms(release)])

    vary = {"Vary": "Accept-Encoding"}
    return conditional_response(
        request, _JSON, body, "vocabulary", release.void_digest, headers=vary
    )


def write_terms(prefixes: Mapping[str, str], terms: list[VocabularyTerm]) -> bytes:
    """Write the document, with everyday words for terms that have other labels or none."""
    for term in terms:
        for language, words in _EVERYDAY.get(term["curie"], {}).items():
            term["labels"].setdefault(language, []).extend(words.split("|"))
    answer: TermsForCompletion = {"prefixes": dict(prefixes), "terms": terms}
    # On one line, since only programs read it.
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _list_terms(release: ServedRelease) -> list[NamedTerm]:
    summary, is_large = release.summary, release.facets is None
    return list_terms(
        release.store,
        () if is_large else (thing.iri for thing in release.names.entities.values()),
        {class_: members for class_, members, *_ in summary.classes()},
        {property_: triples for property_, triples, *_ in summary.properties()},
        summary.classes_of,
    )


def _describe(term: NamedTerm) -> VocabularyTerm:
    described: VocabularyTerm = {
        "curie": write_iri(term.iri.value),
        "kind": term.kind,
        "labels": {language: list(names) for language, names in term.names.items()},
        "uses": term.uses,
    }
    if term.definitions:
        described["definitions"] = dict(sorted(term.definitions.items()))
    if term.of:
        described["of"] = [write_iri(class_.value) for class_ in term.of]
    return described
