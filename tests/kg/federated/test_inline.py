import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Triple

from kg.federated.blocks import read_blocks
from kg.federated.inline import Solutions, Term, with_solutions
from kg.federated.names import Names
from kg.federated.sent import question
from kg.store import Store

A, B = NamedNode("http://e/a"), NamedNode("http://e/b")
QUERY = "SELECT * { SERVICE <http://e/s> { ?x <http://e/p> ?y } }"


def rows(solutions: Solutions, query: str = QUERY) -> list[list[Term | None]]:
    """What the store answers with these solutions in the place of the block."""
    found = Store.in_memory([]).query(with_solutions(query, read_blocks(query)[0], solutions))
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
    text = with_solutions(QUERY, read_blocks(QUERY)[0], Solutions(["x", "y"], given))
    found = Store.in_memory([]).query(text)
    assert isinstance(found, QuerySolutions)
    assert {variable.value for variable in found.variables} == {"x", "y"}


def test_the_question_has_the_prologue_of_the_query_and_what_it_has_to_join_with() -> None:
    text = "PREFIX : <http://e/>\n# why\nSELECT ?x { SERVICE :s { ?x :p ?y } }"
    [block] = read_blocks(text)
    names = Names.of(text, "http://here/sparql")

    asked = question(block, names, Solutions(["x"], [[A]]))

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
    text = f"{prologue} ASK {{ SERVICE {endpoint} {{ }} }}"

    names = Names.of(text, "http://here/sparql")

    assert names.iri(text, read_blocks(text)[0].endpoint) == iri
