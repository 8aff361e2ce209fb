import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Triple

from kg.sparql.query import Query
from kg.sparql.service_values import (
    Solutions,
    Term,
    endpoint_query,
    find_restriction,
    replace_block,
    with_graph_for_service,
)
from kg.store.quad_store import Store

A, B = NamedNode("http://e/a"), NamedNode("http://e/b")
QUERY = Query("SELECT * { SERVICE <http://e/s> { ?x <http://e/p> ?y } }")


def rows(solutions: Solutions, query: Query = QUERY) -> list[list[Term | None]]:
    """Query the store with these solutions in place of the block."""
    found = Store.in_memory([]).query(replace_block(query, query.services[0], solutions))
    assert isinstance(found, QuerySolutions)
    return [[row[name] for name in solutions.variables] for row in found]


@pytest.mark.parametrize(
    "row",
    [
        [A, None],
        [None, None],
        [Literal('"\n\\}\u0000é SERVICE <x> {'), Literal("a", language="zh-hans")],
        [Literal(1), Literal("x", datatype=B)],
        [Triple(A, B, Triple(A, B, Literal("x"))), A],
    ],
)
def test_solutions_come_out_as_they_went_in(row: list[Term | None]) -> None:
    assert rows(Solutions(["x", "y"], [row, row])) == [row, row]


def test_no_solution_and_solutions_without_variables_are_told_apart() -> None:
    assert rows(Solutions(["x"], [])) == []
    assert rows(Solutions([], [[], []])) == [[], []]


def test_a_blank_node_is_the_same_in_every_row_and_shows_nothing_of_its_making() -> None:
    one, other = BlankNode("r1"), BlankNode("r2")
    given = [[one, A], [A, one], [other, None], [None, other]]

    assert rows(Solutions(["x", "y"], given)) == given
    text = replace_block(QUERY, QUERY.services[0], Solutions(["x", "y"], given))
    found = Store.in_memory([]).query(text)
    assert isinstance(found, QuerySolutions)
    assert {variable.value for variable in found.variables} == {"x", "y"}


def test_the_question_has_the_prologue_of_the_query_and_what_it_has_to_join_with() -> None:
    text = "PREFIX : <http://e/>\n# why\nSELECT ?x { SERVICE :s { ?x :p ?y } }"
    query = Query(text, "http://here/sparql")

    asked = endpoint_query(query, query.services[0], Solutions(["x"], [[A]]))

    assert asked == (
        "BASE <http://here/sparql>\nPREFIX : <http://e/>\n# why\n"
        "SELECT * WHERE { ?x :p ?y }\nVALUES (?x) {\n(<http://e/a>)\n}"
    )


@pytest.mark.parametrize(
    ("prologue", "endpoint", "iri"),
    [
        ("", "<s>", "http://here/s"),
        ("BASE <http://e/a/>", "<../s>", "http://e/s"),
        ("BASE <http://e/a/> PREFIX x: <b/>", "x:s\\-t", "http://e/a/b/s-t"),
        ("PREFIX : <http://e/> BASE <http://f/>", ":s", "http://e/s"),
        ("", "<http://e/\\u0073>", "http://e/s"),
    ],
)
def test_an_endpoint_has_the_iri_that_the_prologue_makes_of_it(
    prologue: str, endpoint: str, iri: str
) -> None:
    query = Query(f"{prologue} ASK {{ SERVICE {endpoint} {{ }} }}", "http://here/sparql")

    assert query.resolve(query.services[0].endpoint) == iri


def restriction(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the pattern that the last block joins with, in single spaces, and its variables."""
    found = find_restriction(Query(text).services[-1])
    return (" ".join(found.pattern.split()), tuple(found.variables)) if found else None


BLOCK = "SERVICE <x> { ?a <q> ?b }"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        (f"ASK {{ ?a <p> 1 . {BLOCK} ?b <p> 2 }}", "{ ?a <p> 1 . }"),
        (f"ASK {{ ?a <p> 1 OPTIONAL {{ {BLOCK} }} }}", "{ ?a <p> 1 }"),
        (f"ASK {{ ?a <p> 1 OPTIONAL {{ ?a <r> 2 . {BLOCK} }} }}", "{ ?a <r> 2 . } { ?a <p> 1 }"),
        (f"ASK {{ ?a <p> 1 . {{ ?a <r> 2 . {BLOCK} }} }}", "{ ?a <r> 2 . } { ?a <p> 1 . }"),
        (f"ASK {{ ?a <p> 1 . {{ SELECT ?b {{ ?a <r> 2 . {BLOCK} }} }} }}", "{ ?a <r> 2 . }"),
        (f"ASK {{ {{ ?a <p> 1 }} UNION {{ ?a <r> 2 . {BLOCK} }} }}", "{ ?a <r> 2 . }"),
        (f"ASK {{ ?b <p> 1 MINUS {{ ?a <r> 2 . {BLOCK} }} }}", "{ ?a <r> 2 . }"),
        (f"ASK {{ GRAPH <g> {{ ?a <p> 1 . {BLOCK} }} }}", "GRAPH <g> { { ?a <p> 1 . } }"),
        (f"ASK {{ VALUES ?a {{ 1 2 }} {BLOCK} }}", "{ VALUES ?a { 1 2 } }"),
    ],
)
def test_what_stands_before_a_block_restricts_it(text: str, pattern: str) -> None:
    assert restriction(text) == (pattern, ("a",))


def test_beyond_an_optional_nothing_restricts_since_a_row_it_lacks_would_show() -> None:
    text = f"ASK {{ ?a <p> 1 . {{ ?c <r> 2 OPTIONAL {{ {BLOCK} }} }} }}"

    assert restriction(text) == ("{ ?c <r> 2 }", ())


@pytest.mark.parametrize(
    "text",
    [
        f"ASK {{ {BLOCK} ?a <p> 1 }}",
        f"ASK {{ ?a <p> 1 FILTER EXISTS {{ ?a <r> 2 . {BLOCK} }} }}",
        f"ASK {{ ?a <p> 1 FILTER(1 > 0 && NOT EXISTS {{ ?a <r> 2 . {BLOCK} }}) }}",
        f"SELECT (EXISTS {{ ?a <r> 2 . {BLOCK} }} AS ?c) {{ ?a <p> 1 }}",
        f"ASK {{ ?a <p> 1 LATERAL {{ ?a <r> 2 . {BLOCK} }} }}",
        f"ASK {{ BIND(RAND() AS ?a) {BLOCK} }}",
        f"ASK {{ {{ SELECT ?a {{ ?a <p> 1 }} LIMIT 1 }} {BLOCK} }}",
    ],
)
def test_what_may_be_otherwise_when_asked_twice_restricts_nothing(text: str) -> None:
    assert restriction(text) is None


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ("FILTER(?a > 1)", "FILTER(?a > 1)"),
        ("FILTER STRSTARTS(STR(?a), '(')", "FILTER STRSTARTS(STR(?a), '(')"),
        ("FILTER(?b > 1)", ""),
        ("FILTER(!BOUND(?b)) FILTER(?a < 2)", "FILTER(?a < 2)"),
        ("FILTER NOT EXISTS { ?a <r> 2 }", ""),
        ("FILTER(?a<?b&&?a>?c)", ""),
        ("OPTIONAL { ?a <r> ?b FILTER(?b > 1) }", "OPTIONAL { ?a <r> ?b FILTER(?b > 1) }"),
    ],
)
def test_a_filter_that_later_patterns_could_decide_is_left_out(filters: str, kept: str) -> None:
    found = restriction(f"ASK {{ ?a <p> 1 {filters} {BLOCK} }}")

    assert found == (" ".join(f"{{ ?a <p> 1 {kept} }}".split()), ("a", "b")[: 1 + ("?b" in kept)])


def test_a_variable_for_the_endpoint_is_told_apart() -> None:
    text = "ASK { ?a <p> ?e . SERVICE ?e { ?a <q> ?e } }"
    found = find_restriction(Query(text).services[0])

    assert found is not None
    assert (found.variables, found.endpoint) == (["a"], "e")
    asked = found.query("BASE <http://b>\n", ["e"], most_rows=9)
    assert asked == "BASE <http://b>\nSELECT DISTINCT ?e WHERE { {  ?a <p> ?e .  } } LIMIT 10"


@pytest.mark.parametrize(
    ("text", "checked"),
    [
        ("ASK { SERVICE <x> { ?s ?p } }", "ASK { GRAPH   <x> { ?s ?p } }"),
        ("ASK {service\n:x{}}", "ASK {GRAPH  \n:x{}}"),
        ("ASK { SERVICE #\n SILENT ?x {} }", "ASK { GRAPH   #\n        ?x {} }"),
        ("ASK { SERVICE a:b { SERVICE ?x {} } }", "ASK { GRAPH   a:b { GRAPH   ?x {} } }"),
    ],
)
def test_what_is_checked_has_every_mistake_where_it_was(text: str, checked: str) -> None:
    assert with_graph_for_service(Query(text)).text == checked
