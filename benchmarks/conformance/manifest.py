"""Read the entries of a W3C manifest, and the tests of a manifest of SPARQL entailment tests.

Source: SPARQL 1.1 Test Case Structure. The regimes and OWL profiles of a test are in the manifest
(`sd:entailmentRegime`, `sd:EntailmentProfile`).
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
    """A query, its data, its result, and the regimes under which that is the result."""

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
        """Whether RDF, RDFS or D suffices, or the ontology is in the OWL 2 RL profile."""
        return bool(self.regimes & _BY_RULES) or "RL" in self.profiles


def read_manifest(folder: Path) -> list[EntailmentTest]:
    """Read the tests of `manifest.ttl` in this folder, in order."""
    return [_test(graph, entry) for graph, entry in entries(folder / "manifest.ttl")]


def entries(manifest: Path) -> Iterator[tuple[rdflib.Graph, Node]]:
    """Yield the entries of a manifest and of those it includes, each with its manifest's graph."""
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
    """Return the local names of one IRI or of a list of IRIs."""
    if node is None:
        return frozenset()
    is_list = graph.value(node, RDF.first) is not None
    iris = Collection(graph, node) if is_list else [node]
    return frozenset(str(iri).replace("#", "/").rpartition("/")[2] for iri in iris)


def file_of(node: Node | None) -> Path:
    """Return the path of a file that a manifest names.

    Raises:
        SystemExit: the node is not an IRI.
    """
    if not isinstance(node, URIRef):
        raise SystemExit(f"Expected the IRI of a file in the manifest, got {node}")
    return Path(node.removeprefix("file://"))
