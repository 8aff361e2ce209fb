"""Read a W3C manifest of SPARQL Update tests.

Source: SPARQL 1.1 Test Case Structure; the vocabulary of the update tests.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import rdflib
from pyoxigraph import DefaultGraph, NamedNode, Quad, parse
from rdflib import RDF, RDFS, Namespace
from rdflib.term import Node

from benchmarks.conformance.manifest import MF, entries, file_of

UT: Final = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")


@dataclass(frozen=True)
class State:
    """The state of a graph store: its quads and its named graphs, some of which may be empty."""

    quads: tuple[Quad, ...]
    graphs: frozenset[str]


@dataclass(frozen=True, eq=False)
class UpdateTest:
    """An update with the states before and after it; a syntax test has no states.

    `kind` is the local name of the test's class.
    """

    iri: str
    kind: str
    update: Path
    before: State | None
    after: State | None

    @property
    def name(self) -> str:
        """The version folder, the suite folder and the local name in the manifest."""
        folder = self.update.parent
        return f"{folder.parent.name}/{folder.name}/{self.iri.rpartition('#')[2]}"


def read_update_tests(manifest: Path) -> list[UpdateTest]:
    """Read the Update tests of a manifest and of the manifests it includes.

    The manifest types eight syntax tests as query tests although their files are updates (`.ru`).
    """
    return [_test(graph, entry) for graph, entry in entries(manifest) if _is_update(graph, entry)]


def _is_update(graph: rdflib.Graph, entry: Node) -> bool:
    is_typed_as_update = "Update" in _kind(graph, entry)
    return is_typed_as_update or str(graph.value(entry, MF.action)).endswith(".ru")


def _kind(graph: rdflib.Graph, entry: Node) -> str:
    return str(graph.value(entry, RDF.type)).rpartition("#")[2]


def _test(graph: rdflib.Graph, entry: Node) -> UpdateTest:
    kind, action = _kind(graph, entry), graph.value(entry, MF.action)
    is_syntax = "Syntax" in kind
    result = graph.value(entry, MF.result)
    return UpdateTest(
        str(entry),
        kind,
        file_of(action if is_syntax else graph.value(action, UT.request)),
        None if is_syntax else _state(graph, action),
        None if is_syntax else _state(graph, result),
    )


def _state(graph: rdflib.Graph, node: Node | None) -> State:
    quads: list[Quad] = []
    names = set()
    for file in graph.objects(node, UT.data):
        quads += _read(file_of(file), DefaultGraph())
    for named_graph in graph.objects(node, UT.graphData):
        name = str(graph.value(named_graph, RDFS.label))
        names.add(name)
        quads += _read(file_of(graph.value(named_graph, UT.graph)), NamedNode(name))
    return State(tuple(quads), frozenset(names))


def _read(path: Path, graph_name: NamedNode | DefaultGraph) -> Iterator[Quad]:
    """Read a file; its default graph becomes this graph."""
    for quad in parse(path=path, base_iri=path.as_uri(), rename_blank_nodes=False):
        is_default = isinstance(quad.graph_name, DefaultGraph)
        name = graph_name if is_default else quad.graph_name
        yield Quad(quad.subject, quad.predicate, quad.object, name)
