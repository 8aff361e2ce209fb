"""Data ranges: what follows from the values that datatypes and facets leave."""

import pytest
from pyoxigraph import Literal, NamedNode, Variable

from kg.namespaces import RDF, RDFS, XSD
from kg.reasoning.entailment.entailment import Verdict
from kg.reasoning.entailment.value_spaces import are_impossible
from kg.reasoning.rules.patterns import Expression
from tests.kg.reasoning.entailment.conftest import Ask

Y = Variable("y")
SUBSETS = [
    (["byte"], "short"),
    (["short", "unsignedInt"], "unsignedShort"),
    (["nonNegativeInteger", "nonPositiveInteger"], "short"),
    (["integer"], "decimal"),
    (["NCName"], "token"),
    (["dateTimeStamp"], "dateTime"),
    (["byte"], RDFS["Literal"]),
    (["string"], RDF["PlainLiteral"]),
    (["string", "integer"], "boolean"),
    (["float", "double"], "byte"),
    (["positiveInteger", "negativeInteger"], "anyURI"),
]
NOT_SUBSETS = [
    (["short"], "unsignedByte"),
    (["decimal"], "integer"),
    (["float"], "double"),
    (["token"], "NCName"),
    (["NMTOKEN"], "Name"),
    (["dateTime"], "dateTimeStamp"),
    ([RDF["PlainLiteral"]], "string"),
    ([RDFS["Literal"]], "string"),
    ([], RDFS["Literal"]),
    (["boolean"], "integer"),
    (["anyURI"], "string"),
]
CONDITIONS = {
    "no integer between 1 and 2": ("integer", [(">", "1"), ("<", "2")], True),
    "an integer between 1 and 3": ("integer", [(">", "1"), ("<", "3")], False),
    "a decimal between 1 and 2": ("decimal", [(">", "1"), ("<", "2")], False),
    "no decimal from 2 to 1": ("decimal", [(">=", "2"), ("<=", "1")], True),
    "no byte above 127": ("byte", [(">", "127")], True),
    "no short below minus 32768": ("short", [("<", "-32768")], True),
    "no float between zero and the smallest": ("float", [(">", "0"), ("<", "1e-45")], True),
    "a double between zero and the smallest float": ("double", [(">", "0"), ("<", "1e-45")], False),
    "no float above infinity": ("float", [(">", "INF")], True),
    "no float equal to NaN": ("float", [(">=", "NaN")], True),
    "no boolean but true and false": ("boolean", [("!=", "true"), ("!=", "0")], True),
    "a boolean other than true": ("boolean", [("!=", "true")], False),
    "minus zero is a float of at least zero": (
        "float",
        [(">=", "0"), ("<=", "0"), ("!=", "0")],
        False,
    ),
    "no third zero": (
        "float",
        [(">=", "0"), ("<=", "0"), ("!=", "0"), ("!=", "-0.0")],
        True,
    ),
    "no time after 2020 and before 2019": (
        "dateTimeStamp",
        [(">", "2020-01-01T00:00:00Z"), ("<", "2019-12-31T23:00:00-01:00")],
        True,
    ),
    "a time in an hour by another zone": (
        "dateTimeStamp",
        [(">", "2020-01-01T00:00:00Z"), ("<", "2020-01-01T00:00:00-01:00")],
        False,
    ),
}


def in_type(name: str | NamedNode) -> Expression:
    return Expression(
        "dt-type2", (Y, XSD[name] if isinstance(name, str) and ":" not in name else name)
    )


def negated(condition: Expression) -> Expression:
    return Expression("!", (condition,))


def compared(operator: str, text: str, datatype: str) -> Expression:
    literal = Literal(text, datatype=XSD[datatype])
    return (
        negated(Expression("dt-eq", (Y, literal)))
        if operator == "!="
        else Expression(operator, (Y, literal))
    )


@pytest.mark.parametrize(("narrow", "broad"), SUBSETS, ids=str)
def test_values_in_these_datatypes_are_in_the_other(narrow: list[str], broad: str) -> None:
    assert are_impossible([*map(in_type, narrow), negated(in_type(broad))])


@pytest.mark.parametrize(("narrow", "broad"), NOT_SUBSETS, ids=str)
def test_some_value_in_these_datatypes_is_not_in_the_other(narrow: list[str], broad: str) -> None:
    assert not are_impossible([*map(in_type, narrow), negated(in_type(broad))])


@pytest.mark.parametrize("name", CONDITIONS)
def test_facets_leave_values_or_not(name: str) -> None:
    datatype, comparisons, is_impossible = CONDITIONS[name]

    conditions = [compared(operator, text, datatype) for operator, text in comparisons]

    assert are_impossible([in_type(datatype), *conditions]) is is_impossible


def length(operator: str, number: int) -> Expression:
    text = Expression("STRLEN", (Expression("STR", (Y,)),))
    return Expression(operator, (text, Literal(number)))


def test_lengths_of_strings() -> None:
    assert are_impossible([in_type("string"), length(">=", 3), length("<=", 2)])
    assert not are_impossible([in_type("string"), length(">=", 3), length("<=", 3)])


def test_a_string_of_an_enumeration_is_tested_itself() -> None:
    is_long = Expression("dt-eq", (Y, Literal("long")))

    assert are_impossible([is_long, length("<=", 2)])
    assert are_impossible([is_long, in_type("integer")])
    assert not are_impossible([is_long, length("<=", 4)])


def test_an_unknown_condition_excludes_nothing() -> None:
    pattern = Expression("REGEX", (Expression("STR", (Y,)), Literal("^a")))

    assert not are_impossible([in_type("string"), pattern])
    assert are_impossible([in_type("string"), pattern, negated(pattern)])


FACETS = "[ a rdfs:Datatype ; owl:onDatatype {} ; owl:withRestrictions ( {} ) ]".format
SHOWN = {
    "a wider datatype": (":d rdfs:range xsd:byte .", ":d rdfs:range xsd:short ."),
    "the datatype that two ranges leave": (
        ":d rdfs:range xsd:short , xsd:unsignedInt .",
        ":d rdfs:range xsd:unsignedShort .",
    ),
    "a range by way of a superproperty": (
        ":d rdfs:subPropertyOf :e . :e rdfs:range xsd:byte .",
        ":d rdfs:range xsd:short .",
    ),
    "a range by facets": (
        f":d rdfs:range {FACETS('xsd:integer', '[ xsd:minInclusive 1 ] [ xsd:maxInclusive 5 ]')} .",
        ":d rdfs:range xsd:positiveInteger , xsd:byte .",
    ),
    "facets by a datatype": (
        ":d rdfs:range xsd:unsignedByte .",
        f":d rdfs:range {FACETS('xsd:decimal', '[ xsd:minInclusive 0 ]')} .",
    ),
    "an enumeration within a datatype": (
        ":d rdfs:range [ a rdfs:Datatype ; owl:oneOf ( 1 2 ) ] .",
        ":d rdfs:range xsd:byte .",
    ),
    "values of a data property are literals": ("", ":d rdfs:range rdfs:Literal ."),
    "a property without possible values is within every other": (
        ":d rdfs:range xsd:string , xsd:integer .",
        ":d rdfs:subPropertyOf :e . :d rdfs:domain :A .",
    ),
    "a restriction with a wider datatype": (
        ":a a [ a owl:Restriction ; owl:onProperty :d ; owl:allValuesFrom xsd:byte ] .",
        ":a a [ a owl:Restriction ; owl:onProperty :d ; owl:allValuesFrom xsd:short ] .",
    ),
    "datatypes among themselves": ("", "xsd:byte rdfs:subClassOf xsd:short ."),
    "the same value": (
        ':a :d "1"^^xsd:byte , "x"^^xsd:token , "y@en"^^rdf:PlainLiteral .',
        ':a :d 1.0 , "x" , "y"@EN .',
    ),
}
NOT_SHOWN = {
    "a narrower datatype": (":d rdfs:range xsd:short .", ":d rdfs:range xsd:byte ."),
    "the range of another property": (":d rdfs:range xsd:byte .", ":e rdfs:range xsd:byte ."),
    "the range of the property below": (
        ":d rdfs:subPropertyOf :e . :d rdfs:range xsd:byte .",
        ":e rdfs:range xsd:byte .",
    ),
    "values of an object property": (":p rdfs:range :A .", ":p rdfs:range rdfs:Literal ."),
    "a float is no decimal": (':a :d "1"^^xsd:float .', ":a :d 1 ."),
    "a value of an enumeration outside the datatype": (
        ":d rdfs:range [ a rdfs:Datatype ; owl:oneOf ( 1 200 ) ] .",
        ":d rdfs:range xsd:byte .",
    ),
    "known values do not make a range": (":a :d 1 .", ":d rdfs:range xsd:integer ."),
}


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
@pytest.mark.parametrize("name", SHOWN)
def test_it_follows_from_the_values(ask: Ask, name: str, semantics: str) -> None:
    assert ask(*SHOWN[name], semantics=semantics).verdict is Verdict.ENTAILED


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
@pytest.mark.parametrize("name", NOT_SHOWN)
def test_it_does_not_follow_from_the_values(ask: Ask, name: str, semantics: str) -> None:
    verdict = ask(*NOT_SHOWN[name], semantics=semantics).verdict

    assert verdict in {Verdict.NOT_ENTAILED, Verdict.UNDECIDED}
