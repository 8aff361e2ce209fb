"""Where the engine differs from the standard, as the page about the endpoint says.

If one of these tests fails, the engine has changed: the page must no longer say so.
"""

import pytest
from pyoxigraph import QuerySolutions, RdfFormat, parse

from kg.errors import KgError
from kg.store.quad_store import Store

DATA = """
PREFIX : <http://e/>
:g { :a :p "x"@en , "y"@en }
:h { :b :p 1 }
:a :n 001 ; :q :b .
:b :q :c .
"""


@pytest.fixture(scope="module")
def data() -> Store:
    return Store.in_memory(parse(DATA.encode(), format=RdfFormat.TRIG))


def rows(store: Store, query: str) -> list[list[str]]:
    found = store.query(f"PREFIX : <http://e/> SELECT {query}")
    assert isinstance(found, QuerySolutions)
    return [[str(term) for term in row] for row in found]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?n { GRAPH ?g { { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } } }", 1),
        ("?x { :a :n ?x FILTER(STR(?x) = '1') }", 1),
        ("(COUNT(SUM(?c)) AS ?n) { ?a :q ?c }", 1),
        ("DISTINCT (BNODE('x') AS ?b) { ?a :q ?c }", 1),
        (
            "?y { { SELECT (GROUP_CONCAT(?x) AS ?y) { GRAPH :g { :a :p ?x } } } "
            "FILTER(LANG(?y) = 'en') }",
            1,
        ),
    ],
)
def test_an_answer_that_the_standard_does_not_give(data: Store, query: str, expected: int) -> None:
    assert len(rows(data, query)) == expected


@pytest.mark.parametrize(
    "query", ["* { ?a !() ?b }", "(COUNT(*) AS ?n) (?n + 1 AS ?m) { ?a :q ?c }"]
)
def test_a_query_that_the_standard_allows_is_refused(data: Store, query: str) -> None:
    with pytest.raises(KgError):
        rows(data, query)
