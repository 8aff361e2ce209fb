"""Rules of OWL 2 RL by which things are the same, and the contradictions of equal things."""

import pytest

from kg.errors import Contradiction
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.rules.rule import Rule
from tests.kg.reasoning.given import derived, derived_by, quads, triples

P = "owl:onProperty :p"
DISTINCT = "[] a owl:AllDifferent ; owl:{} ( id:a id:b ) . :p a owl:InverseFunctionalProperty ."

# Rule, ontology, facts, what follows by this rule, facts from which it does not.
EQUALITIES = [
    ("eq-sym", "", "id:a owl:sameAs id:b .", "id:b owl:sameAs id:a .", "id:a :p id:b ."),
    (
        "eq-trans",
        "",
        "id:a owl:sameAs id:b . id:b owl:sameAs id:c .",
        "id:a owl:sameAs id:c .",
        "id:a owl:sameAs id:b . id:d owl:sameAs id:c .",
    ),
    ("eq-rep-s", "", "id:a owl:sameAs id:b ; :p id:c .", "id:b :p id:c .", "id:a :p id:c ."),
    ("eq-rep-p", "", ":p owl:sameAs :q . id:a :p id:c .", "id:a :q id:c .", "id:a :p id:c ."),
    (
        "eq-rep-o",
        "",
        "id:a owl:sameAs id:b . id:c :p id:a .",
        "id:c :p id:b .",
        "id:a owl:sameAs id:d . id:c :p id:a .",
    ),
    (
        "prp-fp",
        ":p a owl:FunctionalProperty .",
        "id:a :p id:b , id:c .",
        "id:b owl:sameAs id:c .",
        "id:a :p id:b . id:d :p id:c .",
    ),
    (
        "prp-ifp",
        ":p a owl:InverseFunctionalProperty .",
        "id:a :p 1 . id:b :p 1 .",
        "id:a owl:sameAs id:b .",
        "id:a :p 1 , 2 . id:b :p 3 .",
    ),
    (
        "prp-key",
        ":A owl:hasKey ( :p :q :r ) .",
        "id:a a :A ; :p 1 ; :q id:c ; :r 'r' . id:b a :A ; :p 1 ; :q id:c ; :r 'r' .",
        "id:a owl:sameAs id:b .",
        "id:a a :A ; :p 1 ; :q id:c ; :r 'r' . id:b :p 1 ; :q id:c ; :r 'r' . "
        "id:c a :A ; :p 1 ; :q id:c .",
    ),
    (
        "cls-maxc2",
        f":A rdfs:subClassOf [ {P} ; owl:maxCardinality 1 ] .",
        "id:a a :A ; :p id:b , id:c .",
        "id:b owl:sameAs id:c .",
        "id:a :p id:b , id:c . id:d a :A ; :p id:b .",
    ),
    (
        "cls-maxqc3",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 1 ; owl:onClass :B ] .",
        "id:a a :A ; :p id:b , id:c . id:b a :B . id:c a :B .",
        "id:b owl:sameAs id:c .",
        "id:a a :A ; :p id:b , id:c . id:b a :B .",
    ),
    (
        "cls-maxqc4",
        f":A rdfs:subClassOf [ {P} ; owl:maxQualifiedCardinality 1 ; owl:onClass owl:Thing ] .",
        "id:a a :A ; :p id:b , id:c .",
        "id:b owl:sameAs id:c .",
        "id:a :p id:b , id:c .",
    ),
]
# Name of the rule, ontology, facts that contradict it, facts of which only equalities follow.
FORBIDDEN_EQUALITIES = [
    (
        "eq-diff1",
        ":p a owl:FunctionalProperty .",
        "id:a owl:differentFrom id:b . id:c :p id:a , id:b .",
        "id:a owl:differentFrom id:b . id:c :p id:a , id:d .",
    ),
    (
        "eq-diff3-a-b",
        DISTINCT.format("distinctMembers"),
        "id:a :p 1 . id:b :p 1 .",
        "id:a :p 1 . id:c :p 1 .",
    ),
]


def compiled(ontology: str) -> list[Rule]:
    return compile_axioms(quads(ontology), facts_make_equal=not ontology).rules


def contradicted(facts: str, ontology: str) -> str:
    """The name of the rule that the facts break."""
    with pytest.raises(Contradiction) as caught:
        derived(facts, compiled(ontology))
    return caught.value.rule


@pytest.mark.parametrize(("rule", "ontology", "facts", "following", "others"), EQUALITIES)
def test_this_follows_by_the_rule_and_from_other_facts_it_does_not(
    rule: str, ontology: str, facts: str, following: str, others: str
) -> None:
    rules = compiled(ontology)

    assert triples(following) <= derived_by(rule, facts, rules)
    assert derived_by(rule, others, rules).isdisjoint(triples(following))


@pytest.mark.parametrize(("rule", "ontology", "forbidden", "allowed"), FORBIDDEN_EQUALITIES)
def test_what_is_different_may_be_the_same_as_others(
    rule: str, ontology: str, forbidden: str, allowed: str
) -> None:
    assert derived(allowed, compiled(ontology))
    assert contradicted(forbidden, ontology) == rule


@pytest.mark.parametrize("twice", ["id:a id:b id:a", "id:a 1 01"])
def test_what_is_listed_twice_as_different_is_a_contradiction_without_a_fact(twice: str) -> None:
    rules = compiled(f"id:c owl:sameAs id:d . [] a owl:AllDifferent ; owl:members ( {twice} ) .")

    with pytest.raises(Contradiction, match="eq-diff2"):
        derived("", rules)


def test_a_key_of_a_described_class_asks_both_for_the_description() -> None:
    rules = compiled("""[ owl:onProperty :p ; owl:someValuesFrom
        [ a rdfs:Datatype ; owl:onDatatype xsd:integer ;
            owl:withRestrictions ( [ xsd:minInclusive 5 ] ) ] ] owl:hasKey ( :q ) .""")

    same = derived_by("prp-key", "id:a :p 5 ; :q 1 . id:b :p 6 ; :q 1 . id:c :p 4 ; :q 1 .", rules)

    assert same == triples("id:a owl:sameAs id:b . id:b owl:sameAs id:a .")


def test_equality_is_no_matter_where_nothing_can_be_the_same() -> None:
    rules = compiled(":A rdfs:subClassOf :B . id:a owl:differentFrom id:b .")

    assert [rule.name for rule in rules] == ["cax-sco-A-B"]
