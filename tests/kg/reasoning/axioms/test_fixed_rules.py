"""The rules that no axiom makes, by name: what follows and what does not."""

import pytest
from pyoxigraph import Triple

from kg.errors import Contradiction
from kg.reasoning.axioms.fixed_rules import (
    datatype_rules,
    equality_rules,
    rdfs_rules,
    schema_rules,
)
from tests.kg.reasoning.given import derived, derived_by, quads, triples

P = "owl:onProperty :p"
# Rule, facts, what follows by the rule, facts from which it does not.
RDFS = [
    ("rdfs-axioms", "", "rdf:nil a rdf:List . rdfs:range rdfs:domain rdf:Property .", None),
    (
        "rdfs-axioms-n",
        "id:a rdf:_1 id:b .",
        "rdf:_1 a rdfs:ContainerMembershipProperty ; rdfs:range rdfs:Resource .",
        "id:a rdf:_2 id:b ; rdf:_01 id:b ; :_1 id:b .",
    ),
    ("rdfD2", "id:a :p 1 .", ":p a rdf:Property .", "id:a :q 1 ."),
    ("rdfs1", "", "xsd:string a rdfs:Datatype .", None),
    ("rdfs2", ":p rdfs:domain :A . id:a :p 1 .", "id:a a :A .", ":p rdfs:domain :A . id:a :q 1 ."),
    ("rdfs3", ":p rdfs:range :A . id:a :p id:b .", "id:b a :A .", ":p rdfs:range :A . id:b :p 1 ."),
    ("rdfs4a", "id:a :p 1 .", "id:a a rdfs:Resource .", "id:b :p id:c ."),
    ("rdfs4b", "id:a :p id:b .", "id:b a rdfs:Resource .", "id:b :p 1 ."),
    (
        "rdfs5",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r .",
        ":p rdfs:subPropertyOf :r .",
        ":p rdfs:subPropertyOf :q . :r rdfs:subPropertyOf :q .",
    ),
    ("rdfs6", ":p a rdf:Property .", ":p rdfs:subPropertyOf :p .", "id:a :q id:b ."),
    ("rdfs7", ":p rdfs:subPropertyOf :q . id:a :p 1 .", "id:a :q 1 .", "id:a :p 1 ."),
    ("rdfs8", ":A a rdfs:Class .", ":A rdfs:subClassOf rdfs:Resource .", "id:a a :B ."),
    ("rdfs9", ":A rdfs:subClassOf :B . id:a a :A .", "id:a a :B .", "id:a a :A ."),
    ("rdfs10", ":A a rdfs:Class .", ":A rdfs:subClassOf :A .", "id:a a :B ."),
    (
        "rdfs11",
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .",
        ":A rdfs:subClassOf :C .",
        ":A rdfs:subClassOf :B . :C rdfs:subClassOf :B .",
    ),
    (
        "rdfs12",
        "rdf:_1 a rdfs:ContainerMembershipProperty .",
        "rdf:_1 rdfs:subPropertyOf rdfs:member .",
        "rdf:_2 a rdfs:ContainerMembershipProperty .",
    ),
    ("rdfs13", ":d a rdfs:Datatype .", ":d rdfs:subClassOf rdfs:Literal .", ":d a rdfs:Class ."),
]

R = ":R {} ; {} . :S {} ; {} ."
SAME_PROPERTY = R.format(P, "owl:{0} :A", P, "owl:{0} :B")
SAME_VALUE = R.format(P, "owl:{0} :A", "owl:onProperty :q", "owl:{0} :A")

# Rule, axioms, what follows by the rule, axioms from which it does not.
SCHEMA = [
    ("prp-ap", "", "rdfs:label a owl:AnnotationProperty .", None),
    ("cls-thing", "", "owl:Thing a owl:Class .", None),
    ("cls-nothing1", "", "owl:Nothing a owl:Class .", None),
    (
        "scm-cls",
        ":A a owl:Class .",
        ":A rdfs:subClassOf :A , owl:Thing ; owl:equivalentClass :A . "
        "owl:Nothing rdfs:subClassOf :A .",
        ":B a owl:Class .",
    ),
    (
        "scm-sco",
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .",
        ":A rdfs:subClassOf :C .",
        ":A rdfs:subClassOf :B . :C rdfs:subClassOf :B .",
    ),
    (
        "scm-eqc1",
        ":A owl:equivalentClass :B .",
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :A .",
        ":A owl:disjointWith :B .",
    ),
    (
        "scm-eqc2",
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :A .",
        ":A owl:equivalentClass :B .",
        ":A rdfs:subClassOf :B .",
    ),
    (
        "scm-op",
        ":p a owl:ObjectProperty .",
        ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p .",
        ":q a owl:ObjectProperty .",
    ),
    (
        "scm-dp",
        ":p a owl:DatatypeProperty .",
        ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p .",
        ":q a owl:DatatypeProperty .",
    ),
    (
        "scm-spo",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r .",
        ":p rdfs:subPropertyOf :r .",
        ":p rdfs:subPropertyOf :q . :r rdfs:subPropertyOf :q .",
    ),
    (
        "scm-eqp1",
        ":p owl:equivalentProperty :q .",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p .",
        ":p owl:inverseOf :q .",
    ),
    (
        "scm-eqp2",
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p .",
        ":p owl:equivalentProperty :q .",
        ":p rdfs:subPropertyOf :q .",
    ),
    (
        "scm-dom1",
        ":p rdfs:domain :A . :A rdfs:subClassOf :B .",
        ":p rdfs:domain :B .",
        ":p rdfs:domain :A . :B rdfs:subClassOf :A .",
    ),
    (
        "scm-dom2",
        ":q rdfs:domain :A . :p rdfs:subPropertyOf :q .",
        ":p rdfs:domain :A .",
        ":q rdfs:domain :A . :q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-rng1",
        ":p rdfs:range :A . :A rdfs:subClassOf :B .",
        ":p rdfs:range :B .",
        ":p rdfs:range :A . :B rdfs:subClassOf :A .",
    ),
    (
        "scm-rng2",
        ":q rdfs:range :A . :p rdfs:subPropertyOf :q .",
        ":p rdfs:range :A .",
        ":q rdfs:range :A . :q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-hv",
        SAME_VALUE.format("hasValue") + ":p rdfs:subPropertyOf :q .",
        ":R rdfs:subClassOf :S .",
        SAME_VALUE.format("hasValue") + ":q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-svf1",
        SAME_PROPERTY.format("someValuesFrom") + ":A rdfs:subClassOf :B .",
        ":R rdfs:subClassOf :S .",
        SAME_PROPERTY.format("someValuesFrom") + ":B rdfs:subClassOf :A .",
    ),
    (
        "scm-svf2",
        SAME_VALUE.format("someValuesFrom") + ":p rdfs:subPropertyOf :q .",
        ":R rdfs:subClassOf :S .",
        SAME_VALUE.format("someValuesFrom") + ":q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-avf1",
        SAME_PROPERTY.format("allValuesFrom") + ":A rdfs:subClassOf :B .",
        ":R rdfs:subClassOf :S .",
        SAME_PROPERTY.format("allValuesFrom") + ":B rdfs:subClassOf :A .",
    ),
    (
        "scm-avf2",
        SAME_VALUE.format("allValuesFrom") + ":p rdfs:subPropertyOf :q .",
        ":S rdfs:subClassOf :R .",
        SAME_VALUE.format("allValuesFrom") + ":q rdfs:subPropertyOf :p .",
    ),
    (
        "scm-int",
        ":C owl:intersectionOf ( :A :B ) .",
        ":C rdfs:subClassOf :A , :B .",
        ":C owl:unionOf ( :A :B ) .",
    ),
    (
        "scm-uni",
        ":C owl:unionOf ( :A :B ) .",
        ":A rdfs:subClassOf :C . :B rdfs:subClassOf :C .",
        ":C owl:intersectionOf ( :A :B ) .",
    ),
    ("dt-type1", "", "xsd:integer a rdfs:Datatype .", None),
]


def made_by(name: str, facts: str) -> set[Triple]:
    """Return the triples that one rule derives, of RDFS or of OWL 2 RL about axioms."""
    given = quads(facts)
    schema = [*schema_rules(given), *datatype_rules()]
    return derived_by(name, given, rdfs_rules() if name.startswith("rdf") else schema)


@pytest.mark.parametrize(("rule", "facts", "following", "others"), [*RDFS, *SCHEMA])
def test_this_follows_by_the_rule_and_from_other_facts_it_does_not(
    rule: str, facts: str, following: str, others: str | None
) -> None:
    assert triples(following) <= made_by(rule, facts)

    if others is not None:
        assert made_by(rule, others).isdisjoint(triples(following))


def test_a_literal_that_its_datatype_does_not_have_is_a_contradiction() -> None:
    derived("id:a :p '1'^^xsd:integer , 'one'^^:myType .", datatype_rules())

    with pytest.raises(Contradiction) as caught:
        derived("id:a :p 'one'^^xsd:integer .", datatype_rules())

    assert caught.value.rule == "dt-not-type"


def test_every_rule_has_its_sentence_in_both_languages_and_those_of_rdfs_their_rows() -> None:
    schema = schema_rules(quads(":C owl:unionOf ( :A :B ) ."))

    assert [rule.name for rule in rdfs_rules()] == [row[0] for row in RDFS]
    for rule in (*equality_rules(), *schema, *rdfs_rules()):
        assert set(rule.sentence) == {"en", "zh"}
        assert all(rule.sentence.values())
