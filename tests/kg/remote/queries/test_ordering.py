from typing import Final

import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, Store, parse_query_results

from kg.remote.queries import ordering
from kg.remote.queries.ordering import put_in_order
from kg.remote.queries.query_reader import read_query
from kg.store.sparql.query import Query

_VALUES: Final = (
    'VALUES (?x ?n) { ("b" 2) ("a"@en 2) (3 1) (<x:x> 2) (1.5 2) (UNDEF 1) ("a" 2) (true 3) (3.0 2)'
    ' ("2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date> 1) ("B" UNDEF) ("é" 1) ("中" 1) }'
)


def _rows() -> QuerySolutions:
    """Return all the rows as a server sends them: in no order."""
    found = Store().query(f"SELECT ?x ?n {{ {_VALUES} }}").serialize(format=QueryResultsFormat.JSON)
    rows = parse_query_results(found or b"", format=QueryResultsFormat.JSON)
    assert isinstance(rows, QuerySolutions)
    return rows


@pytest.mark.parametrize(
    "order",
    [
        "ORDER BY ?n ?x",
        "ORDER BY DESC(?x) ?n",
        "ORDER BY DESC(?n) DESC(?x)",
        "ORDER BY ?x ?n LIMIT 4",
        "ORDER BY ?x ?n LIMIT 4 OFFSET 3",
        "ORDER BY DESC(?x) ?n OFFSET 9",
        "ORDER BY ?x LIMIT 0",
    ],
)
def test_rows_are_in_the_order_of_the_engine(order: str) -> None:
    text = f"SELECT ?x ?n {{ {_VALUES} }} {order}"

    found = put_in_order(_rows(), read_query(Query(text)))

    expected = Store().query(text)
    assert isinstance(found, QuerySolutions)
    assert isinstance(expected, QuerySolutions)
    assert [tuple(row) for row in found] == [tuple(row) for row in expected]


def test_more_rows_than_a_limit_are_not_put_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    select = read_query(Query(f"SELECT ?x ?n {{ {_VALUES} }} ORDER BY ?x"))
    monkeypatch.setattr(ordering, "MAX_ROWS", 12)

    assert put_in_order(_rows(), select) is None
