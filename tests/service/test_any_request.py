"""Every request is answered or refused by a problem document; none causes an internal error.

`pytest tests/service/test_any_request.py --hypothesis-profile=thorough` sends 3000.
"""

from functools import cache
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from service.http.problems import ALL_PROBLEM_TYPES

pytestmark = pytest.mark.slow

SLUGS = {problem.slug for problem in ALL_PROBLEM_TYPES}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "BREW"]
PATHS = ["/sparql", "/graphs", "/graphs/graph/derived", "/queries/where-founded", "/id/London"]
PATHS += ["/", "/explain", "/whatif", "/rules", "/ontology/core", "/data/id/C40.ttl", "/sparql/"]
NAMES = ["query", "update", "format", "default-graph-uri", "named-graph-uri", "entailment"]
NAMES += ["graph", "default", "version", "subject", "predicate", "object", "network", "using-graph"]
TYPES = ["application/sparql-query", "application/sparql-update", "application/trig", "text/plain"]
TYPES += ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a/b;charset=x"]
TYPES += ["application/sparql-query; version=1.2", "application/sparql-query; charset=utf-16"]
ACCEPTED = ["text/csv", "text/turtle", "*/*", "text/*;q=0", "application/json", "text/html", "x/y"]
ACCEPTED += ["application/sparql-results+xml;version=1.2", ";q=1", "a/b;q=2", 'text/csv;x="', "/"]
QUERIES = [
    "PREFIX e: <http://e/> SELECT DISTINCT ?s (COUNT(*) AS ?n) FROM <x> FROM NAMED e:g WHERE "
    "{ ?s e:p*/^e:q ?o . OPTIONAL { ?o ?p 'x'@en } FILTER(?n > 1.5e0 && !BOUND(?x)) } "
    "GROUP BY ?s HAVING (COUNT(*) > 0) ORDER BY DESC(?n) LIMIT 3 OFFSET 1",
    "CONSTRUCT { ?s a [ <p> (1 2) ] } WHERE { GRAPH ?g { ?s ?p ?o MINUS { ?s a ?o } } }",
    "VERSION '1.2' SELECT * { << ?s ?p ?o ~ ?r {| ?q ?z |} >> ?a <<( ?s ?p 'x'@ar--rtl )>> }",
    "DESCRIBE <http://e/a> ?x { BIND(IRI('x') AS ?x) VALUES (?y ?z) { (UNDEF 1) (true _:b) } }",
    "ASK { SERVICE SILENT <http://e/> { ?s ?p ?o } }",
    "INSERT DATA { GRAPH <g> { <s> <p> <o> } } ; CLEAR ALL",
]
# Words of the grammar as well as any text, since random text rarely contains them.
WORDS = sorted({word for query in QUERIES for word in query.split()})
TEXT = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))


def check(answer: httpx2.Response, method: str) -> None:
    """Check that this is an answer, or a refusal by a problem document or a page."""
    status = answer.status_code
    assert status < 500 or (status in (503, 504) and answer.headers.get("retry-after")), answer.text
    if status < 400:
        return
    if answer.headers["content-type"] == "text/html; charset=utf-8":
        assert method == "HEAD" or 'role="alert"' in answer.text
        return
    assert answer.headers["content-type"] == "application/problem+json"
    assert (status != 405) or "OPTIONS" in answer.headers["allow"]
    if method == "HEAD":
        assert answer.content == b""
        return
    problem = answer.json()
    slug = problem["type"].removeprefix("/problems/")
    assert slug in SLUGS or slug.startswith("unknown-")
    assert (problem["status"], bool(problem["detail"])) == (status, True)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Draw a query in which parts are left out, repeated or replaced."""
    query = draw(st.sampled_from(QUERIES))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(query)))
        end = draw(st.integers(start, min(len(query), start + 20)))
        between = draw(st.one_of(st.just(""), st.just(query[start:end] * 2), TEXT))
        query = query[:start] + between + query[end:]
    return query


@settings(deadline=None)
@given(query=mutated(), method=st.sampled_from(["GET", "form", "direct"]))
def test_a_mutated_query_is_answered_or_refused(
    client: TestClient, query: str, method: str
) -> None:
    body = query.encode("utf-8", "replace")
    if method == "GET":
        answer = client.get("/sparql", params={"query": body})
    elif method == "form":
        answer = client.post("/sparql", data={"query": body})
    else:
        headers = {"content-type": "application/sparql-query"}
        answer = client.post("/sparql", content=body, headers=headers)

    check(answer, "POST")


@settings(deadline=None)
@given(
    method=st.sampled_from(METHODS),
    path=st.one_of(st.sampled_from(PATHS), st.text(max_size=12).map(quote).map("/{}".format)),
    pairs=st.lists(st.tuples(st.sampled_from(NAMES), st.one_of(TEXT, mutated())), max_size=3),
    accept=st.lists(st.sampled_from(ACCEPTED), max_size=3),
    content_type=st.sampled_from(["", *TYPES]),
    body=st.one_of(st.just(b""), st.binary(max_size=40), mutated().map(str.encode)),
)
def test_a_random_request_is_answered_or_refused(
    client: TestClient,
    method: str,
    path: str,
    pairs: list[tuple[str, str]],
    accept: list[str],
    content_type: str,
    body: bytes,
) -> None:
    headers = {"accept": ", ".join(accept), "content-type": content_type}
    answer = client.request(method, path, params=pairs, headers=headers, content=body)

    check(answer, method)


@cache
def operations(client: TestClient) -> list[Any]:
    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    return [found.ok() for found in schema.get_all_operations()]


@settings(deadline=None)
@given(data=st.data())
def test_what_the_api_document_allows_and_forbids_is_answered_or_refused(
    client: TestClient, data: st.DataObject
) -> None:
    operation = data.draw(st.sampled_from(operations(client)))
    mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    case = data.draw(operation.as_strategy(generation_mode=mode))
    request = case.as_transport_kwargs(base_url="http://testserver")
    request.pop("cookies", None)
    if isinstance(request.get("data"), bytes | str):
        request["content"] = request.pop("data")

    check(client.request(**request), request["method"])
