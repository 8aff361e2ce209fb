"""The rules that OWL 2 RL lacks, by name: what follows and what does not."""

import pytest
from pyoxigraph import Triple

from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.regimes.further_rules import further_rules
from tests.kg.reasoning.given import derived_by, quads, triples

SOME = ":S owl:onProperty :p ; owl:someValuesFrom"
ONLY = ":A owl:onProperty :p ; owl:allValuesFrom"

# Rule, facts, what follows by the rule, facts from which it does not.
ROWS = [
    (
        "inv-dom1",
        ":p owl:inverseOf :q ; rdfs:domain :A .",
        ":q rdfs:range :A .",
        ":p owl:inverseOf :q ; rdfs:range :A .",
    ),
    (
        "inv-dom2",
        ":p owl:inverseOf :q . :q rdfs:domain :A .",
        ":p rdfs:range :A .",
        ":p rdfs:subPropertyOf :q . :q rdfs:domain :A .",
    ),
    (
        "inv-rng1",
        ":p owl:inverseOf :q ; rdfs:range :A .",
        ":q rdfs:domain :A .",
        ":p owl:inverseOf :q ; rdfs:domain :A .",
    ),
    (
        "inv-rng2",
        ":p owl:inverseOf :q . :q rdfs:range :A .",
        ":p rdfs:domain :A .",
        ":p owl:inverseOf :q . :r rdfs:range :A .",
    ),
    (
        "com-dw1",
        ":A owl:disjointWith :B . :N owl:complementOf :B .",
        ":A rdfs:subClassOf :N .",
        ":A owl:disjointWith :B . :N owl:complementOf :A .",
    ),
    (
        "com-dw2",
        ":A owl:disjointWith :B . :N owl:complementOf :A .",
        ":B rdfs:subClassOf :N .",
        ":A owl:disjointWith :B . :N owl:complementOf :C .",
    ),
    (
        "com-sco",
        ":N owl:complementOf :A . :M owl:complementOf :B . :A rdfs:subClassOf :B .",
        ":M rdfs:subClassOf :N .",
        ":N owl:complementOf :A . :M owl:complementOf :B . :B rdfs:subClassOf :A .",
    ),
    (
        "min-svf-one",
        f"{SOME} owl:Thing . :M owl:onProperty :p ; owl:minCardinality '01'^^xsd:integer .",
        ":M rdfs:subClassOf :S . :S rdfs:subClassOf :M .",
        f"{SOME} owl:Thing . :M owl:onProperty :p ; owl:minCardinality 2 .",
    ),
    (
        "minq-svf-one",
        f"{SOME} :B . :M owl:onProperty :p ; owl:minQualifiedCardinality 1 ; owl:onClass :B .",
        ":M rdfs:subClassOf :S . :S rdfs:subClassOf :M .",
        f"{SOME} :B . :M owl:onProperty :p ; owl:minQualifiedCardinality 1 ; owl:onClass :C .",
    ),
    (
        "oo-maxCardinality-1",
        f"{ONLY} :O . :O owl:oneOf ( :a :b ) . :M owl:onProperty :p ; owl:maxCardinality 2 .",
        ":A rdfs:subClassOf :M .",
        f"{ONLY} :O . :O owl:oneOf ( :a :b ) . :M owl:onProperty :p ; owl:maxCardinality 1 .",
    ),
    (
        "oo-maxQualifiedCardinality-1",
        f"{ONLY} :O . :O owl:oneOf ( :a ) . :M owl:onProperty :p ; "
        "owl:maxQualifiedCardinality 1 ; owl:onClass :B .",
        ":A rdfs:subClassOf :M .",
        f"{ONLY} :O . :O owl:oneOf ( :a ) . :M owl:onProperty :q ; "
        "owl:maxQualifiedCardinality 1 ; owl:onClass :B .",
    ),
    (
        "avf-fp-p-1",
        f"{ONLY} :B . :p a owl:FunctionalProperty . id:a :p id:b . id:b a :B .",
        "id:a a :A .",
        f"{ONLY} :B . id:a :p id:b . id:b a :B .",
    ),
    (
        "int-1",
        ":I owl:intersectionOf ( :A :B ) . :C rdfs:subClassOf :A , :B .",
        ":C rdfs:subClassOf :I .",
        ":I owl:intersectionOf ( :A :B ) . :C rdfs:subClassOf :A .",
    ),
    (
        "uni-1",
        ":U owl:unionOf ( :A :B ) . :A rdfs:subClassOf :C . :B rdfs:subClassOf :C .",
        ":U rdfs:subClassOf :C .",
        ":U owl:unionOf ( :A :B ) . :A rdfs:subClassOf :C .",
    ),
]


def made_by(rule: str, facts: str) -> set[Triple]:
    given = quads(facts)
    return derived_by(rule, given, further_rules(OntologyGraph(given)))


@pytest.mark.parametrize(("rule", "facts", "following", "others"), ROWS)
def test_this_follows_by_the_rule_and_from_other_facts_it_does_not(
    rule: str, facts: str, following: str, others: str
) -> None:
    assert triples(following) <= made_by(rule, facts)
    assert made_by(rule, others).isdisjoint(triples(following))


def test_every_rule_has_its_row_and_its_sentence_in_both_languages() -> None:
    everything = OntologyGraph(quads(" ".join(facts for _, facts, *_ in ROWS)))

    rules = further_rules(everything)

    kinds = {
        rule.name.rpartition("-")[0] if rule.name[-1].isdigit() else rule.name for rule in rules
    }
    rows = {name.rpartition("-")[0] if name[-1].isdigit() else name for name, *_ in ROWS}
    assert kinds == rows
    assert all(set(rule.sentence) == {"en", "zh"} for rule in rules)


def test_an_ill_formed_list_and_a_data_range_make_no_rules() -> None:
    names = {rule.name for rule in further_rules(OntologyGraph(()))}
    text = ":A owl:intersectionOf :B . :D a rdfs:Datatype ; owl:unionOf ( xsd:int xsd:byte ) ."

    assert {rule.name for rule in further_rules(OntologyGraph(quads(text)))} == names
