"""Disagreements between holders, and those that the text reports."""

from kg.namespaces import EVIDENCE, ID
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, Proof
from kg.reasoning.whatif.disagreements import Dispute, find_disagreements, find_disputes
from kg.reasoning.whatif.engine import WhatIf
from kg.statuses import Status
from tests.kg.reasoning.proofs.conftest import CURATORS, evidence, explainer_of, triple
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
    return find_disagreements(WhatIf(explainer_of(curated, AXIOMS)))


def disputes(curated: str, axioms: str = AXIOMS) -> list[Dispute]:
    return find_disputes(explainer_of(curated, axioms))


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


def test_what_one_party_disagrees_with_is_one_dispute() -> None:
    said = evidence("t", "Thesis", "id:a glocal:doubts id:b , id:c .")
    claimed = evidence("u", "Claim", "id:a glocal:doubts id:b .", "id:Ann")

    thesis, claim = disputes(said + claimed)

    assert [one.term for one in thesis.opponents] == [ID["b"], ID["c"]]
    assert [graph.graph for graph in thesis.evidence] == [EVIDENCE["t"]]
    assert claim.attribution is not None
    assert (claim.party, claim.attribution.holder) == (ID["a"], ID["Ann"])
    assert [one.term for one in claim.opponents] == [ID["b"]]


def test_a_dispute_has_what_others_claim_of_its_object_and_comes_before_those_without() -> None:
    said = evidence("t", "Thesis", "id:a glocal:doubts id:c . id:z glocal:doubts id:b .")
    claims = ANN + evidence("d", "Claim", "id:b glocal:leads id:d .", "id:Dan")

    first, second = disputes(said + claims)

    [opponent], [other] = first.opponents, second.opponents
    assert (opponent.term, other.term) == (ID["b"], ID["c"])
    assert [(one.triple, one.holder) for one in opponent.claims] == [
        (triple("id:a glocal:leads id:b"), ID["Ann"]),
        (triple("id:b glocal:leads id:d"), ID["Dan"]),
    ]
    assert other.claims == ()


def test_a_claim_of_whoever_disagrees_is_not_one_of_others() -> None:
    claimed = evidence("u", "Claim", "id:a glocal:doubts id:b .", "id:Ann")

    [dispute] = disputes(claimed + ANN)

    assert dispute.opponents[0].claims == ()


def test_what_follows_only_by_readings_is_told_with_what_it_rests_on() -> None:
    axioms = (
        AXIOMS + "glocal:doubtedBy owl:propertyChainAxiom "
        "( glocal:writes [ owl:inverseOf glocal:doubts ] ) . "
    )
    said = evidence("t", "Thesis", "id:a glocal:doubts id:b .")
    read = evidence("r", "Reading", "id:Ann glocal:writes id:b .", "id:GlocalMaintainers")

    [dispute] = disputes(said + read, axioms)

    [opponent] = dispute.opponents
    [reached] = opponent.reached
    assert reached.triple == triple("id:Ann glocal:doubtedBy id:a")
    assert [one.triple for one in opponent.grounds(reached)] == [
        triple("id:Ann glocal:writes id:b")
    ]


def test_what_follows_without_a_reading_is_not_told() -> None:
    axioms = AXIOMS + "glocal:doubts owl:inverseOf glocal:doubtedBy . "

    [dispute] = disputes(evidence("t", "Thesis", "id:a glocal:doubts id:b ."), axioms)

    assert dispute.opponents[0].reached == ()


def test_the_paper_reports_disagreements_where_the_axioms_see_none(paper: PaperRelease) -> None:
    found = find_disagreements(paper.whatif)

    assert triple("id:BorisJohnson glocal:disagreesWith id:SadiqKhan") in {
        one.triple for one in found if isinstance(one, Proof)
    }
    assert not any(isinstance(one, ContradictionProof) for one in found)
