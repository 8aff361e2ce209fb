import pytest
from pyoxigraph import Store

from kg.errors import MalformedQuery
from kg.sparql.query import Query
from kg.sparql.select_clauses import find_ungrouped
from kg.sparql.syntax_errors import malformed_query_error


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


@pytest.mark.parametrize(
    ("text", "line", "column", "variable"),
    [
        ("SELECT ?a ?b (COUNT(*) AS ?n) { ?a ?p ?b } GROUP BY ?a", 1, 11, "?b"),
        ("SELECT ?a (SUM(?b) + ?c AS ?n) { ?a ?p ?b }\nGROUP BY ?a", 1, 22, "?c"),
        ("SELECT $a (MAX(?b) AS ?n) { ?a ?p ?b }", 1, 8, "$a"),
        ("SELECT * { ?x ?y ?z {\nSELECT ?p (MAX(?b) AS ?n) { ?a ?p ?b } GROUP BY ?a}}", 2, 8, "?p"),
    ],
)  # fmt: skip
def test_a_variable_that_is_neither_grouped_nor_aggregated_is_named(
    text: str, line: int, column: int, variable: str
) -> None:
    error = error_of(text)

    assert (error.line, error.column) == (line, column)
    assert error.reason == (
        f"{variable} is selected, but neither in GROUP BY nor in an aggregate such as COUNT"
    )


def test_a_misspelt_keyword_is_the_error_though_nothing_is_grouped() -> None:
    error = error_of("SELECT ?a (COUNT(?b) AS ?n) { ?a ?p ?b } GRUOP BY ?a")

    assert (error.column, error.reason) == (42, "found 'GRUOP'")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT * {\n{ ?a ?p ?b }\n", "found the end of the text, expected '}': opened at line 1"),
        ("SELECT * { # }\n?a ?p ?b {\n ?c ?p ?d\n ORDER BY ?a",
         "found 'ORDER', expected '}': opened at line 2"),
        ("SELECT * {\n?a ?p ?b FILTER(REGEX(?b, '}') }",
         "found '}', expected ')': opened at line 2"),
        ("SELECT * { ?a ?p ", "found the end of the text, expected a term"),
        ("SELECT * { ?a ?p ?b ?c", "found '?c'"),
    ],
)  # fmt: skip
def test_a_brace_that_is_not_closed_has_the_line_where_it_opens(text: str, reason: str) -> None:
    assert error_of(text).reason == reason


@pytest.mark.parametrize("part", ["SELECT ", "SELECT ?a (", "SELECT * {", "SELECT (EXISTS{"])
def test_many_selects_without_their_end_are_read(part: str) -> None:
    tokens = [*Query(part * 5_000 + "}" * 5_000).tokens]

    assert find_ungrouped(tokens, len(tokens)) is None
