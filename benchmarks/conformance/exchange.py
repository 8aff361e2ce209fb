"""A test's requests -> a service, and what is wrong with its responses."""

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
# Where the manifests' services are.
_SPARQL, _GRAPHS = "/sparql/", "/gsp"
_GRAPHS_ADDRESS: Final = "http://www.example/gsp"
_ANYTHING: Final = Expected(frozenset(), None, None, None, Message({}))
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
    """Where the service under test is queried, updated, and has its graph store.

    Where it asks for a token, every request brings it.
    """

    sparql: str
    update: str
    graphs: str
    token: str = ""


@dataclass(frozen=True)
class Answered:
    """A response, read whole; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Its media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def run(test: HttpTest, addresses: Addresses) -> list[str]:
    """What is wrong with the responses to a test's requests; nothing if it is passed."""
    wrong: list[str] = []
    variables: dict[str, str] = {}
    for number, exchange in enumerate(test.exchanges, start=1):
        answered = send(exchange, addresses, variables)
        found = list(_wrong(exchange, answered, addresses))
        wrong += [f"request {number}: {one}" for one in found]
        if exchange.expected.location is not None:
            variables[exchange.expected.location] = answered.headers.get("location", "")
    return wrong


def send(exchange: Exchange, addresses: Addresses, variables: Mapping[str, str]) -> Answered:
    """The response to a request, sent to the service instead of the one in the manifest."""
    is_graphs = exchange.path.startswith(_GRAPHS)
    queried = addresses.update if exchange.is_update else addresses.sparql
    own = addresses.graphs if is_graphs else queried
    path = exchange.path.removeprefix(_GRAPHS if is_graphs else _SPARQL)
    for variable, value in variables.items():
        path = path.replace(variable, quote(value, safe=""))
    body = exchange.message.body
    if is_graphs:
        path, body = _moved(path, addresses), _moved_body(body, addresses)
    place = urlsplit(own)
    connection = http.client.HTTPConnection(place.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        headers = {**exchange.message.headers, "connection": "close"}
        if addresses.token:
            headers["authorization"] = f"Bearer {addresses.token}"
        connection.request(exchange.method, place.path + path, body or None, headers)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answered(response.status, found, response.read())
    finally:
        connection.close()


def put(path: Path, name: str, addresses: Addresses) -> None:
    """Let a named graph of the service be what is in this file of N-Triples."""
    message = Message({"content-type": "application/n-triples"}, path.read_bytes())
    query = f"{_GRAPHS}?graph={quote(name, safe='')}"
    send(Exchange("PUT", query, message, _ANYTHING), addresses, {})


def clear(test: HttpTest, addresses: Addresses) -> None:
    """Let the graphs that a test is about be none, whatever the tests before have left."""
    for path in {exchange.path for exchange in test.exchanges}:
        if path.startswith(_GRAPHS) and path != _GRAPHS and "$" not in path:
            send(Exchange("DELETE", path, Message({}), _ANYTHING), addresses, {})


def _moved(path: str, addresses: Addresses) -> str:
    encoded = quote(_GRAPHS_ADDRESS, safe=""), quote(addresses.graphs, safe="")
    return path.replace(*encoded).replace(_GRAPHS_ADDRESS, addresses.graphs)


def _moved_body(body: bytes, addresses: Addresses) -> bytes:
    return body.replace(_GRAPHS_ADDRESS.encode(), addresses.graphs.encode())


def _wrong(exchange: Exchange, answered: Answered, addresses: Addresses) -> Iterator[str]:
    expected = exchange.expected
    code = str(answered.status)
    if not {code, f"{code[0]}xx"} & expected.statuses:
        yield f"status {code}, expected {' or '.join(sorted(expected.statuses))}"
        return
    if expected.format and answered.media_type not in _FORMATS[expected.format]:
        yield f"'{answered.media_type}' is no format for {expected.format} results"
        return
    if expected.boolean is not None and _boolean(answered) is not expected.boolean:
        yield f"expected {expected.boolean}, not {answered.body[:200]!r}"
    if expected.location is not None and not answered.headers.get("location"):
        yield "there is no Location"
    yield from _wrong_message(expected, answered, addresses)


def _wrong_message(expected: Expected, answered: Answered, addresses: Addresses) -> Iterator[str]:
    media_type = expected.message.headers.get("content-type", "").partition(";")[0]
    if media_type and answered.media_type != media_type:
        yield f"the body is '{answered.media_type}', expected '{media_type}'"
    elif expected.message.body:
        # Relative IRIs of the body are none of the service's: whichever base does.
        body = _moved_body(expected.message.body, addresses)
        if _graph(body, media_type) != _graph(answered.body, media_type):
            yield f"the graph is not isomorphic to the expected one: {answered.body[:200]!r}"


def _boolean(answered: Answered) -> bool | None:
    if answered.media_type == _JSON:
        found = json.loads(answered.body).get("boolean")
        return found if isinstance(found, bool) else None
    return {"true": True, "false": False}.get(
        ET.fromstring(answered.body).findtext(_IN_XML, "").strip()  # noqa: S314
    )


def _graph(body: bytes, media_type: str) -> Dataset:
    syntax = RdfFormat.from_media_type(media_type)
    if syntax is None:
        raise SystemExit(f"The manifest expects a graph as '{media_type}', which is not read.")
    found = Dataset(parse(body, format=syntax, base_iri=_GRAPHS_ADDRESS))
    found.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return found
