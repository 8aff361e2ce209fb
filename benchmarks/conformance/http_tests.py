"""A W3C manifest of tests of a protocol -> tests: requests in order, and what each is answered.

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
    """The headers of a request or response, by names in lower case, and its body."""

    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Expected:
    """What a response has to be.

    `statuses` are codes (`201`) or classes (`2xx`); `location` names a template variable that
    the Location header gives a value; a body is an RDF graph.
    """

    statuses: frozenset[str]
    boolean: bool | None
    format: str | None
    location: str | None
    message: Message


@dataclass(frozen=True)
class Exchange:
    """A request, and what it has to be answered."""

    method: str
    path: str
    message: Message
    expected: Expected

    @property
    def updates(self) -> bool:
        """Whether it can only succeed where the store is changed."""
        if not any(status.startswith("2") for status in self.expected.statuses):
            return False
        if self.path.startswith("/gsp"):
            return self.method in _WRITING
        return self.is_update

    @property
    def is_update(self) -> bool:
        """Whether it is for the endpoint that takes updates, where that is another one."""
        kind = self.message.headers.get("content-type", "").partition(";")[0]
        begins_so = self.message.body.startswith((b"update=", b"CLEAR"))
        return kind == "application/sparql-update" or begins_so or "update=" in self.path


@dataclass(frozen=True, eq=False)
class HttpTest:
    """Requests that are sent in order, to a store that holds these named graphs."""

    iri: str
    graphs: Mapping[str, Path]
    exchanges: tuple[Exchange, ...]

    @property
    def name(self) -> str:
        """The local name in the manifest."""
        return self.iri.rpartition("#")[2]

    @property
    def needs_updates(self) -> bool:
        """Whether it can only be passed by a store that can be written to."""
        return any(exchange.updates for exchange in self.exchanges)


def read_http_tests(manifest: Path) -> list[HttpTest]:
    """The tests of this manifest and of those that it includes, in order."""
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
        tuple(_exchange(graph, one) for one in Collection(graph, requests)) if requests else (),
    )


def _exchange(graph: rdflib.Graph, request: Node) -> Exchange:
    response = graph.value(request, _HT.resp)
    if response is None:
        raise SystemExit(f"The manifest does not say what {request} is answered.")
    statuses = (str(one).rpartition("#")[2] for one in graph.objects(response, MF.expectedStatus))
    boolean = graph.value(response, MF.expectedBoolean)
    return Exchange(
        str(graph.value(request, _HT.methodName)),
        str(graph.value(request, _HT.absolutePath)),
        _message(graph, request),
        Expected(
            frozenset(_STATUSES.get(one) or one.removeprefix("StatusCode") for one in statuses),
            None if boolean is None else str(boolean) == "true",
            _text(graph, response, MF.expectedFormat),
            _text(graph, response, MF.expectedLocation),
            _message(graph, response),
        ),
    )


def _message(graph: rdflib.Graph, node: Node) -> Message:
    listed = graph.value(node, _HT.headers)
    headers = {
        str(graph.value(one, _HT.fieldName)).lower(): str(graph.value(one, _HT.fieldValue))
        for one in (Collection(graph, listed) if listed else ())
    }
    body = graph.value(node, _HT.body)
    text = _text(graph, body, _CNT.chars) or ""
    return Message(headers, text.encode(_text(graph, body, _CNT.characterEncoding) or "utf-8"))


def _text(graph: rdflib.Graph, node: Node | None, predicate: Node) -> str | None:
    value = graph.value(node, predicate) if node is not None else None
    return None if value is None else str(value)
