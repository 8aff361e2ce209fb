"""Functions and arithmetic of filters, errors included."""

import pytest
from pyoxigraph import BlankNode, Literal

from kg.namespaces import ID, RDF
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Expression, TermOrVariable
from tests.kg.reasoning.rules.test_expressions import typed


def gives(
    operator: str, arguments: tuple[TermOrVariable | Expression, ...], result: TermOrVariable
) -> bool:
    return passes(Expression("sameTerm", (Expression(operator, arguments), result)), {})


def is_error(operator: str, arguments: tuple[TermOrVariable | Expression, ...]) -> bool:
    """Return whether neither the expression's equality with itself nor the negation passes."""
    call = Expression(operator, arguments)
    same = Expression("sameTerm", (call, call))
    return not passes(same, {}) and not passes(Expression("!", (same,)), {})


RESULTS = [
    ("+", (typed("1", "byte"), typed("2", "integer")), typed("3", "integer")),
    ("-", (typed("1", "integer"), typed("0.10", "decimal")), typed("0.9", "decimal")),
    ("*", (typed("2", "float"), typed("1.5", "decimal")), typed("3.0", "float")),
    ("/", (typed("1", "integer"), typed("3", "integer")), typed("0." + "3" * 18, "decimal")),
    ("/", (typed("4", "integer"), typed("2", "integer")), typed("2", "decimal")),
    ("/", (typed("1", "double"), typed("0", "integer")), typed("INF", "double")),
    ("/", (typed("-1", "double"), typed("0", "float")), typed("-INF", "double")),
    ("/", (typed("0", "double"), typed("0", "double")), typed("NaN", "double")),
    ("*", (typed("1e30", "float"), typed("1e30", "float")), typed("INF", "float")),
    ("*", (typed("9" * 30, "integer"), typed("10", "integer")), typed("9" * 30 + "0", "integer")),
    ("ABS", (typed("-2.50", "decimal"),), typed("2.5", "decimal")),
    ("ABS", (typed("-2", "byte"),), typed("2", "integer")),
    ("STR", (ID["a"],), Literal(ID["a"].value)),
    ("LANG", (Literal("a", language="en"),), Literal("en")),
    ("LANG", (typed("1", "integer"),), Literal("")),
    ("DATATYPE", (Literal("a", language="en"),), RDF["langString"]),
    ("STRLEN", (Literal("城市"),), typed("2", "integer")),
    ("UCASE", (Literal("a", language="en"),), Literal("A", language="en")),
    ("LCASE", (Literal("A"),), Literal("a")),
    ("MONTH", (typed("2017-05-25", "date"),), typed("5", "integer")),
    ("DAY", (typed("2017-05-25T00:00:00Z", "dateTime"),), typed("25", "integer")),
    ("YEAR", (typed("-0044-03-15", "date"),), typed("-44", "integer")),
    ("YEAR", (typed("2017-05-25", "date"),), typed("2017", "integer")),
    ("YEAR", (typed("2017", "gYear"),), typed("2017", "integer")),
]


@pytest.mark.parametrize(("operator", "arguments", "result"), RESULTS)
def test_an_expression_gives_a_term(
    operator: str, arguments: tuple[TermOrVariable, ...], result: TermOrVariable
) -> None:
    assert gives(operator, arguments, result)


ERRORS = [
    ("/", (typed("1", "integer"), typed("0", "decimal"))),
    ("+", (typed("1", "integer"), Literal("1"))),
    ("+", (ID["a"], typed("1", "integer"))),
    ("-", (typed("one", "integer"), typed("1", "integer"))),
    ("ABS", (Literal("1"),)),
    ("STR", (BlankNode(),)),
    ("LANG", (ID["a"],)),
    ("DATATYPE", (BlankNode(),)),
    ("STRLEN", (typed("12", "integer"),)),
    ("LCASE", (ID["a"],)),
    ("CONTAINS", (Literal("a"), Literal("a", language="en"))),
    ("STRENDS", (Literal("a", language="fr"), Literal("a", language="en"))),
    ("langMatches", (Literal("en", language="en"), Literal("en"))),
    ("REGEX", (ID["a"], Literal("a"))),
    ("REGEX", (Literal("a"), Literal("("))),
    ("REGEX", (Literal("a"), Literal("(?<=a)"))),
    ("REGEX", (Literal("a"), Literal("a"), Literal("g"))),
    ("MONTH", (typed("2017", "gYear"),)),
    ("YEAR", (typed("2017-13-01", "date"),)),
    ("YEAR", (Literal("2017"),)),
    ("DAY", (Literal("2017-05-25"),)),
    ("IN", (Expression("ABS", (ID["a"],)), typed("1", "integer"))),
    ("IN", (typed("1", "integer"), Expression("ABS", (ID["a"],)))),
    ("NOT IN", (typed("1", "integer"), Literal("1"))),
]


@pytest.mark.parametrize(("operator", "arguments"), ERRORS)
def test_an_expression_is_an_error(
    operator: str, arguments: tuple[TermOrVariable | Expression, ...]
) -> None:
    assert is_error(operator, arguments)


def test_one_equal_member_outweighs_an_error_and_an_empty_list_has_none() -> None:
    one, error = typed("1", "integer"), Expression("ABS", (ID["a"],))

    assert passes(Expression("IN", (one, error, typed("1.0", "decimal"))), {})
    assert not passes(Expression("NOT IN", (one, error, typed("1.0", "decimal"))), {})
    assert not passes(Expression("IN", (one,)), {})
    assert passes(Expression("NOT IN", (one,)), {})


def test_a_dollar_stands_for_the_very_end_or_for_the_end_of_any_line() -> None:
    text = Literal("city\n")

    assert not passes(Expression("REGEX", (text, Literal("y$"))), {})
    assert passes(Expression("REGEX", (text, Literal("y$"), Literal("m"))), {})
    assert passes(Expression("REGEX", (Literal("$5"), Literal(r"^\$5$"))), {})
    assert passes(Expression("REGEX", (Literal("$"), Literal("[$]"))), {})
