"""A W3C manifest of SPARQL update tests -> tests.

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
    """A graph store: its quads, and its named graphs, of which some may be empty."""

    quads: tuple[Quad, ...]
    graphs: frozenset[str]


@dataclass(frozen=True, eq=False)
class UpdateTest:
    """An update and what is to become of it; a test of syntax has no states.

    `kind` is the local name of the test's class.
    """

    iri: str
    kind: str
    update: Path
    before: State | None
    after: State | None

    @property
    def name(self) -> str:
        """The version's and the suite's folder, and the local name in the manifest."""
        folder = self.update.parent
        return f"{folder.parent.name}/{folder.name}/{self.iri.rpartition('#')[2]}"


def read_update_tests(manifest: Path) -> list[UpdateTest]:
    """The tests of Update in this manifest and in those that it includes.

    Eight tests of syntax are classed as of queries, and are of updates by their files' endings.
    """
    return [_test(graph, entry) for graph, entry in entries(manifest) if _is_update(graph, entry)]


def _is_update(graph: rdflib.Graph, entry: Node) -> bool:
    is_classed_so = "Update" in _kind(graph, entry)
    return is_classed_so or str(graph.value(entry, MF.action)).endswith(".ru")


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
    for one in graph.objects(node, UT.graphData):
        name = str(graph.value(one, RDFS.label))
        names.add(name)
        quads += _read(file_of(graph.value(one, UT.graph)), NamedNode(name))
    return State(tuple(quads), frozenset(names))


def _read(path: Path, place: NamedNode | DefaultGraph) -> Iterator[Quad]:
    for quad in parse(path=path, base_iri=path.as_uri(), rename_blank_nodes=False):
        where = place if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name
        yield Quad(quad.subject, quad.predicate, quad.object, where)
