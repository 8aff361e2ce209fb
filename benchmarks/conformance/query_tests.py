"""A W3C manifest of SPARQL query tests -> tests.

Source: SPARQL 1.1 Test Case Structure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib import RDF, RDFS, Namespace
from rdflib.term import Node

from benchmarks.conformance.manifest import MF, QT, entries, file_of

_DAWGT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#")


@dataclass(frozen=True, eq=False)
class QueryTest:
    """A query and what is to become of it.

    `kind` is the local name of the test's class, `services` the data by endpoint. A test of syntax
    has no data and no result.
    """

    iri: str
    kind: str
    query: Path
    data: tuple[Path, ...]
    graphs: Mapping[str, Path]
    result: Path | None
    services: Mapping[str, Path]

    @property
    def name(self) -> str:
        """The version's and the suite's folder, and the local name in the manifest."""
        folder = self.query.parent
        return f"{folder.parent.name}/{folder.name}/{self.iri.rpartition('#')[2]}"

    @property
    def is_federated(self) -> bool:
        """Whether other endpoints are asked, each with data of its own."""
        return bool(self.services)

    @property
    def is_update(self) -> bool:
        """Whether it is a test of SPARQL Update."""
        return "Update" in self.kind


def read_query_tests(manifest: Path) -> list[QueryTest]:
    """The tests of this manifest and of those that it includes, without those withdrawn."""
    found = entries(manifest)
    return [_test(graph, entry) for graph, entry in found if not _is_withdrawn(graph, entry)]


def _is_withdrawn(graph: rdflib.Graph, entry: Node) -> bool:
    return graph.value(entry, _DAWGT.approval) in (_DAWGT.Withdrawn, _DAWGT.Deprecated)


def _test(graph: rdflib.Graph, entry: Node) -> QueryTest:
    kind = str(graph.value(entry, RDF.type)).rpartition("#")[2]
    action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
    query = graph.value(action, QT.query)
    is_plain = query is None
    named = graph.objects(action, QT.graphData)
    return QueryTest(
        iri=str(entry),
        kind=kind,
        query=file_of(action if is_plain and "Syntax" in kind else query or entry),
        data=tuple(file_of(one) for one in graph.objects(action, QT.data)),
        graphs=dict(_named(graph, one) for one in named),
        result=None if result is None or "Update" in kind else file_of(result),
        services=dict(_service(graph, one) for one in graph.objects(action, QT.serviceData)),
    )


def _named(graph: rdflib.Graph, node: Node) -> tuple[str, Path]:
    """A named graph: its file, whose IRI is its name where the manifest gives no other."""
    file = graph.value(node, QT.graph)
    if file is None:
        return str(node), file_of(node)
    return str(graph.value(node, RDFS.label) or file), file_of(file)


def _service(graph: rdflib.Graph, node: Node) -> tuple[str, Path]:
    """An endpoint and its data."""
    return str(graph.value(node, QT.endpoint)), file_of(graph.value(node, QT.data))
