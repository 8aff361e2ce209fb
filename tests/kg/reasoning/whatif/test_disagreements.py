"""Disagreements between holders, and those that the text reports."""

from kg.namespaces import GRAPH, ID
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import derive
from kg.reasoning.derivation.release_graphs import META, assemble_release, premises_of
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, Proof
from kg.reasoning.whatif.disagreements import find_disagreements
from kg.reasoning.whatif.engine import WhatIf
from kg.statuses import Status
from kg.store.quad_store import Store
from tests.kg.reasoning.proofs.conftest import CURATORS, evidence, quads, triple
from tests.kg.reasoning.whatif.conftest import PaperRelease

AXIOMS = (
    "glocal:leads rdfs:subPropertyOf glocal:joins . "
    "glocal:joins owl:propertyDisjointWith glocal:leaves . "
    "glocal:doubts glocal:reportsDisagreement true . "
)
ANN = evidence("a", "Claim", "id:a glocal:leads id:b .", "id:Ann")
BOB = evidence("b", "Claim", "id:a glocal:leaves id:b .", "id:Bob")
CAT = evidence("c", "Claim", "id:c glocal:leads id:b .", "id:Cat")


def disagreements(curated: str) -> list[AnyProof]:
    facts, ontology = quads(curated, META), quads(AXIOMS, GRAPH["ontology"])
    rules = compile_axioms(ontology).rules
    found = derive(premises_of(facts), rules)
    store = Store.in_memory(assemble_release(facts, ontology, found, rules, CURATORS))
    return find_disagreements(WhatIf(Explainer(store, rules)))


def holders(proof: AnyProof) -> set[object]:
    """Who makes the claims that a proof rests on."""
    return {step.holder for step in proof.steps() if step.status is Status.CLAIM}


def test_two_holders_contradict_each_other_but_not_a_third() -> None:
    [clash] = disagreements(ANN + BOB + CAT)

    assert isinstance(clash, ContradictionProof)
    assert holders(clash) == {ID["Ann"], ID["Bob"]}
    # It is not in the release, so it has no name there; nobody but the curators says so.
    assert (clash.iri, clash.holder, clash.follows_from) == (None, CURATORS, None)


def test_a_holder_who_contradicts_the_facts_is_listed_once() -> None:
    fact = evidence("f", "Fact", "id:a glocal:leads id:b .")

    [clash] = disagreements(fact + BOB + CAT)

    assert holders(clash) == {ID["Bob"]}
    assert isinstance(clash, ContradictionProof)
    assert clash.iri is not None


def test_two_holders_who_agree_are_not_listed() -> None:
    assert disagreements(ANN + CAT) == []
    assert disagreements(evidence("f", "Fact", "id:a glocal:leads id:b .")) == []


def test_a_disagreement_that_the_text_reports_is_listed_with_its_evidence() -> None:
    said = evidence("t", "Thesis", "id:a glocal:doubts id:b .")
    claimed = evidence("u", "Claim", "id:a glocal:doubts id:b .", "id:Ann")

    thesis, claim = disagreements(said + claimed)

    assert isinstance(thesis, Proof)
    assert (thesis.triple, thesis.status) == (triple("id:a glocal:doubts id:b"), Status.THESIS)
    assert (claim.status, claim.holder) == (Status.CLAIM, ID["Ann"])


def test_the_paper_reports_disagreements_where_the_axioms_see_none(paper: PaperRelease) -> None:
    found = find_disagreements(paper.whatif)

    assert triple("id:BorisJohnson glocal:disagreesWith id:SadiqKhan") in {
        one.triple for one in found if isinstance(one, Proof)
    }
    assert not any(isinstance(one, ContradictionProof) for one in found)
