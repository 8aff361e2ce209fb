"""Pages of the rows of a SELECT."""

import pytest
from pyoxigraph import QuerySolutions, RdfFormat, parse

from kg.errors import MalformedParameter
from kg.sparql.paging import ALL_ROWS, Page, select_page
from kg.sparql.query import Query
from kg.store.quad_store import Store

# Five rows, which `ORDER BY ?letter` leaves in any order among equals.
TURTLE = "PREFIX : <http://e/> :a :p 1, 2, 3 . :b :p 4, 5 ."
STORE = Store.in_memory(parse(TURTLE, format=RdfFormat.TRIG))
ROWS = "PREFIX : <http://e/> SELECT ?letter ?number { ?letter :p ?number }"


def numbers(text: str, page: Page) -> list[int]:
    results = STORE.query(select_page(Query(text), page))
    assert isinstance(results, QuerySolutions)
    return [int(row["number"].value) for row in results]


def test_pages_of_an_order_with_ties_have_each_row_once() -> None:
    text = f"{ROWS} ORDER BY DESC(?letter)"

    pages = [numbers(text, Page(2, offset)) for offset in (0, 2, 4, 6)]

    assert pages == [[4, 5], [1, 2], [3], []]


@pytest.mark.parametrize(
    ("text", "page", "found"),
    [
        (ROWS, Page(2, 1), [2, 3]),
        (ROWS, Page(None, 3), [4, 5]),
        (f"{ROWS} # the end", Page(1, 0), [1]),
        (f"{ROWS} LIMIT 4 OFFSET 1", Page(2, 0), [2, 3]),
        (f"{ROWS} OFFSET 1 LIMIT 3", Page(9, 2), [4]),
        (f"{ROWS} LIMIT 3", Page(2, 5), []),
        (f"{ROWS} VALUES ?number {{ 5 3 1 }}", Page(2, 1), [3, 5]),
        (ROWS.replace("?letter ?number", "*"), Page(1, 1), [2]),
        (ROWS.replace("?number {", "(?number * 1 AS ?n) ?number {"), Page(1, 4), [5]),
        (
            "PREFIX : <http://e/> SELECT (SUM(?n) AS ?number) { { SELECT ?l ?n { ?l :p ?n } "
            "LIMIT 99 } } GROUP BY ?l HAVING (SUM(?n) > 0)",
            Page(1, 1),
            [9],
        ),
    ],
)
def test_a_page_begins_where_the_querys_own_limits_allow(
    text: str, page: Page, found: list[int]
) -> None:
    assert numbers(text, page) == found


def test_all_rows_are_the_query_as_it_is() -> None:
    query = Query(ROWS)

    assert select_page(query, ALL_ROWS) is query


def test_a_query_without_rows_has_no_pages() -> None:
    with pytest.raises(MalformedParameter, match="expected a question that returns rows, got one"):
        select_page(Query("ASK {}"), Page(1))


def test_a_page_takes_its_rows_and_reads_no_others() -> None:
    rows = iter(range(10**12))

    assert list(Page(3, 5).take(rows)) == [5, 6, 7]
    assert next(rows) == 8
    assert list(Page(None, 2).take("abcd")) == ["c", "d"]
