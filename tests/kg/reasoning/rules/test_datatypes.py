"""Datatypes as sets of values: membership, identity and ill-typed literals."""

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from kg.namespaces import ID, OWL, RDF, RDFS, XSD
from kg.reasoning.rules.datatypes import are_identical, is_ill_typed, is_in_datatype


def literal(text: str) -> Literal:
    """Return the literal `5 integer`: text, a space, the local name of the datatype."""
    value, _, name = text.rpartition(" ")
    return Literal(value, datatype=(RDF if name == "XMLLiteral" else XSD)[name])


INSIDE = [
    ("5 integer", "decimal"),
    ("5.0 decimal", "integer"),
    ("-128 byte", "short"),
    ("127 decimal", "byte"),
    ("0 integer", "nonPositiveInteger"),
    ("18446744073709551615 integer", "unsignedLong"),
    ("a b string", "token"),
    ("zh-Hans string", "language"),
    ("城市 string", "NCName"),
    ("x:y string", "Name"),
    ("2020-01-01T00:00:00Z dateTime", "dateTimeStamp"),
    ("1e3 double", "double"),
    ("0fB7 hexBinary", "hexBinary"),
    ("2020-02-29 date", "date"),
    ("5 integer", "nonNegativeInteger"),
]
OUTSIDE = [
    ("5.5 decimal", "integer"),
    ("128 integer", "byte"),
    ("0 integer", "positiveInteger"),
    ("1 double", "integer"),
    ("1 float", "double"),
    ("1 integer", "string"),
    (" a string", "token"),
    ("1x string", "NCName"),
    ("2020-01-01T00:00:00 dateTime", "dateTimeStamp"),
    ("2020 gYear", "integer"),
    ("five integer", "integer"),
    ("five integer", "string"),
]


@pytest.mark.parametrize(
    ("text", "datatype", "expected"),
    [*((*one, True) for one in INSIDE), *((*one, False) for one in OUTSIDE)],
)
def test_a_value_is_in_the_datatype_or_not_whatever_it_is_written_as(
    text: str, datatype: str, expected: bool
) -> None:
    assert is_in_datatype(literal(text), XSD[datatype]) is expected


@pytest.mark.parametrize("term", [ID["five"], BlankNode(), Literal("5", datatype=ID["t"])])
def test_nobody_knows_of_a_name_or_of_an_unknown_datatype(term: NamedNode | BlankNode) -> None:
    assert is_in_datatype(term, XSD["integer"]) is None
    assert is_ill_typed(term) is None
    assert are_identical(term, Literal("5")) is None


def test_nobody_knows_what_is_in_an_unknown_datatype() -> None:
    assert is_in_datatype(literal("5 integer"), OWL["rational"]) is None


def test_every_well_formed_literal_is_a_literal_and_every_text_a_plain_one() -> None:
    tagged = Literal("城市", language="zh")

    assert is_in_datatype(tagged, RDFS["Literal"]) is True
    assert is_in_datatype(Literal("x", datatype=ID["t"]), RDFS["Literal"]) is True
    assert is_in_datatype(literal("five integer"), RDFS["Literal"]) is False
    assert is_in_datatype(tagged, RDF["PlainLiteral"]) is True
    assert is_in_datatype(tagged, XSD["string"]) is False
    assert is_in_datatype(literal("a string"), RDF["PlainLiteral"]) is True
    assert is_in_datatype(literal("1 integer"), RDF["PlainLiteral"]) is False


SPELLINGS = [
    ("five integer", True),
    ("1_0 integer", True),
    ("300 byte", True),
    ("-1 unsignedByte", True),
    ("yes boolean", True),
    ("abc hexBinary", True),
    ("a=b base64Binary", True),
    ("a b NCName", True),
    ("2021-02-29 date", True),
    ("2020-13 gYearMonth", True),
    ("25:00:00 time", True),
    ("02020 gYear", True),
    ("--02-29 gMonthDay", False),
    ("24:00:00 time", False),
    ("-0044-03-15 date", False),
    ("12020-02-29 date", False),
    ("aGk= base64Binary", False),
    ("NaN float", False),
    ("http://example.org/ü anyURI", False),
    ("<a/> XMLLiteral", False),
    ("---31 gDay", False),
    ("true boolean", False),
]


@pytest.mark.parametrize(("text", "expected"), SPELLINGS)
def test_a_literal_is_ill_typed_if_its_datatype_has_no_such_text(text: str, expected: bool) -> None:
    assert is_ill_typed(literal(text)) is expected


VALUES = [
    ("1 integer", "01 byte", True),
    ("1 integer", "1.00 decimal", True),
    ("1 integer", "1 double", False),
    ("1 integer", "1 string", False),
    ("1 boolean", "true boolean", True),
    ("0 double", "-0 double", False),
    ("NaN float", "NaN float", True),
    ("a string", "a token", True),
    ("0fb7 hexBinary", "0FB7 hexBinary", True),
    ("2020-01-01T00:00:00Z dateTime", "2020-01-01T00:00:00.0+00:00 dateTimeStamp", True),
    ("2020-01-01T00:00:00Z dateTime", "2020-01-01T01:00:00+01:00 dateTime", False),
    ("2020-01-01T24:00:00 dateTime", "2020-01-02T00:00:00 dateTime", None),
    ("2020 gYear", "2021 gYear", False),
    ("five integer", "5 integer", None),
    ("<a/> XMLLiteral", "<a></a> XMLLiteral", None),
]


@pytest.mark.parametrize(("left", "right", "expected"), VALUES)
def test_two_literals_are_one_value(left: str, right: str, expected: bool | None) -> None:
    assert are_identical(literal(left), literal(right)) is expected
    assert are_identical(literal(right), literal(left)) is expected


def test_a_language_tag_is_part_of_the_value() -> None:
    assert are_identical(Literal("a", language="en-gb"), Literal("a", language="en")) is False
    assert are_identical(Literal("a", language="en"), Literal("a")) is False
