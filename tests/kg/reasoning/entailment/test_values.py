"""Equal literals get one spelling, and all others keep their own."""

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat

from kg.namespaces import RDF, XSD
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.entailment.values import ValueSpellings, triples_with
from kg.reasoning.facts.dictionary import TermDictionary
from kg.sources.rdf_syntaxes import parse_rdf


def typed(text: str, name: str) -> Literal:
    return Literal(text, datatype=RDF[name] if name == "PlainLiteral" else XSD[name])


EQUAL = [
    (typed("1", "integer"), typed("01", "integer")),
    (typed("1", "byte"), typed("1.00", "decimal")),
    (typed("0", "integer"), typed("-0.0", "decimal")),
    (typed("7" * 5_000, "integer"), typed(f"+{'7' * 5_000}.0", "decimal")),
    (typed("true", "boolean"), typed("1", "boolean")),
    (typed("1e0", "double"), typed("1.0", "double")),
    (Literal("text"), typed("text", "token")),
    (Literal("text", language="en"), typed("text@EN", "PlainLiteral")),
    (Literal("a@b"), typed("a@b@", "PlainLiteral")),
    (typed("2020-01-01T00:00:00Z", "dateTime"), typed("2020-01-01T00:00:00+00:00", "dateTime")),
]
DIFFERENT = [
    (typed("1", "integer"), typed("1", "double")),
    (typed("1", "float"), typed("1", "double")),
    (typed("0", "float"), typed("-0", "float")),
    (typed("1", "integer"), typed("1", "boolean")),
    (Literal("text"), Literal("text", language="en")),
    (Literal("text"), typed("text", "anyURI")),
    (Literal("text"), typed("text", "PlainLiteral")),
    (Literal("x", datatype=NamedNode("urn:t")), Literal("y", datatype=NamedNode("urn:t"))),
]


@pytest.mark.parametrize(("one", "other"), EQUAL, ids=lambda one: str(one)[:80])
def test_equal_literals_get_one_spelling(one: Literal, other: Literal) -> None:
    spellings = ValueSpellings()

    assert spellings.canonical(one) == spellings.canonical(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=str)
def test_different_values_keep_their_spellings(one: Literal, other: Literal) -> None:
    spellings = ValueSpellings()

    assert spellings.canonical(one) != spellings.canonical(other)


def test_assertions_get_canonical_integers_and_ill_typed_literals_are_found() -> None:
    integer = f"^^<{XSD}integer>"
    text = f'<urn:a> <urn:p> "01"{integer} , "1"{integer} , "x"{integer} , "1" .'
    assertions = Assertions(TermDictionary(), None)
    assertions.add(parse_rdf(text.encode(), RdfFormat.TURTLE, "urn:base"))
    spellings = ValueSpellings()

    spellings.unify(assertions)

    ((_, objects),) = assertions.columns.values()
    assert [str(assertions.vocabulary.decode(code)) for code in objects] == [
        f'"1"{integer}',
        f'"1"{integer}',
        f'"x"{integer}',
        '"1"',
    ]
    (found,) = spellings.ill_typed
    assert [triple[2] for triple in triples_with(assertions, found)] == [found]
