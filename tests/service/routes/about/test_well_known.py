import pytest
from fastapi.testclient import TestClient
from pyoxigraph import NamedNode, RdfFormat, Store, Triple, parse

from kg.namespaces import EXAMPLE, GLOCAL, RDF, RDFS, SCHEMA, SH, VOID

pytestmark = pytest.mark.slow


def triples_at(client: TestClient, path: str) -> set[Triple]:
    answer = client.get(path, headers={"accept": "text/turtle"})
    return {quad.triple for quad in parse(answer.content, format=RdfFormat.TURTLE)}


def test_saved_queries_are_examples_for_the_endpoint_here(client: TestClient) -> None:
    found = triples_at(client, "/.well-known/sparql-examples")

    target = NamedNode("http://testserver/sparql")
    assert Triple(EXAMPLE["where-founded"], SCHEMA["target"], target) in found
    [text] = [one.object for one in found if one.predicate == SH["select"]]
    assert client.get("/queries/where-founded?format=rq").text == text.value


def test_the_service_description_has_the_examples_too(client: TestClient) -> None:
    assert triples_at(client, "/.well-known/sparql-examples") <= triples_at(client, "/sparql")


# What the sparql-editor of SIB asks, first of the endpoint and then of its service description.
BY_THE_EDITOR = """PREFIX void: <http://rdfs.org/ns/void#>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?class ?property ?objectClass ?datatype {
    ?part void:class ?class ; void:propertyPartition ?use .
    ?use void:property ?property .
    OPTIONAL {
        { ?use void:classPartition [ void:class ?objectClass ] }
        UNION { ?use void-ext:datatypePartition [ void-ext:datatype ?datatype ] }
    }
}"""


@pytest.mark.parametrize("path", ["/void", "/.well-known/void"])
def test_the_data_set_is_described_where_clients_look(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    found = {quad.triple for quad in parse(answer.content, format=RdfFormat.TURTLE)}
    endpoints = [one.object for one in found if one.predicate == VOID["sparqlEndpoint"]]
    assert endpoints == [NamedNode("http://testserver/sparql")]
    assert {one.subject for one in found if one.object == GLOCAL["City"]} == {
        NamedNode("https://w3id.org/glocal/void#class.glocal:City")
    }


def test_the_description_comes_in_every_format_for_triples(client: TestClient) -> None:
    turtle, ntriples = (client.get(f"/void?format={name}") for name in ("ttl", "nt"))

    assert {quad.triple for quad in parse(turtle.content, format=RdfFormat.TURTLE)} == {
        quad.triple for quad in parse(ntriples.content, format=RdfFormat.N_TRIPLES)
    }
    first = client.get("/void?format=jsonld").json()
    assert first["id"] == "https://w3id.org/glocal/void"
    assert client.get("/void", headers={"accept": "image/png"}).status_code == 406


def test_whoever_has_the_description_need_not_get_it_again(client: TestClient) -> None:
    tag = client.get("/void").headers["etag"]

    assert client.get("/void", headers={"if-none-match": tag}).status_code == 304
    elsewhere = client.get("/void", headers={"if-none-match": tag, "host": "other.example"})
    assert (elsewhere.status_code, "http://other.example/sparql" in elsewhere.text) == (200, True)


def test_an_editor_finds_the_partitions_in_the_service_description(client: TestClient) -> None:
    asked = client.get("/sparql", params={"query": BY_THE_EDITOR}).json()
    described = Store()
    turtle = client.get("/sparql", headers={"accept": "text/turtle"}).content
    described.extend(parse(turtle, format=RdfFormat.TURTLE))

    # Not in the graph, whose statistics they are.
    assert asked["results"]["bindings"] == []
    found = [tuple(row) for row in described.query(BY_THE_EDITOR)]
    assert (GLOCAL["City"], GLOCAL["hosted"], None, None) in found
    assert (GLOCAL["City"], RDFS["label"], None, RDF["langString"]) in found
    assert (GLOCAL["Evidence"], GLOCAL["fromPassage"], GLOCAL["Passage"], None) in found
