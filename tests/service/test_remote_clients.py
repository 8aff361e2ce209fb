"""Clients written by others work with `glocal serve` over HTTP."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx2
import pyoxigraph
import pytest
import rdflib
from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import CSV, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import Unauthorized

from kg.namespaces import GLOCAL, GRAPH, ID
from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from tests.service.conftest import Running, first_answer, serve

pytestmark = [pytest.mark.slow, pytest.mark.clients]

LONDON: Final = URIRef(ID["London"].value)
C40: Final = URIRef(ID["C40"].value)
CITY, FOUNDED_AT = URIRef(GLOCAL["City"].value), URIRef(GLOCAL["foundedAt"].value)
OXIGRAPH: Final = Path(sys.executable).with_name("oxigraph")


@pytest.fixture(scope="module")
def oxigraph() -> Iterator[str]:
    """An Oxigraph server with one triple of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    command = [OXIGRAPH, "serve", "--bind", place]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            first_answer(f"http://{place}/query?query=ASK%7B%7D")
            said = f'{LONDON.n3()} <http://e/people> "nine million" .'
            headers = {"Content-Type": "text/turtle"}
            httpx2.post(f"http://{place}/store?default", content=said, headers=headers)
            yield f"http://{place}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def running(
    store: Store, oxigraph: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("remote") / "release"
    release = write_release(store.quads(), {"version": "1.0.0"}, folder)
    with serve("--release", str(release), services=oxigraph) as found:
        yield found


@pytest.fixture(scope="module")
def endpoint(running: Running) -> str:
    return f"{running.address}/sparql"


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of a scratch store; its token is `secret`."""
    token = tmp_path_factory.mktemp("token") / "token.txt"
    token.write_text("secret\n", encoding="ascii")
    token.chmod(0o600)
    with serve("--scratch", "--writable", "--token-file", str(token)) as found:
        yield f"{found.address}/sparql"


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_the_endpoint_as_a_graph(endpoint: str, method: str) -> None:
    remote = Graph(SPARQLStore(endpoint, method=method), identifier=URIRef("http://e/none"))
    everything = rdflib.Graph(SPARQLStore(endpoint, method=method, context_aware=False))

    assert list(everything.triples((None, FOUNDED_AT, None))) == [(C40, FOUNDED_AT, LONDON)]
    assert everything.value(LONDON, RDFS.label, any=True) in {
        Literal("London", lang="en"),
        Literal("伦敦", lang="zh"),
    }
    [[network]] = everything.query(f"SELECT ?n {{ ?n {FOUNDED_AT.n3()} ?city }}")
    assert network == C40
    assert list(remote.triples((None, FOUNDED_AT, None))) == []


def test_rdflib_reads_a_named_graph_as_a_context(endpoint: str) -> None:
    graph = URIRef(GRAPH["asserted"].value)
    context = Graph(SPARQLStore(endpoint), identifier=graph)

    hosted = URIRef(GLOCAL["hosted"].value)
    assert list(context.triples((None, FOUNDED_AT, None))) == [(C40, FOUNDED_AT, LONDON)]
    assert list(context.triples((None, hosted, None))) == []
    assert bool(context.query(f"ASK {{ {C40.n3()} {FOUNDED_AT.n3()} {LONDON.n3()} }}")) is True


def test_rdflib_writes_and_reads_again_what_it_wrote(writable: str) -> None:
    bearer = {"Authorization": "Bearer secret"}
    store = SPARQLUpdateStore(writable, writable, headers=bearer, context_aware=False)
    graph = Graph(store)

    graph.add((LONDON, RDFS.label, Literal("London", lang="en")))
    graph.update(f"INSERT DATA {{ {LONDON.n3()} a {CITY.n3()} }}")
    assert set(graph) == {
        (LONDON, RDFS.label, Literal("London", lang="en")),
        (LONDON, RDF.type, CITY),
    }

    graph.remove((LONDON, None, None))
    assert list(graph) == []


def test_rdflib_writes_to_a_named_graph_alone(writable: str) -> None:
    bearer = {"Authorization": "Bearer secret"}
    store = SPARQLUpdateStore(writable, writable, headers=bearer)
    named = Graph(store, identifier=URIRef("http://e/g"))

    named.add((LONDON, RDF.type, CITY))

    assert list(named) == [(LONDON, RDF.type, CITY)]
    other = Graph(SPARQLStore(writable), identifier=URIRef("http://e/h"))
    assert list(other) == []


def test_sparqlwrapper_updates_with_the_token_and_not_without(writable: str) -> None:
    def update(**headers: str) -> int:
        wrapper = SPARQLWrapper(writable)
        wrapper.setMethod(POST)
        wrapper.setQuery("INSERT DATA { GRAPH <http://e/w> { <http://e/s> <http://e/p> 1 } }")
        for name, value in headers.items():
            wrapper.addCustomHttpHeader(name, value)
        return int(wrapper.query().response.status)

    with pytest.raises(Unauthorized):
        update()
    assert update(Authorization="Bearer secret") == 204
    reader = SPARQLWrapper(writable, returnFormat=CSV)
    reader.setQuery("SELECT ?o { GRAPH <http://e/w> { ?s ?p ?o } }")
    assert reader.queryAndConvert() == b"o\r\n1\r\n"


def test_pyoxigraph_asks_by_service(endpoint: str) -> None:
    ours = pyoxigraph.Store()
    people = NamedNode("http://e/people")
    ours.add(pyoxigraph.Quad(NamedNode(str(LONDON)), people, pyoxigraph.Literal(9)))
    block = f"SERVICE <{endpoint}> {{ ?network {FOUNDED_AT.n3()} ?city }}"

    rows = ours.query(f"SELECT ?network ?n {{ ?city {people} ?n {block} }}")
    absent = ours.query(f"ASK {{ {block} ?network {people} 1 }}")

    assert isinstance(rows, QuerySolutions)
    assert [(row["network"].value, row["n"].value) for row in rows] == [(str(C40), "9")]
    assert isinstance(absent, QueryBoolean)
    assert bool(absent) is False


def test_the_server_of_oxigraph_asks_us_by_service_and_we_ask_it(
    running: Running, endpoint: str, oxigraph: str
) -> None:
    people, founded = "?city <http://e/people> ?n", f"?network {FOUNDED_AT.n3()} ?city"
    theirs = f"SELECT ?network ?n {{ {people} . SERVICE <{endpoint}> {{ {founded} }} }}"
    ours = f"SELECT ?network ?n {{ {founded} . SERVICE <{oxigraph}/query> {{ {people} }} }}"

    asked = httpx2.get(f"{oxigraph}/query", params={"query": theirs})

    for answer in (asked, running.ask(ours)):
        assert answer.status_code == 200, answer.text
        rows = [[cell["value"] for cell in row.values()] for row in bindings(answer)]
        assert [sorted(row) for row in rows] == [sorted([str(C40), "nine million"])]


def bindings(answer: httpx2.Response) -> list[dict[str, dict[str, str]]]:
    """Return the rows of SPARQL results in JSON, or in XML, which Oxigraph prefers."""
    if "json" in answer.headers["content-type"]:
        return list(answer.json()["results"]["bindings"])
    found = pyoxigraph.parse_query_results(answer.content, format=pyoxigraph.QueryResultsFormat.XML)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [{name: {"value": row[name].value} for name in names} for row in found]


def curl(*arguments: str) -> str:
    command = ["curl", "--silent", "--show-error", "--max-time", "20", *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def test_curl_asks_by_address_by_form_and_by_body(endpoint: str, tmp_path: Path) -> None:
    query = f"SELECT ?city {{ ?city a {CITY.n3()} }}"
    (tmp_path / "cities.rq").write_text(query, encoding="utf-8")
    accept = ("-H", "Accept: text/csv")
    expected = f"city\r\n{LONDON}\r\n"

    assert curl(*accept, "--get", endpoint, "--data-urlencode", f"query={query}") == expected
    assert curl(*accept, endpoint, "--data-urlencode", f"query={query}") == expected
    sent = ("-H", "Content-Type: application/sparql-query")
    assert curl(*accept, *sent, endpoint, "--data-binary", f"@{tmp_path}/cities.rq") == expected


def test_curl_follows_an_entity_to_its_document_and_meets_its_tag_again(
    running: Running, endpoint: str
) -> None:
    turtle = ("-H", "Accept: text/turtle")
    found = curl("--location", *turtle, f"{running.address}/id/London")
    head = curl("--head", f"{endpoint}?query=ASK%7B%7D")
    tag = next(line for line in head.splitlines() if line.lower().startswith("etag: "))
    again = curl(
        *("--output", "-", "--write-out", "%{http_code}"),
        *("-H", f"If-None-Match: {tag.partition(': ')[2]}"),
        f"{endpoint}?query=ASK%7B%7D",
    )

    assert (LONDON, RDF.type, CITY) in Graph().parse(data=found, format="turtle")
    assert again == "304"


def test_curl_is_told_what_is_wrong(endpoint: str) -> None:
    answer = json.loads(curl(endpoint, "--data-urlencode", "query=SELECT * { ?s ?p }"))

    assert (answer["type"], answer["line"]) == ("/problems/malformed-query", 1)
