"""Read the test cases of the W3C's OWL 2 test suite from its file `all.rdf`.

Source: OWL 2 Conformance, section 3 (test cases and their vocabulary).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import rdflib
from rdflib import RDF, Namespace
from rdflib.term import Node

_TEST: Final = Namespace("http://www.w3.org/2007/OWL/testOntology#")
# Kind of test -> the property of the ontology that follows or does not.
KINDS: Final[Mapping[str, str]] = {
    "PositiveEntailmentTest": "rdfXmlConclusionOntology",
    "NegativeEntailmentTest": "rdfXmlNonConclusionOntology",
    "InconsistencyTest": "",
    "ConsistencyTest": "",
}
_SEMANTICS: Final = {"RDF-BASED": "rdf", "DIRECT": "direct"}
_EMPTY: Final = f'<rdf:RDF xmlns:rdf="{RDF}"/>'


@dataclass(frozen=True)
class Owl2Case:
    """One test under one semantics: does the conclusion follow, or is the premise consistent?

    Premise, conclusion and the imports by IRI are texts in RDF/XML; for consistency the conclusion
    is empty.
    """

    identifier: str
    kind: str
    semantics: str
    premise: str
    conclusion: str
    imports: Mapping[str, str]


def read_cases(suite: Path, profile: str) -> tuple[list[Owl2Case], list[str]]:
    """Return the cases of a profile, and the identifiers of the tests that have no RDF/XML."""
    graph = rdflib.Graph().parse(suite, format="xml")
    cases, without_rdf = list[Owl2Case](), list[str]()
    tests = set(graph.subjects(_TEST.profile, _TEST[profile]))
    for test in sorted(tests, key=lambda each: str(graph.value(each, _TEST.identifier))):
        found = list(_cases(graph, test))
        if found:
            cases += found
        elif any((test, RDF.type, _TEST[kind]) in graph for kind in KINDS):
            without_rdf.append(str(graph.value(test, _TEST.identifier)))
    return cases, without_rdf


def _cases(graph: rdflib.Graph, test: Node) -> Iterator[Owl2Case]:
    premise = graph.value(test, _TEST.rdfXmlPremiseOntology)
    if premise is None:
        return
    imports = {
        str(graph.value(part, _TEST.importedOntologyIRI)): str(
            graph.value(part, _TEST.rdfXmlInputOntology)
        )
        for part in graph.objects(test, _TEST.importedOntology)
    }
    identifier = str(graph.value(test, _TEST.identifier))
    for kind, property_ in KINDS.items():
        conclusion = graph.value(test, _TEST[property_]) if property_ else _EMPTY
        if (test, RDF.type, _TEST[kind]) not in graph or conclusion is None:
            continue
        for name, semantics in _SEMANTICS.items():
            if (test, _TEST.semantics, _TEST[name]) in graph:
                yield Owl2Case(identifier, kind, semantics, str(premise), str(conclusion), imports)
