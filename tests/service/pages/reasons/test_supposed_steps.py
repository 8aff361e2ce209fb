"""Steps of proofs that rest on a supposition, and those that stand without it."""

from dataclasses import replace

import pytest

from kg.namespaces import GRAPH
from kg.reasoning.proofs.proof import EvidenceGraph
from kg.statuses import Base, Standing, Status
from service.pages.reasons.supposed_steps import SupposedSteps
from tests.service.pages.reasons.test_proof_page import DERIVED, HELD, LEAF

SUPPOSED = EvidenceGraph(GRAPH["supposed"], Status.FACT)


@pytest.mark.parametrize(
    ("stated", "kind"), [(Status.FACT, ""), (Status.THESIS, "supposed"), (None, "supposed")]
)
def test_a_leaf_is_supposed_unless_it_is_stated_as_strongly(
    stated: Status | None, kind: str
) -> None:
    others = (replace(HELD, status=stated),) if stated else ()
    leaf = replace(LEAF, evidence=(SUPPOSED, *others))

    assert SupposedSteps().kind_of(leaf) == kind
    follows = replace(DERIVED, premises=(leaf,))
    assert SupposedSteps().kind_of(follows) == ("following" if kind else "")


def test_what_is_added_to_a_graph_of_evidence_is_supposed() -> None:
    steps = SupposedSteps(additions={(LEAF.triple, HELD.graph)})

    assert steps.kind_of(LEAF) == "supposed"
    assert steps.kind_of(replace(LEAF, triple=DERIVED.triple)) == ""


def test_what_follows_from_an_absence_that_is_supposed_follows_from_the_supposition() -> None:
    steps = SupposedSteps(changes={(DERIVED.triple, DERIVED.standing)})

    assert steps.kind_of(DERIVED) == "following"
    assert steps.kind_of(replace(DERIVED, standing=Standing(Base.READING))) == ""
