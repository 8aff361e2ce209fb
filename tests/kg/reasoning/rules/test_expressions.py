"""Aggregate functions: values, datatypes and spelling, and an engine beside them."""

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from kg.namespaces import ID, XSD
from kg.reasoning.rules.expressions import compute_aggregate


def typed(text: str) -> Literal:
    """`1.5^^decimal` as a literal."""
    value, _, name = text.partition("^^")
    return Literal(value, datatype=XSD[name or "string"])


@pytest.mark.parametrize(
    ("function", "terms", "expected"),
    [
        ("COUNT", ["1^^integer", "1^^integer", "a"], "3^^integer"),
        ("SUM", ["1^^integer", "1^^integer", "-4^^int"], "-2^^integer"),
        ("SUM", ["2^^nonNegativeInteger"], "2^^integer"),
        ("SUM", ["1^^integer", "2.50^^decimal"], "3.5^^decimal"),
        ("SUM", ["0.5^^decimal", "0.5^^decimal"], "1^^decimal"),
        ("SUM", ["0.1^^float", "0.2^^float"], "0.3^^float"),
        ("SUM", ["1e30^^double", "1^^integer"], f"1{'0' * 30}^^double"),
        ("SUM", ["INF^^float"], "INF^^float"),
        ("SUM", ["99999999999999999999^^integer", "1^^integer"], f"1{'0' * 20}^^integer"),
        ("AVG", ["1^^integer", "2^^integer", "4^^integer"], "2.333333333333333333^^decimal"),
        ("AVG", ["-1^^integer", "-2^^integer"], "-1.5^^decimal"),
        ("AVG", ["2^^integer"], "2^^decimal"),
        ("AVG", ["1^^double", "2^^integer"], "1.5^^double"),
        ("MIN", ["10^^integer", "9^^integer", "9.5^^decimal"], "9^^integer"),
        ("MAX", ["10^^integer", "9^^integer"], "10^^integer"),
        ("MIN", ["b", "a"], "a"),
        ("MAX", ["2001^^gYear", "1999^^gYear"], "2001^^gYear"),
    ],
)
def test_a_value_has_the_datatype_and_spelling_of_sparql(
    function: str, terms: list[str], expected: str
) -> None:
    literals = [typed(text) for text in terms]

    assert compute_aggregate(function, literals) == typed(expected)
    assert compute_aggregate(function, literals[::-1]) == typed(expected)


@pytest.mark.parametrize("function", ["SUM", "AVG"])
@pytest.mark.parametrize("term", [Literal("1"), ID["one"], typed("one^^integer"), BlankNode("b")])
def test_what_is_no_number_has_no_sum(function: str, term: Literal | NamedNode | BlankNode) -> None:
    assert compute_aggregate(function, [Literal(1), term]) is None


@pytest.mark.parametrize("function", ["MIN", "MAX"])
def test_what_has_no_order_has_no_extreme(function: str) -> None:
    assert compute_aggregate(function, [Literal(1), Literal("a")]) is None
    assert (
        compute_aggregate(function, [Literal("a", language="en"), Literal("b", language="en")])
        is None
    )
    assert compute_aggregate(function, [BlankNode("a"), BlankNode("b")]) is None


def test_iris_come_before_literals_and_have_an_order() -> None:
    terms = [Literal(1), ID["b"], ID["a"]]

    assert compute_aggregate("MIN", terms) == ID["a"]
    assert compute_aggregate("MAX", terms) == Literal(1)
    assert compute_aggregate("MAX", terms[1:]) == ID["b"]


def test_of_equal_values_the_first_by_spelling_is_taken() -> None:
    terms = [typed("1.0^^decimal"), typed("1^^integer")]

    for function in ("MIN", "MAX"):
        assert compute_aggregate(function, terms) == typed("1^^integer")
        assert compute_aggregate(function, terms[::-1]) == typed("1^^integer")


@pytest.mark.parametrize("function", ["COUNT", "SUM", "MIN", "MAX", "AVG"])
@pytest.mark.parametrize(
    "terms",
    [
        ["1^^integer", "2^^integer", "4^^integer"],
        ["1.25^^decimal", "0.1^^decimal", "-7^^integer"],
        ["0.5^^double", "0.25^^double", "1000000000.5^^double"],
        ["0.1^^float", "0.25^^float", "3^^integer"],
        ["b", "a", "c"],
    ],
)
def test_an_engine_computes_the_same(function: str, terms: list[str]) -> None:
    literals = [typed(text) for text in terms]
    store = Store()
    store.extend(Quad(ID["a"], ID["p"], literal) for literal in literals)

    query = f"SELECT ({function}(?x) AS ?n) WHERE {{ ?a ?p ?x }}"
    [row] = store.query(query)  # type: ignore[misc]

    assert compute_aggregate(function, literals) == row["n"]  # type: ignore[index]
