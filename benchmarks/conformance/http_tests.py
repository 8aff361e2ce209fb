"""Read a W3C manifest of protocol tests: requests in order, each with its expected response.

Source: the manifests' own comments; HTTP Vocabulary in RDF 1.0; Representing Content in RDF 1.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import rdflib
from rdflib import RDFS, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from benchmarks.conformance.manifest import MF, entries, file_of

_HT: Final = Namespace("http://www.w3.org/2011/http#")
_CNT: Final = Namespace("http://www.w3.org/2011/content#")
_UT: Final = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
_STATUSES: Final = {"OK": "200", "Created": "201", "NoContent": "204", "NotFound": "404"}
_WRITING: Final = frozenset({"PUT", "POST", "DELETE", "PATCH"})


@dataclass(frozen=True)
class Message:
    """The headers, with lower-case names, and the body of a request or response."""

    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Expected:
    """An expected response.

    `statuses` has codes (`201`) or classes (`2xx`). `location` is the name of a template variable
    whose value is the Location header. A body is an RDF graph.
    """

    statuses: frozenset[str]
    boolean: bool | None
    format: str | None
    location: str | None
    message: Message


@dataclass(frozen=True)
class Exchange:
    """A request and its expected response."""

    method: str
    path: str
    message: Message
    expected: Expected

    @property
    def updates(self) -> bool:
        """Whether it can succeed only on a writable store."""
        if not any(status.startswith("2") for status in self.expected.statuses):
            return False
        if self.path.startswith("/gsp"):
            return self.method in _WRITING
        return self.is_update

    @property
    def is_update(self) -> bool:
        """Whether the request goes to the update endpoint."""
        kind = self.message.headers.get("content-type", "").partition(";")[0]
        has_update_body = self.message.body.startswith((b"update=", b"CLEAR"))
        return kind == "application/sparql-update" or has_update_body or "update=" in self.path


@dataclass(frozen=True, eq=False)
class HttpTest:
    """Requests to send in order to a store that contains these named graphs."""

    iri: str
    graphs: Mapping[str, Path]
    exchanges: tuple[Exchange, ...]

    @property
    def name(self) -> str:
        """The local name in the manifest."""
        return self.iri.rpartition("#")[2]

    @property
    def needs_updates(self) -> bool:
        """Whether only a writable store can pass it."""
        return any(exchange.updates for exchange in self.exchanges)


def read_http_tests(manifest: Path) -> list[HttpTest]:
    """Read the tests of a manifest and of the manifests it includes, in order."""
    return [_test(graph, entry) for graph, entry in entries(manifest)]


def _test(graph: rdflib.Graph, entry: Node) -> HttpTest:
    action = graph.value(entry, MF.action)
    requests = graph.value(action, _HT.requests)
    return HttpTest(
        str(entry),
        {
            str(graph.value(data, RDFS.label)): file_of(graph.value(data, _UT.graph))
            for data in graph.objects(entry, _UT.graphData)
        },
        tuple(_exchange(graph, request) for request in Collection(graph, requests))
        if requests
        else (),
    )


def _exchange(graph: rdflib.Graph, request: Node) -> Exchange:
    response = graph.value(request, _HT.resp)
    if response is None:
        raise SystemExit(f"The manifest has no expected response for the request {request}")
    statuses = (
        str(status).rpartition("#")[2] for status in graph.objects(response, MF.expectedStatus)
    )
    boolean = graph.value(response, MF.expectedBoolean)
    return Exchange(
        str(graph.value(request, _HT.methodName)),
        str(graph.value(request, _HT.absolutePath)),
        _message(graph, request),
        Expected(
            frozenset(
                _STATUSES.get(status) or status.removeprefix("StatusCode") for status in statuses
            ),
            None if boolean is None else str(boolean) == "true",
            _text(graph, response, MF.expectedFormat),
            _text(graph, response, MF.expectedLocation),
            _message(graph, response),
        ),
    )


def _message(graph: rdflib.Graph, node: Node) -> Message:
    fields = graph.value(node, _HT.headers)
    headers = {
        str(graph.value(field, _HT.fieldName)).lower(): str(graph.value(field, _HT.fieldValue))
        for field in (Collection(graph, fields) if fields else ())
    }
    body = graph.value(node, _HT.body)
    text = _text(graph, body, _CNT.chars) or ""
    return Message(headers, text.encode(_text(graph, body, _CNT.characterEncoding) or "utf-8"))


def _text(graph: rdflib.Graph, node: Node | None, predicate: Node) -> str | None:
    value = graph.value(node, predicate) if node is not None else None
    return None if value is None else str(value)
