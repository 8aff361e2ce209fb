"""The limits of a what-if, and the contradictions that it reports."""

import pytest
from pyoxigraph import NamedNode, Quad

from kg.errors import LimitExceeded
from kg.namespaces import EVIDENCE, GLOCAL, ID
from kg.reasoning.derivation.levels import Standing
from kg.statuses import Status
from tests.kg.reasoning.whatif.conftest import PaperRelease


def members(count: int) -> str:
    """A patch of new members of one network, each a co-member of every other."""
    triples = [f"id:New{number} glocal:memberOf id:C40 ." for number in range(count)]
    return f"INSERT DATA {{ {' '.join(triples)} }}"


@pytest.mark.parametrize(
    ("count", "reason"),
    [(100, r"changes of a what-if: more than 20,000.*There would be 22,600"), (450, "max_triples")],
)
def test_a_patch_of_which_more_follows_than_can_be_told_is_refused(
    paper: PaperRelease, count: int, reason: str
) -> None:
    before = [one.triple for one in paper.suppose(members(1)).holding]

    with pytest.raises(LimitExceeded, match=reason):
        paper.suppose(members(count))

    assert len(before) == 28
    assert [one.triple for one in paper.suppose(members(1)).holding] == before


@pytest.mark.slow
def test_what_follows_up_to_the_limit_is_told(paper: PaperRelease) -> None:
    outcome = paper.suppose(members(40))

    together = [
        one for one in outcome.holding if one.triple.predicate.value.endswith("coMemberWith")
    ]
    # With each other, and in both directions with the five present members.
    assert len(together) == 40 * 39 + 2 * 40 * 5


WITHDRAWAL = "id:London glocal:withdrewFrom id:ParisAgreement"
BY_BARBER, PLANNED = "ev:p05.2-claim-BenjaminBarber-8", "ev:p02.2-plan"


def clashes(paper: PaperRelease, *graphs: str) -> list[Standing]:
    """The standings of the contradictions if London's withdrawal were in these graphs."""
    text = " ".join(f"GRAPH {graph} {{ {WITHDRAWAL} }}" for graph in graphs)
    found = paper.suppose(f"INSERT DATA {{ {text} }}").contradictions
    return [Standing(one.status, one.holder) for one in found]


def test_a_contradiction_is_told_at_the_strongest_level_at_which_it_arises(
    paper: PaperRelease,
) -> None:
    assert clashes(paper, PLANNED) == [Standing(Status.PLAN)]
    assert clashes(paper, PLANNED, BY_BARBER) == [Standing(Status.CLAIM, ID["BenjaminBarber"])]


@pytest.mark.slow
def test_what_claims_clash_with_already_is_not_told() -> None:
    graph = NamedNode(EVIDENCE + BY_BARBER.removeprefix("ev:"))
    withdrawal = Quad(ID["London"], GLOCAL["withdrewFrom"], ID["ParisAgreement"], graph)
    paper = PaperRelease(withdrawal)

    assert paper.suppose(members(1)).contradictions == []
    assert clashes(paper, PLANNED) == [Standing(Status.PLAN)]
