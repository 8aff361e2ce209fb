"""A W3C manifest -> its entries; a manifest of SPARQL entailment tests -> tests.

Source: SPARQL 1.1 Test Case Structure; the regimes and OWL profiles are those that the manifest
gives each test (`sd:entailmentRegime`, `sd:EntailmentProfile`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import rdflib
from rdflib import RDF, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
_SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
_BY_RULES: Final = frozenset({"RDF", "RDFS", "D"})


@dataclass(frozen=True)
class EntailmentTest:
    """A query, the data it is asked of, and the answer; under which regimes it is the answer."""

    iri: str
    data: tuple[Path, ...]
    query: Path
    result: Path
    regimes: frozenset[str]
    profiles: frozenset[str]

    @property
    def name(self) -> str:
        """The local name in the manifest."""
        return self.iri.rpartition("#")[2]

    @property
    def is_rdfs_or_rl(self) -> bool:
        """Whether RDF, RDFS or datatypes suffice, or the ontology is in the RL profile of OWL 2."""
        return bool(self.regimes & _BY_RULES) or "RL" in self.profiles


def read_manifest(folder: Path) -> list[EntailmentTest]:
    """The tests of `manifest.ttl` in this folder, in its order."""
    return [_test(graph, entry) for graph, entry in entries(folder / "manifest.ttl")]


def entries(manifest: Path) -> Iterator[tuple[rdflib.Graph, Node]]:
    """The entries of a manifest and of those that it includes, each with its manifest's graph."""
    graph = rdflib.Graph()
    graph.parse(manifest, publicID=manifest.resolve().as_uri())
    for included in graph.objects(predicate=MF.include):
        for other in Collection(graph, included):
            yield from entries(file_of(other))
    for listed in graph.objects(predicate=MF.entries):
        for entry in Collection(graph, listed):
            yield graph, entry


def _test(graph: rdflib.Graph, entry: Node) -> EntailmentTest:
    action = graph.value(entry, MF.action, any=False)
    result = graph.value(entry, MF.result, any=False)
    query = graph.value(action, QT.query, any=False)
    return EntailmentTest(
        iri=str(entry),
        data=tuple(sorted(file_of(node) for node in graph.objects(action, QT.data))),
        query=file_of(query),
        result=file_of(result),
        regimes=_names(graph, graph.value(action, _SD.entailmentRegime)),
        profiles=_names(graph, graph.value(action, _SD.EntailmentProfile)),
    )


def _names(graph: rdflib.Graph, node: Node | None) -> frozenset[str]:
    """The local names of one IRI, or of a list of them."""
    if node is None:
        return frozenset()
    listed = graph.value(node, RDF.first) is not None
    nodes = Collection(graph, node) if listed else [node]
    return frozenset(str(each).replace("#", "/").rpartition("/")[2] for each in nodes)


def file_of(node: Node | None) -> Path:
    """The file that a manifest names."""
    if not isinstance(node, URIRef):
        raise SystemExit(f"The manifest has {node} where the IRI of a file should stand.")
    return Path(node.removeprefix("file://"))
