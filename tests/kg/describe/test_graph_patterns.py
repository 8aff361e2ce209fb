"""Queries that read statements through GRAPH, and those that only ask whose they are."""

import pytest

from kg.describe.graph_patterns import reads_named_graphs
from kg.sparql.query import Query


@pytest.mark.parametrize(
    "pattern",
    [
        "GRAPH ?g { ?city a glocal:City }",
        "GRAPH ?g { ?city a ?class . } ?g glocal:hasStatus ?status",
        "?city a glocal:City . GRAPH ?g { ?city glocal:memberOf ?network }",
        "?city a glocal:City . GRAPH ?g { ?city a glocal:City ; glocal:memberOf ?network }",
        "graph ?g { ?city glocal:memberOf|glocal:founds ?network }",
        "?a ?p ?o . { GRAPH ev:one { ?city ?p ?o FILTER(?o > 1.5) } }",
        "{ GRAPH ?g { ?city a glocal:City } } UNION { GRAPH ?h { ?city a glocal:State } }",
    ],
)
def test_what_stands_only_within_graph_is_read_in_every_view(pattern: str) -> None:
    query = Query(f"PREFIX glocal: <https://w3id.org/glocal/ontology#> SELECT * {{ {pattern} }}")

    assert reads_named_graphs(query)


@pytest.mark.parametrize(
    "pattern",
    [
        "?city a glocal:City",
        "?city a glocal:City FILTER(?city != 'GRAPH ?g { ?x ?y ?z }')",
        "?city a glocal:City . GRAPH ?g { ?city a glocal:City } ?g glocal:hasStatus ?status",
        "?city a glocal:City ; glocal:memberOf ?one , ?two FILTER(?one != ?two) "
        "GRAPH ?g { ?city glocal:memberOf ?two . } GRAPH ?h { ?city glocal:memberOf ?one , ?two }",
    ],
)
def test_what_also_stands_outside_of_graph_is_left_to_the_view(pattern: str) -> None:
    assert not reads_named_graphs(Query(f"SELECT * WHERE {{ {pattern} }}"))
