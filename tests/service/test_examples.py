from fastapi.testclient import TestClient
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from kg.namespaces import EXAMPLE, SCHEMA, SH


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
