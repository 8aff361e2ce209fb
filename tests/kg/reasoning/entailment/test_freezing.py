"""Axioms that are shown for things of which nothing else is supposed, and axioms that are not."""

import pytest

from kg.reasoning.entailment.entailment import Verdict
from tests.kg.reasoning.entailment.conftest import Ask

SOME = "[ a owl:Restriction ; owl:onProperty {} ; owl:someValuesFrom {} ]".format
ONLY = "[ a owl:Restriction ; owl:onProperty {} ; owl:allValuesFrom {} ]".format
SHOWN = {
    "a chain of a property with itself makes it transitive": (
        ":p owl:propertyChainAxiom ( :p :p ) .",
        ":p a owl:TransitiveProperty .",
    ),
    "a transitive property contains its chain": (
        ":p a owl:TransitiveProperty .",
        ":p owl:propertyChainAxiom ( :p :p :p ) .",
    ),
    "a property that is its own inverse is symmetric": (
        ":p owl:inverseOf :p .",
        ":p a owl:SymmetricProperty .",
    ),
    "an irreflexive and transitive property is asymmetric": (
        ":p a owl:TransitiveProperty , owl:IrreflexiveProperty .",
        ":p a owl:AsymmetricProperty .",
    ),
    "a property disjoint with its inverse is irreflexive": (
        ":p owl:inverseOf :q ; owl:propertyDisjointWith :q .",
        ":p a owl:IrreflexiveProperty , owl:AsymmetricProperty .",
    ),
    "the inverse of a functional property is inverse functional": (
        ":p a owl:FunctionalProperty ; owl:inverseOf :q .",
        ":q a owl:InverseFunctionalProperty .",
    ),
    "a subproperty of a functional property is functional": (
        ":p a owl:FunctionalProperty . :q rdfs:subPropertyOf :p .",
        ":q a owl:FunctionalProperty .",
    ),
    "subproperties by way of inverses": (
        ":p rdfs:subPropertyOf [ owl:inverseOf :q ] . :q rdfs:subPropertyOf [ owl:inverseOf :r ] .",
        ":p rdfs:subPropertyOf :r .",
    ),
    "two inverses of one property are equivalent": (
        ":p owl:inverseOf :q . :p owl:inverseOf :r .",
        ":q owl:equivalentProperty :r .",
    ),
    "properties with disjoint domains are disjoint": (
        ":A owl:disjointWith :B . :p rdfs:domain :A . :q rdfs:domain :B .",
        ":p owl:propertyDisjointWith :q .",
    ),
    "the domain of a property is the range of its inverse": (
        ":p rdfs:domain :A ; owl:inverseOf :q .",
        ":q rdfs:range :A .",
    ),
    "a domain by way of a universal restriction": (
        f":A owl:equivalentClass {SOME(':p', 'owl:Thing')} .",
        ":p rdfs:domain :A .",
    ),
    "subclasses by way of an intersection": (
        ":A rdfs:subClassOf :B , :C . [ a owl:Class ; owl:intersectionOf ( :B :C ) ] "
        "rdfs:subClassOf :D .",
        ":A rdfs:subClassOf :D .",
    ),
    "an existential restriction on the left": (
        f"{SOME(':p', ':A')} rdfs:subClassOf :B . :C rdfs:subClassOf :A .",
        f"{SOME(':p', ':C')} rdfs:subClassOf :B .",
    ),
    "a universal restriction on both sides": (
        ":A rdfs:subClassOf :B .",
        f"{ONLY(':p', ':A')} rdfs:subClassOf {ONLY(':p', ':B')} .",
    ),
    "each part of a union is below the whole, and so is the union": (
        ":A rdfs:subClassOf :C . :B rdfs:subClassOf :C .",
        "[ a owl:Class ; owl:unionOf ( :A :B ) ] rdfs:subClassOf :C .",
    ),
    "a class below two disjoint ones is below all": (
        ":A rdfs:subClassOf :B , :C . :B owl:disjointWith :C .",
        ":A rdfs:subClassOf owl:Nothing , :D .",
    ),
    "classes below disjoint ones are disjoint": (
        ":A rdfs:subClassOf :B . :C rdfs:subClassOf :D . :B owl:disjointWith :D .",
        ":A owl:disjointWith :C . [] a owl:AllDisjointClasses ; owl:members ( :A :C ) .",
    ),
    "a key by way of a wider class": (
        ":A rdfs:subClassOf :B . :B owl:hasKey ( :p ) .",
        ":A owl:hasKey ( :p :q ) .",
    ),
    "exactly one is at most one": (
        ":a a [ a owl:Restriction ; owl:onProperty :p ; owl:maxCardinality 1 ] .",
        ":a a [ a owl:Restriction ; owl:onProperty :p ; owl:maxCardinality 2 ] .",
    ),
}
NOT_SHOWN = {
    "a chain with another property": (
        ":p owl:propertyChainAxiom ( :p :q ) .",
        ":p a owl:TransitiveProperty .",
    ),
    "a transitive property need not be symmetric": (
        ":p a owl:TransitiveProperty .",
        ":p a owl:SymmetricProperty .",
    ),
    "an asymmetric superproperty says nothing of another": (
        ":p a owl:AsymmetricProperty . :p rdfs:subPropertyOf :q .",
        ":q a owl:AsymmetricProperty .",
    ),
    "all facts of the premise do not make an axiom": (
        ":a :p :b . :b :p :a .",
        ":p a owl:SymmetricProperty .",
    ),
    "all known instances do not make a subclass": (
        ":a a :A , :B . :b a :A , :B .",
        ":A rdfs:subClassOf :B .",
    ),
    "the wider class is not the narrower one": (
        ":A rdfs:subClassOf :B .",
        ":A owl:equivalentClass :B .",
    ),
    "a key of a part is no key of the whole": (
        ":A rdfs:subClassOf :B . :A owl:hasKey ( :p ) .",
        ":B owl:hasKey ( :p ) .",
    ),
    "a union is not within one of its parts": (
        ":A rdfs:subClassOf :C .",
        "[ a owl:Class ; owl:unionOf ( :A :B ) ] rdfs:subClassOf :C .",
    ),
    "values may be of other classes": (
        ":p rdfs:range :A .",
        ":q rdfs:range :A .",
    ),
    "the range is not the domain": (":p rdfs:range :A .", ":p rdfs:domain :A ."),
    "disjointness is not inherited upwards": (
        ":A rdfs:subClassOf :B . :A owl:disjointWith :C .",
        ":B owl:disjointWith :C .",
    ),
}


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
@pytest.mark.parametrize("name", SHOWN)
def test_it_holds_of_things_of_which_nothing_is_known(ask: Ask, name: str, semantics: str) -> None:
    assert ask(*SHOWN[name], semantics=semantics).verdict is Verdict.ENTAILED


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
@pytest.mark.parametrize("name", NOT_SHOWN)
def test_it_does_not_hold_of_all_things(ask: Ask, name: str, semantics: str) -> None:
    assert ask(*NOT_SHOWN[name], semantics=semantics).verdict is Verdict.NOT_ENTAILED


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
def test_a_reflexive_property_relates_everything_to_itself(ask: Ask, semantics: str) -> None:
    premise = ":p a owl:ReflexiveProperty ; rdfs:subPropertyOf :q . :a a :A ."

    shown = ask(
        premise, ":a :q :a . :new :q :new . :q a owl:ReflexiveProperty .", semantics=semantics
    )
    unshown = ask(premise, ":a :q :b .", semantics=semantics)

    assert shown.verdict is Verdict.ENTAILED
    assert unshown.verdict is Verdict.UNDECIDED
    assert unshown.outside_rl == (
        "http://example.org/p a owl:ReflexiveProperty: the rule would apply to everything",
        "http://example.org/p rdf:type owl:ReflexiveProperty: not in OWL 2 RL",
    )


def test_keys_do_not_apply_to_things_without_names_under_the_direct_semantics(ask: Ask) -> None:
    premise = ":A owl:hasKey ( :p ) . :p owl:inverseOf :q . :B rdfs:subClassOf :A ."
    # At most one B has a given value: true if the key applies to things without names, too.
    conclusion = (
        "owl:Thing rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :q ; owl:onClass :B ; "
        "owl:maxQualifiedCardinality 1 ] ."
    )

    assert ask(premise, conclusion, semantics="rdf").verdict is Verdict.ENTAILED
    assert ask(premise, conclusion, semantics="direct").verdict is not Verdict.ENTAILED
    assert ask(premise, ":B owl:hasKey ( :p ) .", semantics="direct").verdict is Verdict.ENTAILED


def test_keys_and_things_without_names_leave_the_direct_semantics_undecided(ask: Ask) -> None:
    key = ":A owl:hasKey ( :p ) . :a a :A ; :p :x . "

    named = ask(f"{key} :b a :A ; :p :y .", ":a owl:sameAs :b .", semantics="direct")
    unnamed = ask(f"{key} [] a :A ; :p :x ; :q :z .", ":a :q :z .", semantics="direct")

    assert named.verdict is Verdict.NOT_ENTAILED
    assert unnamed.verdict is Verdict.UNDECIDED
    assert ask(f"{key} [] a :A ; :p :x ; :q :z .", ":a :q :z .", semantics="rdf")
