"""Data ranges as conditions, in bodies and in contradictions."""

import pytest
from pyoxigraph import Triple

from kg.errors import Contradiction
from kg.reasoning.axioms.compiler import compile_axioms
from tests.kg.reasoning.given import derived, quads, triples

FACETS = "[ a rdfs:Datatype ; owl:onDatatype {} ; owl:withRestrictions ( {} ) ]"
ONE_TO_TEN = FACETS.format("xsd:integer", "[ xsd:minInclusive 1 ] [ xsd:maxInclusive 10 ]")

# A data range, values in it, values outside.
RANGES = [
    (ONE_TO_TEN, "1 , 10 , '5.0'^^xsd:decimal , '7'^^xsd:byte", "0 , 11 , 5.5 , 'five' , 5e0"),
    (
        FACETS.format("xsd:decimal", "[ xsd:minExclusive 0.5 ; xsd:maxExclusive 1 ]"),
        "0.75",
        "0.5 , 1.0 , 1",
    ),
    (FACETS.format("xsd:string", "[ xsd:length 2 ]"), "'ab' , '城市'", "'a' , 'abc' , 12"),
    (FACETS.format("xsd:string", "[ xsd:minLength 2 ]"), "'ab'", "'a'"),
    (FACETS.format("xsd:token", "[ xsd:maxLength 2 ]"), "'ab'", "'abc' , ' a'"),
    (
        FACETS.format("xsd:string", "[ xsd:pattern 'Q[0-9]+|none' ]"),
        "'Q84' , 'none'",
        "'xQ84' , 'Q84x' , 'Q84\\n'",
    ),
    (
        FACETS.format("rdf:PlainLiteral", "[ rdf:langRange 'zh' ]"),
        "'城市'@zh , '城市'@zh-Hans",
        "'city'@en , '城市' , 1",
    ),
    (
        FACETS.format("xsd:date", "[ xsd:minInclusive '2000-01-01'^^xsd:date ]"),
        "'2017-05-25'^^xsd:date",
        "'1999-12-31'^^xsd:date",
    ),
    ("[ a rdfs:Datatype ; owl:oneOf ( 1 'one' ) ]", "1.0 , 'one'", "2 , 'two' , 'one'@en"),
    ("[ a rdfs:Datatype ; owl:datatypeComplementOf xsd:integer ]", "1.5 , 'one'", "1 , 1.0"),
    ("[ a rdfs:Datatype ; owl:unionOf ( xsd:integer xsd:string ) ]", "1 , 'one'", "1.5"),
    (
        "[ a rdfs:Datatype ; owl:intersectionOf ( xsd:byte xsd:nonNegativeInteger ) ]",
        "0 , 127",
        "-1 , 128",
    ),
    (":rank", "1 , 10", "0 , 11"),
]
DEFINITION = f":rank a rdfs:Datatype ; owl:equivalentClass {ONE_TO_TEN} ."


def made(ontology: str, facts: str) -> set[Triple]:
    return derived(facts, compile_axioms(quads(DEFINITION + ontology)).rules)


@pytest.mark.parametrize(("data_range", "inside", "outside"), RANGES)
def test_a_value_in_the_range_makes_an_instance(data_range: str, inside: str, outside: str) -> None:
    axiom = f"[ owl:onProperty :p ; owl:someValuesFrom {data_range} ] rdfs:subClassOf :A ."

    for value in inside.split(" , "):
        assert made(axiom, f"id:a :p {value} .") == triples("id:a a :A .")
    for value in outside.split(" , "):
        assert made(axiom, f"id:a :p {value} .") == set()


@pytest.mark.parametrize(("data_range", "inside", "outside"), RANGES)
def test_a_value_outside_the_range_of_a_property_is_a_contradiction(
    data_range: str, inside: str, outside: str
) -> None:
    axiom = f":p rdfs:range {data_range} ."

    assert made(axiom, f"id:a :p {inside} , id:b , 'x'^^:unknown .") == set()
    for value in outside.split(" , "):
        with pytest.raises(Contradiction) as caught:
            made(axiom, f"id:a :p {value} .")
        assert caught.value.rule.startswith("prp-rng-p-")


def test_only_values_of_the_range_is_about_instances() -> None:
    axiom = f":A rdfs:subClassOf [ owl:onProperty :p ; owl:allValuesFrom {ONE_TO_TEN} ] ."

    assert made(axiom, "id:a a :A ; :p 10 . id:b :p 11 .") == set()
    with pytest.raises(Contradiction, match="cls-avf-A-p-xsd-integer-minInclusive-1-maxInclusive"):
        made(axiom, "id:a a :A ; :p 11 .")


def test_a_facet_rule_says_what_it_demands_in_both_languages() -> None:
    (rule,) = compile_axioms(
        quads(f':p rdfs:range {ONE_TO_TEN} ; rdfs:label "has rank"@en , "位列"@zh .')
    ).rules

    assert rule.sentence == {
        "en": "If X has rank Y, then Y is a value of xsd:integer and Y is at least 1 "
        "and Y is at most 10.",
        "zh": "若甲“位列”乙，则乙是 xsd:integer 类型的值，且乙不小于 1，且乙不大于 10。",
    }
    assert rule.source == (
        "OWL 2 RL prp-rng: glocal:p Range xsd:integer[minInclusive 1, maxInclusive 10]"
    )


def test_the_range_of_all_literals_makes_no_rule() -> None:
    result = compile_axioms(quads(":p rdfs:range rdfs:Literal ."))

    assert (result.rules, result.uncompiled) == ([], [])
