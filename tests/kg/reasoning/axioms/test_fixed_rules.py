"""The rules of RDFS by name: what follows and what does not."""

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from kg.namespaces import PREFIXES
from kg.reasoning.axioms.fixed_rules import rdfs_rules
from kg.reasoning.derivation.derive import Premise, derive
from kg.statuses import Status

HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
HEAD += f"@prefix : <{PREFIXES['glocal']}> .\n"

# Rule, facts, what follows by the rule, facts from which it does not.
ROWS = [
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


def triples(text: str) -> set[Triple]:
    return {quad.triple for quad in parse(HEAD + text, RdfFormat.TURTLE)}


def made_by(rule: str, facts: str) -> set[Triple]:
    premises = [Premise(triple, Status.FACT) for triple in triples(facts)]
    return {each.triple for each in derive(premises, rdfs_rules()).derivations if each.rule == rule}


@pytest.mark.parametrize(("rule", "facts", "following", "others"), ROWS)
def test_this_follows_by_the_rule_and_from_other_facts_it_does_not(
    rule: str, facts: str, following: str, others: str | None
) -> None:
    assert triples(following) <= made_by(rule, facts)

    if others is not None:
        assert made_by(rule, others).isdisjoint(triples(following))


def test_every_rule_has_its_row_and_its_sentence_in_both_languages() -> None:
    assert [rule.name for rule in rdfs_rules()] == [row[0] for row in ROWS]
    assert all(set(rule.sentence) == {"en", "zh"} for rule in rdfs_rules())
