"""Saved queries -> examples that SPARQL editors show, as SIB describes them in SHACL.

Source: https://github.com/sib-swiss/sparql-examples; SHACL-AF, section 5.2 for `sh:prefixes`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import (
    DCTERMS,
    EXAMPLE,
    GLOCAL,
    OWL,
    PREFIXES,
    PROV,
    RDF,
    RDFS,
    SCHEMA,
    SH,
    SPEX,
    XSD,
)
from kg.store.quad_store import Store
from kg.store.query import form_of, tokens
from kg.store.saved_queries import SavedQuery

EXAMPLES: Final = NamedNode(EXAMPLE.removesuffix("#"))
_PREFIXES: Final = EXAMPLE["prefixes"]
_SERVICE: Final = re.compile(r"\bSERVICE\s+(?:SILENT\s+)?<([^>]+)>", re.IGNORECASE)
_TERM: Final = re.compile(r"glocal:(\w+)")
_TITLES: Final = {"en": "Questions asked by SPARQL", "zh": "以 SPARQL 提出的问题"}


def describe_examples(
    queries: Iterable[SavedQuery], store: Store, endpoint: NamedNode
) -> list[Triple]:
    """Each query with its question in both languages, its text, parameters and keywords, sorted.

    Args:
        queries: those that are asked here alone, and those that ask other endpoints too.
        store: has the labels of the terms that queries speak of, which are the keywords.
        endpoint: where they are asked.
    """
    found = [
        Triple(EXAMPLES, RDF["type"], PROV["Collection"]),
        *_texts(EXAMPLES, DCTERMS["title"], _TITLES),
        *_prefixes(),
    ]
    for query in queries:
        example = EXAMPLE[query.name]
        found.append(Triple(EXAMPLES, PROV["hadMember"], example))
        found += _texts(example, RDFS["comment"], query.question)
        found += _executable(example, query.text)
        found.append(Triple(example, SH["prefixes"], _PREFIXES))
        found.append(Triple(example, SCHEMA["target"], endpoint))
        found += [Triple(example, SPEX["federatesWith"], other) for other in _others(query.text)]
        found += [Triple(example, SCHEMA["keywords"], word) for word in _words(query.text, store)]
        found += _parameters(example, query)
    return sorted(set(found), key=lambda one: (one.subject != EXAMPLES, str(one)))


def _executable(example: NamedNode, text: str) -> Iterator[Triple]:
    """The query under the property of its form; for DESCRIBE, SIB's tools read two."""
    form = form_of(text) or "SELECT"
    yield Triple(example, RDF["type"], SH["SPARQLExecutable"])
    kind = f"SPARQL{form.capitalize()}Executable"
    yield Triple(example, RDF["type"], (SPEX if form == "DESCRIBE" else SH)[kind])
    yield Triple(example, SH[form.lower()], Literal(text))
    if form == "DESCRIBE":
        yield Triple(example, SPEX["describe"], Literal(text))


def _others(text: str) -> Iterator[NamedNode]:
    for address in sorted(set(_SERVICE.findall(text))):
        yield NamedNode(address)


def _words(text: str, store: Store) -> Iterator[Literal]:
    """The labels of the ontology's terms in the query, in both languages."""
    found = (_TERM.fullmatch(token.text) for token in tokens(text))
    for name in sorted({one[1] for one in found if one}):
        for one in store.matching(GLOCAL[name], RDFS["label"]):
            if isinstance(one.object, Literal):
                yield one.object


def _parameters(example: NamedNode, query: SavedQuery) -> Iterator[Triple]:
    """The variables that a caller may set; the query runs without, and then answers for all."""
    for name, what in query.parameters.items():
        parameter = NamedNode(f"{example.value}.{name}")
        yield Triple(example, SH["parameter"], parameter)
        yield Triple(parameter, RDF["type"], SH["Parameter"])
        # The variable is the path's local name (SHACL, section 6.2.1).
        yield Triple(parameter, SH["path"], EXAMPLE[name])
        yield Triple(parameter, SH["name"], Literal(name))
        yield Triple(parameter, SH["description"], Literal(what, language="en"))
        yield Triple(parameter, SH["optional"], Literal("true", datatype=XSD["boolean"]))


def _prefixes() -> Iterator[Triple]:
    yield Triple(_PREFIXES, RDF["type"], OWL["Ontology"])
    for prefix, space in PREFIXES.items():
        declaration = EXAMPLE[f"prefix.{prefix}"]
        yield Triple(_PREFIXES, SH["declare"], declaration)
        yield Triple(declaration, SH["prefix"], Literal(prefix))
        yield Triple(declaration, SH["namespace"], Literal(space, datatype=XSD["anyURI"]))


def _texts(subject: NamedNode, predicate: NamedNode, texts: Mapping[str, str]) -> Iterator[Triple]:
    for language, text in texts.items():
        yield Triple(subject, predicate, Literal(text, language=language))
