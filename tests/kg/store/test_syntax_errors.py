import pytest
from pyoxigraph import Store

from kg.errors import MalformedQuery
from kg.store.query import Query
from kg.store.syntax_errors import malformed_query_error


def error_of(text: str) -> MalformedQuery:
    with pytest.raises(SyntaxError) as caught:
        Store().query(text)
    return malformed_query_error(Query(text), caught.value)


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("SELEC * {}", 1, 1, "found 'SELEC'"),
        ("SELECT * { ?s ?p ?o . # }\n ?x ?y }", 2, 8, "found '}', expected a term"),
        ("SELECT * { ?s ?p -1 ; ?p 'x'@en } LIMT 3", 1, 35, "found 'LIMT'"),
        ("SELECT * { OPTIONL { ?s ?p ?o } }", 1, 12, "found 'OPTIONL'"),
        ("SELECT * { ?s ?p '中文' , }", 1, 25, "found '}', expected a term"),
        ("SELECT * { ?s ?p ?o }}", 1, 22, "found '}'"),
        ("SELECT * { ?s ?p ?o } LIMIT  ", 1, 28, "found the end of the text, expected a digit"),
        ("PREFIX a <b:c> SELECT * {}", 1, 8, "found 'a', expected \":\""),
        ("SELECT * { ?s <relative> 1 }", 1, 15, "IRI parsing failed, found '<relative>'"),
    ],
)
def test_the_place_is_the_first_token_that_cannot_stand_there(
    text: str, line: int, column: int, reason: str
) -> None:
    error = error_of(text)

    assert (error.line, error.column, error.reason) == (line, column, reason)


def test_an_undeclared_prefix_is_named_and_a_declared_one_is_not() -> None:
    error = error_of("PREFIX a: <http://a/>\nSELECT * { a:x a:y b:z }")

    assert (error.line, error.column, error.reason) == (2, 20, "the prefix 'b:' is not declared")


def test_a_string_over_two_lines_is_placed_where_its_line_ends() -> None:
    error = error_of("SELECT * { ?s ?p 'open\n' }")

    assert (error.line, error.column) == (1, 23)
