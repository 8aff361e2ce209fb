"""Proofs of contradictions."""

import pyoxigraph
import pytest
from pyoxigraph import RdfFormat

from kg.errors import NotDerived
from kg.namespaces import ID, PREFIXES
from kg.reasoning.derivation.derive import WorldContradiction
from kg.reasoning.derivation.release_graphs import contradiction_iri
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.linked_data import to_turtle
from kg.reasoning.proofs.proof import ContradictionProof
from kg.reasoning.proofs.words import render_mermaid, render_text
from kg.statuses import HYPOTHESES, PLANS, Base, Standing, Status, World
from tests.kg.reasoning.proofs.conftest import (
    CURATORS,
    Explained,
    assert_json_ld_and_turtle_say_the_same,
    evidence,
    triple,
)
from tests.kg.reasoning.proofs.test_explainer import shape

AXIOMS = (
    "glocal:leads rdfs:subPropertyOf glocal:joins . "
    "glocal:joins owl:propertyDisjointWith glocal:leaves . "
    "glocal:joins a owl:IrreflexiveProperty . "
)
FACT = evidence("a", "Fact", "id:a glocal:leads id:b .")
CLAIM = evidence("b", "Claim", "id:a glocal:leaves id:b .", "id:Ann")
RULE = "prp-pdw-joins-leaves"
ANN, BOB = (World(Status.CLAIM, ID[name]) for name in ("Ann", "Bob"))


@pytest.fixture
def clashing(explained: Explained) -> Explainer:
    other = evidence("c", "Claim", "id:c glocal:leaves id:b .", "id:Bob")
    return explained(FACT + CLAIM + other, AXIOMS)


def test_a_claim_that_clashes_with_a_fact_is_proved_to_do_so_by_the_curators(
    clashing: Explainer,
) -> None:
    [proof] = clashing.explain_contradictions()

    assert (proof.rule.name, proof.standing) == (RULE, Standing(Base.FACT, ANN))
    attribution = proof.status, proof.holder, proof.follows_from
    assert attribution == (Status.READING, CURATORS, ID["Ann"])
    assert [shape(premise) for premise in proof.premises] == [
        "a joins b Fact [a leads b Fact]",
        "a leaves b Claim",
    ]
    clash = WorldContradiction(RULE, proof.triples, Standing(Base.FACT, ANN))
    assert proof.iri == contradiction_iri(clash)


def test_claims_of_two_holders_do_not_clash(explained: Explained) -> None:
    one = evidence("a", "Claim", "id:a glocal:leads id:b .", "id:Ann")
    other = evidence("b", "Claim", "id:a glocal:leaves id:b .", "id:Bob")

    assert explained(one + other, AXIOMS).explain_contradictions() == []


@pytest.mark.parametrize("status", ["Recommendation", "Counterfactual"])
def test_what_is_not_reasoned_over_contradicts_nothing(explained: Explained, status: str) -> None:
    should = evidence("b", status, "id:a glocal:leaves id:b .")

    assert explained(FACT + should, AXIOMS).explain_contradictions() == []


def test_hypotheses_and_plans_clash_each_with_what_stands_without_them(
    explained: Explained,
) -> None:
    leaves = "id:a glocal:leaves id:b ."
    plan, hypothesis = evidence("p", "Plan", leaves), evidence("h", "Hypothesis", leaves)

    found = explained(FACT + plan + hypothesis, AXIOMS).explain_contradictions()

    assert [(one.standing, one.status, one.holder) for one in found] == [
        (Standing(Base.FACT, HYPOTHESES), Status.HYPOTHESIS, None),
        (Standing(Base.FACT, PLANS), Status.PLAN, None),
    ]


def test_what_is_derived_from_two_claims_clashes_with_both_as_leaves(
    explained: Explained,
) -> None:
    claims = "id:a glocal:near id:b . id:b glocal:near id:a ."
    axioms = "glocal:near a owl:TransitiveProperty , owl:IrreflexiveProperty ."

    found = explained(evidence("a", "Claim", claims, "id:Ann"), axioms).explain_contradictions()

    assert sorted(shape(one.premises[0]) for one in found) == [
        "a near a Reading [a near b Claim, b near a Claim]",
        "b near b Reading [b near a Claim, a near b Claim]",
    ]


def test_a_contradiction_is_as_weak_as_its_weakest_premise(
    explained: Explained,
) -> None:
    # No such release is ever built, but a what-if has such contradictions.
    left = evidence("b", "Background", "id:a glocal:leaves id:c .")
    explainer = explained(FACT + left, AXIOMS)
    rule = next(one for one in explainer.rules if one.name == RULE)
    triples = [triple("id:a glocal:joins id:b"), triple("id:a glocal:leaves id:c")]

    proof = explainer.explain_contradiction(rule, triples, Standing(Base.READING))

    assert (proof.standing, proof.holder, proof.iri) == (Standing(Base.BACKGROUND), None, None)


def test_what_does_not_stand_cannot_clash(clashing: Explainer) -> None:
    rule = next(one for one in clashing.rules if one.name == RULE)
    triples = [triple("id:a glocal:joins id:b"), triple("id:a glocal:leaves id:b")]

    with pytest.raises(NotDerived):
        clashing.explain_contradiction(rule, triples, Standing(Base.READING))
    with pytest.raises(NotDerived):
        clashing.explain_contradiction(rule, triples, Standing(Base.READING, BOB))


def test_a_tree_begins_with_the_rule_and_ends_in_the_evidence(clashing: Explainer) -> None:
    lines = render_text(clashing.explain_contradictions()).splitlines()

    assert lines[:2] == [
        "Contradiction  [Reading of id:GlocalMaintainers, by a claim of id:Ann]",
        f"by rule:{RULE}: It cannot be that X joins Y and X leaves Y.",
    ]
    assert "├── id:a glocal:joins id:b  [Fact]" in lines
    assert "└── id:a glocal:leaves id:b  [Claim of id:Ann]" in lines
    assert render_text([]) == ""


def test_a_diagram_leads_from_the_evidence_to_the_contradiction(clashing: Explainer) -> None:
    lines = render_mermaid(clashing.explain_contradictions()).splitlines()

    held = "Reading of id:GlocalMaintainers, by a claim of id:Ann"
    assert f'    c0["Contradiction<br>{held}"]' in lines
    assert f'    r3{{{{"rule:{RULE}"}}}}' in lines
    assert {"    s1 --> r3", "    s2 --> r3", "    r3 --> c0"} <= set(lines)


def test_turtle_and_json_ld_say_the_same(clashing: Explainer) -> None:
    assert_json_ld_and_turtle_say_the_same(clashing.explain_contradictions())


def test_what_clashes_can_be_asked_for_in_prov(clashing: Explainer) -> None:
    store = pyoxigraph.Store()
    proofs: list[ContradictionProof] = clashing.explain_contradictions()
    store.load(to_turtle(proofs), format=RdfFormat.TURTLE)
    prefixes = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())

    rows = store.query(
        prefixes + "SELECT ?clash ?property { ?clash a glocal:Contradiction ; "
        "glocal:followsFromClaimOf id:Ann ; prov:wasDerivedFrom/rdf:predicate ?property } "
        "ORDER BY ?property"
    )

    joins, leaves = (f"{PREFIXES['glocal']}{name}" for name in ("joins", "leaves"))
    assert [(row["clash"], row["property"].value) for row in rows] == [
        (proofs[0].iri, joins),
        (proofs[0].iri, leaves),
    ]
