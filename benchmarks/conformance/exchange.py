"""Send the requests of a test to a service and check the responses."""

import http.client
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from benchmarks.conformance.http_tests import Exchange, Expected, HttpTest, Message

_TIMEOUT_SECONDS: Final = 30
# Paths of the services in the manifests.
_SPARQL, _GRAPHS = "/sparql/", "/gsp"
_GRAPHS_ADDRESS: Final = "http://www.example/gsp"
_ANY_RESPONSE: Final = Expected(frozenset(), None, None, None, Message({}))
_JSON: Final = "application/sparql-results+json"
_XML: Final = "application/sparql-results+xml"
_IN_XML: Final = "{http://www.w3.org/2005/sparql-results#}boolean"
_FORMATS: Final = {
    "boolean": {_JSON, _XML},
    "tabular": {_JSON, _XML, "text/csv", "text/tab-separated-values"},
    "RDF": {"text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"},
}


@dataclass(frozen=True)
class Addresses:
    """The addresses of the service under test: SPARQL queries, updates and the graph store.

    If there is a token, every request carries it.
    """

    sparql: str
    update: str
    graphs: str
    token: str = ""


@dataclass(frozen=True)
class Answered:
    """A complete response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def run(test: HttpTest, addresses: Addresses) -> list[str]:
    """Send the requests of a test and return the errors in the responses."""
    errors: list[str] = []
    variables: dict[str, str] = {}
    for number, exchange in enumerate(test.exchanges, start=1):
        response = send(exchange, addresses, variables)
        errors += [f"request {number}: {error}" for error in _errors(exchange, response, addresses)]
        if exchange.expected.location is not None:
            variables[exchange.expected.location] = response.headers.get("location", "")
    return errors


def send(exchange: Exchange, addresses: Addresses, variables: Mapping[str, str]) -> Answered:
    """Send a request to the service under test instead of the one in the manifest."""
    is_graphs = exchange.path.startswith(_GRAPHS)
    endpoint = addresses.update if exchange.is_update else addresses.sparql
    address = urlsplit(addresses.graphs if is_graphs else endpoint)
    path = exchange.path.removeprefix(_GRAPHS if is_graphs else _SPARQL)
    for variable, value in variables.items():
        path = path.replace(variable, quote(value, safe=""))
    body = exchange.message.body
    if is_graphs:
        path, body = _translate_path(path, addresses), _translate_body(body, addresses)
    connection = http.client.HTTPConnection(address.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        headers = {**exchange.message.headers, "connection": "close"}
        if addresses.token:
            headers["authorization"] = f"Bearer {addresses.token}"
        connection.request(exchange.method, address.path + path, body or None, headers)
        response = connection.getresponse()
        response_headers = {name.lower(): value for name, value in response.getheaders()}
        return Answered(response.status, response_headers, response.read())
    finally:
        connection.close()


def put(path: Path, name: str, addresses: Addresses) -> None:
    """Replace a named graph of the service by the content of an N-Triples file."""
    message = Message({"content-type": "application/n-triples"}, path.read_bytes())
    query = f"{_GRAPHS}?graph={quote(name, safe='')}"
    send(Exchange("PUT", query, message, _ANY_RESPONSE), addresses, {})


def clear(test: HttpTest, addresses: Addresses) -> None:
    """Delete the graphs that a test uses, in case earlier tests left them."""
    for path in {exchange.path for exchange in test.exchanges}:
        if path.startswith(_GRAPHS) and path != _GRAPHS and "$" not in path:
            send(Exchange("DELETE", path, Message({}), _ANY_RESPONSE), addresses, {})


def _translate_path(path: str, addresses: Addresses) -> str:
    encoded = quote(_GRAPHS_ADDRESS, safe=""), quote(addresses.graphs, safe="")
    return path.replace(*encoded).replace(_GRAPHS_ADDRESS, addresses.graphs)


def _translate_body(body: bytes, addresses: Addresses) -> bytes:
    return body.replace(_GRAPHS_ADDRESS.encode(), addresses.graphs.encode())


def _errors(exchange: Exchange, response: Answered, addresses: Addresses) -> Iterator[str]:
    expected = exchange.expected
    code = str(response.status)
    if not {code, f"{code[0]}xx"} & expected.statuses:
        yield f"status {code}, expected {' or '.join(sorted(expected.statuses))}"
        return
    if expected.format and response.media_type not in _FORMATS[expected.format]:
        yield f"media type '{response.media_type}', expected a format for {expected.format} results"
        return
    if expected.boolean is not None and _boolean(response) is not expected.boolean:
        yield f"expected {expected.boolean}, got {response.body[:200]!r}"
    if expected.location is not None and not response.headers.get("location"):
        yield "no Location header"
    yield from _body_errors(expected, response, addresses)


def _body_errors(expected: Expected, response: Answered, addresses: Addresses) -> Iterator[str]:
    media_type = expected.message.headers.get("content-type", "").partition(";")[0]
    if media_type and response.media_type != media_type:
        yield f"media type '{response.media_type}', expected '{media_type}'"
    elif expected.message.body:
        # The base IRI does not matter as long as both graphs have the same one.
        body = _translate_body(expected.message.body, addresses)
        if _graph(body, media_type) != _graph(response.body, media_type):
            yield f"the graph is not isomorphic to the expected one: {response.body[:200]!r}"


def _boolean(response: Answered) -> bool | None:
    if response.media_type == _JSON:
        value = json.loads(response.body).get("boolean")
        return value if isinstance(value, bool) else None
    return {"true": True, "false": False}.get(
        ET.fromstring(response.body).findtext(_IN_XML, "").strip()  # noqa: S314
    )


def _graph(body: bytes, media_type: str) -> Dataset:
    syntax = RdfFormat.from_media_type(media_type)
    if syntax is None:
        raise SystemExit(f"The manifest expects a graph in an unsupported format: '{media_type}'")
    dataset = Dataset(parse(body, format=syntax, base_iri=_GRAPHS_ADDRESS))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset
