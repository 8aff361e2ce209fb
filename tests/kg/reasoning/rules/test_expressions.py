"""Comparisons, effective boolean values, errors in filters, and aggregates."""

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Variable

from kg.namespaces import ID, XSD
from kg.reasoning.rules.expressions import compute_aggregate, passes
from kg.reasoning.rules.patterns import Expression, Term
from kg.reasoning.rules.values import are_equal

X, Y = Variable("x"), Variable("y")


def typed(text: str, datatype: str) -> Literal:
    return Literal(text, datatype=XSD[datatype])


ONE, TWO = Literal("1", datatype=XSD["integer"]), Literal("2.0", datatype=XSD["decimal"])


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (ONE, Literal("1.0", datatype=XSD["decimal"]), True),
        (ONE, TWO, False),
        (ONE, Literal("1"), None),
        (Literal("a"), Literal("a", language="en"), None),
        (ID["a"], ID["a"], True),
        (ID["a"], Literal("a"), False),
        (Literal("x", datatype=ID["t"]), Literal("y", datatype=ID["t"]), None),
    ],
)
def test_literals_are_equal_by_value(left: Term, right: Term, expected: bool | None) -> None:
    assert are_equal(left, right) is expected


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        ("<", ONE, TWO, True),
        (">=", ONE, TWO, False),
        ("<", Literal("a"), Literal("b"), True),
        ("<", ONE, Literal("b"), False),
        ("!=", ONE, Literal("b"), False),
        ("!=", ID["a"], ID["b"], True),
        ("<", Literal("2014", datatype=XSD["gYear"]), Literal("2017", datatype=XSD["gYear"]), True),
        ("sameTerm", ONE, Literal("1.0", datatype=XSD["decimal"]), False),
        ("STRSTARTS", Literal("London"), Literal("Lon"), True),
        ("STRSTARTS", ID["London"], Literal("http"), False),
        # Numbers are promoted to the wider type.
        ("<", typed("NaN", "double"), ONE, False),
        (">=", typed("NaN", "float"), ONE, False),
        ("=", typed("NaN", "double"), typed("NaN", "double"), False),
        ("!=", typed("NaN", "double"), typed("NaN", "double"), True),
        (">", typed("INF", "double"), ONE, True),
        ("<", typed("-INF", "float"), ONE, True),
        ("=", typed("0.1", "decimal"), typed("1e-1", "double"), True),
        ("=", typed("0.1", "float"), typed("0.1", "decimal"), True),
        ("=", typed("0.1", "float"), typed("0.1", "double"), False),
        ("=", typed("1e39", "float"), typed("INF", "float"), True),
    ],
)
def test_a_comparison_passes(operator: str, left: Term, right: Term, expected: bool) -> None:
    assert passes(Expression(operator, (X, Y)), {X: left, Y: right}) is expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (typed("NaN", "decimal"), ONE),
        (typed("1.0", "integer"), ONE),
        (typed("1_0", "integer"), ONE),
        (typed("١", "integer"), ONE),
        (typed("foo", "boolean"), typed("false", "boolean")),
        (typed("True", "boolean"), typed("true", "boolean")),
    ],
)
def test_what_is_spelled_wrongly_equals_and_precedes_nothing(left: Term, right: Term) -> None:
    comparisons = ("=", "!=", "<", "<=", ">", ">=")

    assert are_equal(left, right) is None
    assert not any(passes(Expression(each, (X, Y)), {X: left, Y: right}) for each in comparisons)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (typed("foo", "boolean"), False),
        (typed("foo", "integer"), False),
        (typed("NaN", "double"), False),
        (typed("0", "decimal"), False),
        (typed("1", "boolean"), True),
        (typed("-INF", "double"), True),
    ],
)
def test_a_number_or_boolean_spelled_wrongly_counts_as_false(term: Term, expected: bool) -> None:
    assert passes(Expression("&&", (X,)), {X: term}) is expected
    assert passes(Expression("!", (X,)), {X: term}) is not expected


def test_a_date_has_no_truth() -> None:
    year: dict[Variable, Term] = {X: typed("2014", "gYear")}

    assert not passes(Expression("&&", (X,)), year)
    assert not passes(Expression("!", (X,)), year)


def test_an_error_is_outweighed_by_or_and_kept_by_not() -> None:
    error = Expression("<", (X, Y))
    binding: dict[Variable, Term] = {X: ONE, Y: Literal("b")}

    assert passes(Expression("||", (error, Expression("isIRI", (ID["a"],)))), binding)
    assert not passes(Expression("!", (error,)), binding)
    assert not passes(Expression("&&", (error, Expression("isIRI", (ID["a"],)))), binding)


@pytest.mark.parametrize(
    ("term", "expected"), [(ID["a"], True), (BlankNode(), False), (ONE, False)]
)
def test_only_an_iri_is_an_iri(term: Term, expected: bool) -> None:
    assert passes(Expression("isIRI", (X,)), {X: term}) is expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (typed("2017-02-29", "date"), typed("2018-01-01", "date")),
        (typed("2017-01-01+01:00", "date"), typed("2018-01-01", "date")),
        (typed("2017", "gYear"), typed("2018-01-01", "date")),
    ],
)
def test_dates_that_are_none_or_have_a_zone_are_not_ordered(left: Term, right: Term) -> None:
    assert not any(passes(Expression(each, (left, right)), {}) for each in ("<", ">", "=", "!="))


def test_times_are_equal_in_any_spelling_of_their_fractions() -> None:
    left, right = (typed(f"2017-01-01T10:00:00{end}", "dateTime") for end in ("", ".00"))

    assert are_equal(left, right) is True


def parsed(text: str) -> Literal:
    """Return the literal `1.5^^decimal` of XML Schema; without a datatype, a string."""
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
    literals = [parsed(text) for text in terms]

    assert compute_aggregate(function, literals) == parsed(expected)
    assert compute_aggregate(function, literals[::-1]) == parsed(expected)


@pytest.mark.parametrize("function", ["SUM", "AVG"])
@pytest.mark.parametrize("term", [Literal("1"), ID["one"], parsed("one^^integer"), BlankNode("b")])
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
    terms = [parsed("1.0^^decimal"), parsed("1^^integer")]

    for function in ("MIN", "MAX"):
        assert compute_aggregate(function, terms) == parsed("1^^integer")
        assert compute_aggregate(function, terms[::-1]) == parsed("1^^integer")


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
    literals = [parsed(text) for text in terms]
    store = Store()
    store.extend(Quad(ID["a"], ID["p"], literal) for literal in literals)

    query = f"SELECT ({function}(?x) AS ?n) WHERE {{ ?a ?p ?x }}"
    [row] = store.query(query)  # type: ignore[misc]

    assert compute_aggregate(function, literals) == row["n"]  # type: ignore[index]
