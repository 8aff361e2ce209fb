"""A conclusion is shown where its opposite contradicts the premise, and only there."""

import pytest

from kg.reasoning.entailment.entailment import Verdict
from tests.kg.reasoning.entailment.conftest import Ask

SHOWN = {
    "disjoint properties have different values": (
        ":p owl:propertyDisjointWith :q . :a :p :x ; :q :y .",
        ":y owl:differentFrom :x .",
    ),
    "a functional property of different values has different owners": (
        ":p a owl:FunctionalProperty . :a :p :x . :b :p :y . :x owl:differentFrom :y .",
        ":a owl:differentFrom :b .",
    ),
    "instances of disjoint classes differ": (
        ":A owl:disjointWith :B . :a a :A . :b a :B . :c a :A .",
        ":a owl:differentFrom :b . :b owl:differentFrom :c .",
    ),
    "data values of a functional property tell their owners apart": (
        ':d a owl:FunctionalProperty . :a :d 1 . :b :d 2 . :c :d "1.0"^^xsd:decimal .',
        ":a owl:differentFrom :b . :c owl:differentFrom :b .",
    ),
    "all members of a group differ in pairs": (
        "[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) . :a a :A . :b a :B . :c a :C .",
        "[] a owl:AllDifferent ; owl:distinctMembers ( :a :b :c ) .",
    ),
    "difference is symmetric": (":a owl:differentFrom :b .", ":b owl:differentFrom :a ."),
    "a member of a class is in the complement of a disjoint one": (
        ":A owl:disjointWith :B . :a a :A .",
        ":a a [ a owl:Class ; owl:complementOf :B ] .",
    ),
    "an irreflexive property is denied of one thing": (
        ":p a owl:IrreflexiveProperty .",
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a ; "
        "owl:assertionProperty :p ; owl:targetIndividual :a .",
    ),
    "a data value outside the range is denied": (
        ":d rdfs:range xsd:byte .",
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a ; "
        "owl:assertionProperty :d ; owl:targetValue 300 .",
    ),
    "two different values exceed a maximum of one, so one is outside its class": (
        ":a a [ a owl:Restriction ; owl:onProperty :p ; owl:onClass :A ; "
        "owl:maxQualifiedCardinality 1 ] ; :p :x , :y . :x a :A . :x owl:differentFrom :y .",
        ":y a [ a owl:Class ; owl:complementOf :A ] .",
    ),
}
NOT_SHOWN = {
    "different names may be of one thing": (":a :p :b .", ":a owl:differentFrom :b ."),
    "equal data values do not tell apart": (
        ':d a owl:FunctionalProperty . :a :d 1 . :b :d "01"^^xsd:integer .',
        ":a owl:differentFrom :b .",
    ),
    "the same values of a functional property are no difference": (
        ":p a owl:FunctionalProperty . :a :p :x . :b :p :x .",
        ":a owl:differentFrom :b .",
    ),
    "what is denied in the conclusion is not denied by itself": (
        ":a :p :b .",
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a ; "
        "owl:assertionProperty :p ; owl:targetIndividual :c .",
    ),
    "the conclusion's group does not make its members differ": (
        ":a a :A . :b a :B . :c a :C .",
        "[] a owl:AllDifferent ; owl:members ( :a :b :c ) .",
    ),
    "the conclusion's group does not make classes disjoint": (
        ":a a :A .",
        "[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) .",
    ),
    "one member that may be the same spoils the group": (
        ":A owl:disjointWith :B . :a a :A . :b a :B . :c a :C .",
        "[] a owl:AllDifferent ; owl:members ( :a :b :c ) .",
    ),
    "what is not in a class need not be in its complement": (
        ":a a :A .",
        ":a a [ a owl:Class ; owl:complementOf :B ] .",
    ),
}


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
@pytest.mark.parametrize("name", SHOWN)
def test_its_opposite_contradicts_the_premise(ask: Ask, name: str, semantics: str) -> None:
    assert ask(*SHOWN[name], semantics=semantics).verdict is Verdict.ENTAILED


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
@pytest.mark.parametrize("name", NOT_SHOWN)
def test_its_opposite_is_possible(ask: Ask, name: str, semantics: str) -> None:
    assert ask(*NOT_SHOWN[name], semantics=semantics).verdict is Verdict.NOT_ENTAILED
