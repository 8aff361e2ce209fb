"""The rules of OWL 2 RL/RDF, tables 4 to 9, by name: what follows and what does not.

Equality has its rows in test_equalities.py, and the rules that no axiom makes, among them those of
table 9, in test_fixed_rules.py.
"""

import pytest

from tests.kg.reasoning.axioms.test_equalities import (
    DISTINCT,
    EQUALITIES,
    FORBIDDEN_EQUALITIES,
    P,
    compiled,
    contradicted,
)
from tests.kg.reasoning.axioms.test_fixed_rules import SCHEMA
from tests.kg.reasoning.given import derived, triples

TABLES = """
eq-ref eq-sym eq-trans eq-rep-s eq-rep-p eq-rep-o eq-diff1 eq-diff2 eq-diff3
prp-ap prp-dom prp-rng prp-fp prp-ifp prp-irp prp-symp prp-asyp prp-trp prp-spo1 prp-spo2 prp-eqp1
prp-eqp2 prp-pdw prp-adp prp-inv1 prp-inv2 prp-key prp-npa1 prp-npa2
cls-thing cls-nothing1 cls-nothing2 cls-int1 cls-int2 cls-uni cls-com cls-svf1 cls-svf2 cls-avf
cls-hv1 cls-hv2 cls-maxc1 cls-maxc2 cls-maxqc1 cls-maxqc2 cls-maxqc3 cls-maxqc4 cls-oo
cax-sco cax-eqc1 cax-eqc2 cax-dw cax-adc
dt-type1 dt-type2 dt-eq dt-diff dt-not-type
scm-cls scm-sco scm-eqc1 scm-eqc2 scm-op scm-dp scm-spo scm-eqp1 scm-eqp2 scm-dom1 scm-dom2
scm-rng1 scm-rng2 scm-hv scm-svf1 scm-svf2 scm-avf1 scm-avf2 scm-int scm-uni
"""
# eq-ref is not materialised. The datatype rules have literals as subjects, so they are tests in
# filters: see test_datatypes.py.
NOT_RULES = {"eq-ref", "dt-type2", "dt-eq", "dt-diff"}


# Names of the rules, axiom, facts, exactly what follows.
EXACTLY = [
    ("cax-sco-A-B", ":A rdfs:subClassOf :B .", "id:a a :A . id:b a :B .", "id:a a :B ."),
    (
        "cax-eqc1-A-B cax-eqc2-B-A",
        ":A owl:equivalentClass :B .",
        "id:a a :A . id:b a :B .",
        "id:a a :B . id:b a :A .",
    ),
    (
        "cls-int1-A-B-C",
        "[ owl:intersectionOf ( :A :B ) ] rdfs:subClassOf :C .",
        "id:a a :A , :B . id:b a :A .",
        "id:a a :C .",
    ),
    (
        "cls-uni-A-C",
        "[ owl:unionOf ( :A :B ) ] rdfs:subClassOf :C .",
        "id:a a :A . id:b a :B . id:c a :D .",
        "id:a a :C . id:b a :C .",
    ),
    (
        "cls-svf1-p-A-C",
        "[ owl:onProperty :p ; owl:someValuesFrom :A ] rdfs:subClassOf :C .",
        "id:a :p id:b . id:b a :A . id:c :p id:d .",
        "id:a a :C .",
    ),
    (
        "cls-svf2-p-Thing-C",
        "[ owl:onProperty :p ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf :C .",
        "id:a :p id:b .",
        "id:a a :C .",
    ),
    (
        "cls-svf1-inv-p-A-C",
        "[ owl:onProperty [ owl:inverseOf :p ] ; owl:someValuesFrom :A ] rdfs:subClassOf :C .",
        "id:a :p id:b . id:a a :A .",
        "id:b a :C .",
    ),
    (
        "cls-hv2-p-k-C",
        "[ owl:onProperty :p ; owl:hasValue id:k ] rdfs:subClassOf :C .",
        "id:a :p id:k . id:b :p id:l .",
        "id:a a :C .",
    ),
    (
        "cls-oo-a-C",
        "[ owl:oneOf ( id:a id:b ) ] rdfs:subClassOf :C .",
        "id:c a :D .",
        "id:a a :C . id:b a :C .",
    ),
    (
        "cls-hv1-A-p-k",
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:hasValue id:k ] .",
        "id:a a :A . id:b a :B .",
        "id:a :p id:k .",
    ),
    (
        "cls-avf-A-p-B",
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:allValuesFrom :B ] .",
        "id:a a :A ; :p id:b . id:c :p id:d .",
        "id:b a :B .",
    ),
    (
        "cax-sco-A-B",
        ":A rdfs:subClassOf [ owl:intersectionOf ( :B :C ) ] .",
        "id:a a :A .",
        "id:a a :B , :C .",
    ),
    (
        "cls-int1-A-p-k-C",
        ":C owl:equivalentClass [ owl:intersectionOf "
        "( :A [ owl:onProperty :p ; owl:hasValue id:k ] ) ] .",
        "id:a a :A ; :p id:k . id:b a :A . id:c a :C .",
        "id:a a :C . id:c a :A ; :p id:k .",
    ),
    (
        "cls-svf1-p-q-A-C",
        "[ owl:onProperty :p ; owl:someValuesFrom "
        "[ owl:onProperty :q ; owl:someValuesFrom :A ] ] rdfs:subClassOf :C .",
        "id:a :p id:b . id:b :q id:c . id:c a :A . id:b a :A .",
        "id:a a :C .",
    ),
    ("prp-dom-p-A", ":p rdfs:domain :A .", "id:a :p id:b .", "id:a a :A ."),
    ("prp-rng-p-A", ":p rdfs:range :A .", "id:a :p id:b . id:c :q id:d .", "id:b a :A ."),
    ("prp-spo1-p-q", ":p rdfs:subPropertyOf :q .", "id:a :p id:b .", "id:a :q id:b ."),
    (
        "prp-spo1-inv-p-q",
        "[ owl:inverseOf :p ] rdfs:subPropertyOf :q .",
        "id:a :p id:b .",
        "id:b :q id:a .",
    ),
    (
        "prp-spo1-p-inv-q",
        ":p rdfs:subPropertyOf [ owl:inverseOf :q ] .",
        "id:a :p id:b .",
        "id:b :q id:a .",
    ),
    (
        "prp-spo2-p-q-r",
        ":r owl:propertyChainAxiom ( :p :q ) .",
        "id:a :p id:b . id:b :q id:c . id:c :p id:d .",
        "id:a :r id:c .",
    ),
    (
        "prp-spo2-inv-p-q-inv-p-r",
        ":r owl:propertyChainAxiom ( [ owl:inverseOf :p ] :q [ owl:inverseOf :p ] ) .",
        "id:b :p id:a . id:b :q id:c . id:d :p id:c .",
        "id:a :r id:d .",
    ),
    (
        "prp-eqp1-p-q prp-eqp2-q-p",
        ":p owl:equivalentProperty :q .",
        "id:a :p id:b . id:c :q id:d .",
        "id:a :q id:b . id:c :p id:d .",
    ),
    (
        "prp-inv1-p-q prp-inv2-q-p",
        ":p owl:inverseOf :q .",
        "id:a :p id:b . id:c :q id:d .",
        "id:b :q id:a . id:d :p id:c .",
    ),
    ("prp-symp-p", ":p a owl:SymmetricProperty .", "id:a :p id:b .", "id:b :p id:a ."),
    (
        "prp-trp-p",
        ":p a owl:TransitiveProperty .",
        "id:a :p id:b . id:b :p id:c . id:c :p id:d . id:e :p id:d .",
        "id:a :p id:c , id:d . id:b :p id:d .",
    ),
    (
        "prp-spo2-p-q-p-q-r",
        ":r owl:propertyChainAxiom ( :p :q :p :q ) .",
        "id:a :p id:b . id:b :q id:c . id:c :p id:d . id:d :q id:e , id:f . id:f :q id:g .",
        "id:a :r id:e , id:f .",
    ),
    (
        "cls-int2-C-A cls-int2-C-B",
        ":C owl:intersectionOf ( :A :B ) .",
        "id:a a :C . id:b a :D .",
        "id:a a :A , :B .",
    ),
    ("cls-uni-A-C cls-uni-B-C", ":C owl:unionOf ( :A :B ) .", "id:a a :B .", "id:a a :C ."),
    (
        "cls-hv2-p-5-A",
        "[ owl:onProperty :p ; owl:hasValue 5 ] rdfs:subClassOf :A .",
        "id:a :p '5.0'^^xsd:decimal . id:b :p '5'^^xsd:double , '5' , 6 .",
        "id:a a :A .",
    ),
]

# Name of the rule, axiom, facts that contradict it, facts of which nothing follows.
FORBIDDING = [
    ("cax-dw-A-B", ":B owl:disjointWith :A .", "id:a a :A , :B .", "id:a a :A . id:b a :B ."),
    (
        "cax-adc-B-C",
        "[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) .",
        "id:a a :B , :C .",
        "id:a a :A . id:b a :B , :D .",
    ),
    (
        "cls-com-A-not-B",
        ":A rdfs:subClassOf [ owl:complementOf :B ] .",
        "id:a a :A , :B .",
        "id:a a :A .",
    ),
    ("cls-nothing2-A-Nothing", ":A rdfs:subClassOf owl:Nothing .", "id:a a :A .", "id:a a :B ."),
    (
        "prp-pdw-p-q",
        ":q owl:propertyDisjointWith :p .",
        "id:a :p id:b ; :q id:b .",
        "id:a :p id:b ; :q id:c .",
    ),
    (
        "prp-adp-p-r",
        "[] a owl:AllDisjointProperties ; owl:members ( :p :q :r ) .",
        "id:a :p id:b ; :r id:b .",
        "id:a :p id:b ; :r id:c .",
    ),
    (
        "prp-asyp-p",
        ":p a owl:AsymmetricProperty .",
        "id:a :p id:b . id:b :p id:a .",
        "id:a :p id:b .",
    ),
    ("prp-irp-p", ":p a owl:IrreflexiveProperty .", "id:a :p id:a .", "id:a :p id:b ."),
    ("eq-diff1-self", "", "id:a owl:differentFrom id:a .", "id:a owl:differentFrom id:b ."),
    (
        "eq-diff2-a-b",
        DISTINCT.format("members"),
        "id:a :p 1 . id:b :p 1 .",
        "id:a :p 1 . id:b :p 2 .",
    ),
    (
        "prp-rng-p-xsd-integer",
        ":p rdfs:range xsd:integer .",
        "id:a :p 2.5 .",
        "id:a :p 2 , '2.0'^^xsd:decimal , '2'^^xsd:byte , id:b .",
    ),
    (
        "prp-fp-p",
        ":p a owl:FunctionalProperty , owl:DatatypeProperty .",
        "id:a :p 1 , '1' .",
        "id:a :p 1 , '01'^^xsd:integer , 1.0 . id:b :p 2 .",
    ),
    (
        "prp-npa1-a-p-b",
        "[] owl:sourceIndividual id:a ; owl:assertionProperty :p ; owl:targetIndividual id:b .",
        "id:a :p id:b .",
        "id:a :p id:c . id:b :p id:a .",
    ),
    (
        "prp-npa2-a-p-5",
        "[] owl:sourceIndividual id:a ; owl:assertionProperty :p ; owl:targetValue 5 .",
        "id:a :p 5.0 .",
        "id:a :p 6 . id:b :p 5 .",
    ),
    (
        "cls-avf-A-p-xsd-string",
        f":A rdfs:subClassOf [ {P} ; owl:allValuesFrom xsd:string ] .",
        "id:a a :A ; :p 1 .",
        "id:a a :A ; :p 'one' . id:b :p 1 .",
    ),
    (
        "cls-maxc1-A-max-0-p-Thing",
        f":A rdfs:subClassOf [ {P} ; owl:maxCardinality 0 ] .",
        "id:a a :A ; :p id:b .",
        "id:a :p id:b . id:b a :A .",
    ),
    (
        "cls-maxqc1-A-max-0-p-B",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 0 ; owl:onClass :B ] .",
        "id:a a :A ; :p id:b . id:b a :B .",
        "id:a a :A ; :p id:b .",
    ),
    (
        "cls-maxqc2-A-max-0-p-Thing",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 0 ; owl:onClass owl:Thing ] .",
        "id:a a :A ; :p id:b .",
        "id:a :p id:b .",
    ),
    (
        "cls-maxqc3-A-max-1-p-xsd-int",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 1 ; owl:onDataRange xsd:int ] .",
        "id:a a :A ; :p 1 , 2 .",
        "id:a a :A ; :p 1 , 'two' .",
    ),
]


@pytest.mark.parametrize(("names", "axiom", "facts", "following"), EXACTLY)
def test_this_follows_and_nothing_else(names: str, axiom: str, facts: str, following: str) -> None:
    rules = compiled(axiom)

    assert derived(facts, rules) == triples(following)
    assert set(names.split()) <= {rule.name for rule in rules}


def test_the_members_of_an_enumeration_need_no_fact() -> None:
    rules = compiled("[ owl:oneOf ( id:a id:b ) ] rdfs:subClassOf :C .")

    assert derived("", rules) == triples("id:a a :C . id:b a :C .")


@pytest.mark.parametrize(("rule", "ontology", "forbidden", "allowed"), FORBIDDING)
def test_this_is_a_contradiction_and_that_is_none(
    rule: str, ontology: str, forbidden: str, allowed: str
) -> None:
    assert derived(allowed, compiled(ontology)) == set()
    assert contradicted(forbidden, ontology) == rule


@pytest.mark.parametrize("number", ["1", "1.0", "'01'^^xsd:nonNegativeInteger"])
def test_a_number_counts_in_any_spelling(number: str) -> None:
    at_most = compiled(f":A rdfs:subClassOf [ {P} ; owl:maxCardinality {number} ] .")
    at_least = compiled(f"[ {P} ; owl:minCardinality {number} ] rdfs:subClassOf :A .")

    assert "cls-maxc2-A-max-1-p-Thing" in {rule.name for rule in at_most}
    assert [rule.name for rule in at_least] == ["cls-svf2-p-Thing-A"]


def test_every_rule_of_the_tables_has_its_row() -> None:
    # The names of the rules of an axiom begin with two parts, and its terms follow.
    compiled_names = " ".join(row[0] for row in (*EXACTLY, *FORBIDDING, *FORBIDDEN_EQUALITIES))
    rows = {"-".join(name.split("-")[:2]) for name in compiled_names.split()}
    rows |= {row[0] for row in (*EQUALITIES, *SCHEMA)} | {"dt-not-type"}

    assert rows == set(TABLES.split()) - NOT_RULES
