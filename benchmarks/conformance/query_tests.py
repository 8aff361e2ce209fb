"""Read a W3C manifest of SPARQL query tests.

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
    """A query, its data and the expected result.

    `kind` is the local name of the test's class; `services` maps endpoints to their data. A syntax
    test has no data and no result.
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
        """The version folder, the suite folder and the local name in the manifest."""
        folder = self.query.parent
        return f"{folder.parent.name}/{folder.name}/{self.iri.rpartition('#')[2]}"

    @property
    def is_federated(self) -> bool:
        """Whether it queries other endpoints, each with its own data."""
        return bool(self.services)

    @property
    def is_update(self) -> bool:
        """Whether it is a test of SPARQL Update."""
        return "Update" in self.kind


def read_query_tests(manifest: Path) -> list[QueryTest]:
    """Read the tests of a manifest and of the manifests it includes, except withdrawn tests."""
    return [
        _test(graph, entry) for graph, entry in entries(manifest) if not _is_withdrawn(graph, entry)
    ]


def _is_withdrawn(graph: rdflib.Graph, entry: Node) -> bool:
    return graph.value(entry, _DAWGT.approval) in (_DAWGT.Withdrawn, _DAWGT.Deprecated)


def _test(graph: rdflib.Graph, entry: Node) -> QueryTest:
    kind = str(graph.value(entry, RDF.type)).rpartition("#")[2]
    action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
    query = graph.value(action, QT.query)
    is_plain = query is None
    return QueryTest(
        iri=str(entry),
        kind=kind,
        query=file_of(action if is_plain and "Syntax" in kind else query or entry),
        data=tuple(file_of(node) for node in graph.objects(action, QT.data)),
        graphs=dict(_named_graph(graph, node) for node in graph.objects(action, QT.graphData)),
        result=None if result is None or "Update" in kind else file_of(result),
        services=dict(_service(graph, node) for node in graph.objects(action, QT.serviceData)),
    )


def _named_graph(graph: rdflib.Graph, node: Node) -> tuple[str, Path]:
    """Return the name of a named graph (by default the IRI of its file), and its file."""
    file = graph.value(node, QT.graph)
    if file is None:
        return str(node), file_of(node)
    return str(graph.value(node, RDFS.label) or file), file_of(file)


def _service(graph: rdflib.Graph, node: Node) -> tuple[str, Path]:
    """Return an endpoint and the file of its data."""
    return str(graph.value(node, QT.endpoint)), file_of(graph.value(node, QT.data))
