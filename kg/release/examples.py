"""Describe the saved queries as examples for SPARQL editors, in SIB's SHACL vocabulary.

Source: https://github.com/sib-swiss/sparql-examples; SHACL-AF, section 5.2 for `sh:prefixes`.
"""

import re
from collections.abc import Iterable, Iterator
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
from kg.release.void import sort_description, text_triples
from kg.sparql.query import Query
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery

EXAMPLES: Final = NamedNode(EXAMPLE.removesuffix("#"))
_PREFIXES: Final = EXAMPLE["prefixes"]
_SERVICE: Final = re.compile(r"\bSERVICE\s+(?:SILENT\s+)?<([^>]+)>", re.IGNORECASE)
_TERM: Final = re.compile(r"glocal:(\w+)")
_TITLES: Final = {"en": "Questions asked by SPARQL", "zh": "以 SPARQL 提出的问题"}


def describe_examples(
    queries: Iterable[SavedQuery], store: Store, endpoint: NamedNode
) -> list[Triple]:
    """Describe each query: its questions, text, parameters and keywords, the collection first.

    The keywords are the labels that the store has of the terms in the query.
    """
    triples = [
        Triple(EXAMPLES, RDF["type"], PROV["Collection"]),
        *text_triples(EXAMPLES, DCTERMS["title"], _TITLES),
        *_prefixes(),
    ]
    for query in queries:
        example = EXAMPLE[query.name]
        triples.append(Triple(EXAMPLES, PROV["hadMember"], example))
        triples += text_triples(example, RDFS["comment"], query.questions)
        triples += _executable(example, query.text)
        triples.append(Triple(example, SH["prefixes"], _PREFIXES))
        triples.append(Triple(example, SCHEMA["target"], endpoint))
        for address in _SERVICE.findall(query.text):
            triples.append(Triple(example, SPEX["federatesWith"], NamedNode(address)))
        for keyword in _keywords(query.text, store):
            triples.append(Triple(example, SCHEMA["keywords"], keyword))
        triples += _parameters(example, query)
    return sort_description(triples, EXAMPLES)


def _executable(example: NamedNode, text: str) -> Iterator[Triple]:
    """Give the text by its form's property; SIB's tools read a DESCRIBE from either of two."""
    form = Query(text).form or "SELECT"
    yield Triple(example, RDF["type"], SH["SPARQLExecutable"])
    class_name = f"SPARQL{form.capitalize()}Executable"
    yield Triple(example, RDF["type"], (SPEX if form == "DESCRIBE" else SH)[class_name])
    yield Triple(example, SH[form.lower()], Literal(text))
    if form == "DESCRIBE":
        yield Triple(example, SPEX["describe"], Literal(text))


def _keywords(text: str, store: Store) -> Iterator[Literal]:
    """Yield the labels, in both languages, of the ontology's terms in the query."""
    matches = (_TERM.fullmatch(token.text) for token in Query(text).tokens)
    for name in {match[1] for match in matches if match}:
        for triple in store.triples(GLOCAL[name], RDFS["label"]):
            if isinstance(triple.object, Literal):
                yield triple.object


def _parameters(example: NamedNode, query: SavedQuery) -> Iterator[Triple]:
    """Describe the variables that a caller may set; an unset variable matches everything."""
    for name, one in query.parameters.items():
        parameter = NamedNode(f"{example.value}.{name}")
        yield Triple(example, SH["parameter"], parameter)
        yield Triple(parameter, RDF["type"], SH["Parameter"])
        # The variable is the path's local name (SHACL, section 6.2.1).
        yield Triple(parameter, SH["path"], EXAMPLE[name])
        yield Triple(parameter, SH["name"], Literal(name))
        yield Triple(parameter, SH["description"], Literal(one.expected, language="en"))
        yield Triple(parameter, SH["optional"], Literal(True))


def _prefixes() -> Iterator[Triple]:
    yield Triple(_PREFIXES, RDF["type"], OWL["Ontology"])
    for prefix, namespace in PREFIXES.items():
        declaration = EXAMPLE[f"prefix.{prefix}"]
        yield Triple(_PREFIXES, SH["declare"], declaration)
        yield Triple(declaration, SH["prefix"], Literal(prefix))
        yield Triple(declaration, SH["namespace"], Literal(namespace, datatype=XSD["anyURI"]))
