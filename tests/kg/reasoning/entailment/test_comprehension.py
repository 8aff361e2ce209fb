"""Memberships in class expressions that only the conclusion describes, and blank nodes."""

import pytest

from kg.reasoning.entailment.entailment import Verdict
from tests.kg.reasoning.entailment.conftest import Ask

RESTRICTION = "[ a owl:Restriction ; owl:onProperty {} ; {} ]".format
SHOWN = {
    "an intersection": (":a a :A , :B .", ":a a [ a owl:Class ; owl:intersectionOf ( :A :B ) ] ."),
    "a union": (":a a :A .", ":a a [ a owl:Class ; owl:unionOf ( :B :A ) ] ."),
    "an enumeration": (":a owl:sameAs :b .", ":a a [ a owl:Class ; owl:oneOf ( :c :b ) ] ."),
    "some value": (
        ":a :p :b . :b a :A .",
        f":a a {RESTRICTION(':p', 'owl:someValuesFrom :A')} .",
    ),
    "some value of an inverse": (
        ":b :p :a . :b a :A .",
        f":a a {RESTRICTION('[ owl:inverseOf :p ]', 'owl:someValuesFrom :A')} .",
    ),
    "some data value in a range": (
        ":a :d 7 .",
        ":a a "
        + RESTRICTION(
            ":d",
            "owl:someValuesFrom [ a rdfs:Datatype ; owl:onDatatype xsd:integer ; "
            "owl:withRestrictions ( [ xsd:minInclusive 5 ] [ xsd:maxExclusive 8 ] ) ]",
        )
        + " .",
    ),
    "a value": (":a :p :b .", f":a a {RESTRICTION(':p', 'owl:hasValue :b')} ."),
    "a data value in another spelling": (
        ":a :d 1 .",
        f":a a {RESTRICTION(':d', 'owl:hasValue 1.0')} .",
    ),
    "two different values": (
        ":a :p :b , :c . :b owl:differentFrom :c .",
        f":a a {RESTRICTION(':p', 'owl:minCardinality 2')} .",
    ),
    "two different data values": (
        ":a :d 1 , 2 .",
        f":a a {RESTRICTION(':d', 'owl:minCardinality 2')} .",
    ),
    "only values of a class": (
        ":p rdfs:range :A . :A rdfs:subClassOf :B . :a a :C .",
        f":a a {RESTRICTION(':p', 'owl:allValuesFrom :B')} .",
    ),
    "no values at all": (
        ":p rdfs:domain :A . :A owl:disjointWith :B . :a a :B .",
        f":a a {RESTRICTION(':p', 'owl:maxCardinality 0')} .",
    ),
    "itself as a value": (":a :p :a .", f":a a {RESTRICTION(':p', 'owl:hasSelf true')} ."),
    "expressions inside expressions": (
        ":a :p :b . :b :q :c . :c a :A .",
        ":a a "
        + RESTRICTION(":p", f"owl:someValuesFrom {RESTRICTION(':q', 'owl:someValuesFrom :A')}")
        + " .",
    ),
    "an expression that no axiom mentions": (
        ":a a :A .",
        "[ a owl:Class ; owl:unionOf ( :A :B ) ] a owl:Class .",
    ),
    "a blank node that is something": (":a :p :b . :b a :A .", ":a :p [ a :A ] ."),
    "a blank node in an expression's membership": (
        ":a :p :b . :b :q :c . :c a :A .",
        f":a :p [ a {RESTRICTION(':q', 'owl:someValuesFrom :A')} ] .",
    ),
    "something exists": ("", "[] a owl:Thing ."),
    "what the premise says of classes that no rule expresses": (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] .",
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] .",
    ),
    "what is written on a class in premise and conclusion": (
        ":A owl:unionOf ( :B :C ) .",
        ":A owl:unionOf ( :B :C ) .",
    ),
}
NOT_SHOWN = {
    "half of an intersection": (":a a :A .", ":a a [ owl:intersectionOf ( :A :B ) ] ."),
    "another enumeration": (":a a :A .", ":a a [ a owl:Class ; owl:oneOf ( :b :c ) ] ."),
    "a value of another class": (
        ":a :p :b . :b a :B .",
        f":a a {RESTRICTION(':p', 'owl:someValuesFrom :A')} .",
    ),
    "a value of the property instead of its inverse": (
        ":a :p :b . :b a :A .",
        f":a a {RESTRICTION('[ owl:inverseOf :p ]', 'owl:someValuesFrom :A')} .",
    ),
    "a data value outside a range": (
        ":a :d 8 .",
        ":a a "
        + RESTRICTION(
            ":d",
            "owl:someValuesFrom [ a rdfs:Datatype ; owl:onDatatype xsd:integer ; "
            "owl:withRestrictions ( [ xsd:maxExclusive 8 ] ) ]",
        )
        + " .",
    ),
    "two values that may be one": (
        ":a :p :b , :c .",
        f":a a {RESTRICTION(':p', 'owl:minCardinality 2')} .",
    ),
    "two spellings of one data value": (
        ':a :d 1 , "01"^^xsd:integer .',
        f":a a {RESTRICTION(':d', 'owl:minCardinality 2')} .",
    ),
    "only values of a class, because those that are known are": (
        ":a :p :b . :b a :A .",
        f":a a {RESTRICTION(':p', 'owl:allValuesFrom :A')} .",
    ),
    "at most one value, because one is known": (
        ":a :p :b .",
        f":a a {RESTRICTION(':p', 'owl:maxCardinality 1')} .",
    ),
    "two blank nodes that are two things": (
        ":a :p :b . :b a :A . :a :p :c . :c a :B .",
        ":a :p [ a :A , :B ] .",
    ),
    "one blank node in an axiom and a fact": (
        f":a :p :b . :A rdfs:subClassOf {RESTRICTION(':p', 'owl:hasValue :c')} .",
        f":a :p _:x . :A rdfs:subClassOf {RESTRICTION(':p', 'owl:hasValue _:x')} .",
    ),
    "one description of two nodes": (
        "[ owl:complementOf :A ] :p :b . [ owl:complementOf :A ] :q :c .",
        "[ owl:complementOf :A ] :p :b ; :q :c .",
    ),
    "two expressions on one node": (
        ":a a :A .",
        ":a a [ a owl:Class ; owl:unionOf ( :A ) ; owl:intersectionOf ( :B ) ] .",
    ),
    "a condition that is written on a class": (
        ":A rdfs:subClassOf :C .",
        ":A owl:unionOf ( :C ) .",
    ),
}


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
@pytest.mark.parametrize("name", SHOWN)
def test_the_expression_has_this_instance(ask: Ask, name: str, semantics: str) -> None:
    assert ask(*SHOWN[name], semantics=semantics).verdict is Verdict.ENTAILED


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
@pytest.mark.parametrize("name", NOT_SHOWN)
def test_the_expression_need_not_have_this_instance(ask: Ask, name: str, semantics: str) -> None:
    verdict = ask(*NOT_SHOWN[name], semantics=semantics).verdict

    assert verdict in {Verdict.NOT_ENTAILED, Verdict.UNDECIDED}


def test_an_axiom_does_not_follow_about_what_may_be_no_class(ask: Ask) -> None:
    conclusion = ":Unknown rdfs:subClassOf :Unknown ."

    assert ask("", conclusion, semantics="rdf").verdict is Verdict.UNDECIDED
    assert ask("", conclusion, semantics="direct").verdict is Verdict.ENTAILED
