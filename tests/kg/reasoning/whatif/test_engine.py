"""The limits of a what-if, and the contradictions that it reports."""

from collections.abc import Sequence

import pytest
from pyoxigraph import DefaultGraph, Quad, Triple

from kg.errors import LimitExceeded
from kg.namespaces import GLOCAL, ID
from kg.reasoning.whatif.outcome import Change
from kg.statuses import DEFAULT_VIEW, PLANS, Base, Standing, Status, World
from tests.kg.reasoning.whatif.conftest import PaperRelease


def members(count: int) -> str:
    """A patch of new members of one network, each a co-member of every other."""
    triples = [f"id:New{number} glocal:memberOf id:C40 ." for number in range(count)]
    return f"INSERT DATA {{ {' '.join(triples)} }}"


@pytest.mark.parametrize(
    ("count", "reason"),
    [(150, r"changes of a what-if: more than 20,000.*There would be 24,300"), (450, "max_triples")],
)
def test_a_patch_of_which_more_follows_than_can_be_told_is_refused(
    paper: PaperRelease, count: int, reason: str
) -> None:
    one, new = members(1), Triple(ID["New0"], GLOCAL["memberOf"], ID["C40"])
    before = [each.triple for each in paper.suppose(one).shown]

    with pytest.raises(LimitExceeded, match=reason):
        paper.suppose(members(count))

    assert len(before) == 12
    assert new in before
    assert [each.triple for each in paper.suppose(one).shown] == before


@pytest.mark.slow
def test_what_follows_up_to_the_limit_is_told(paper: PaperRelease) -> None:
    outcome = paper.suppose(members(40))

    together = [one for one in outcome.shown if one.triple.predicate.value.endswith("coMemberWith")]
    # With each other, and in both directions with the five present members.
    assert len(together) == 40 * 39 + 2 * 40 * 5


BARBER = World(Status.CLAIM, ID["BenjaminBarber"])
WITHDRAWAL = "id:London glocal:withdrewFrom id:ParisAgreement"
BY_BARBER, PLANNED = "ev:p05.2-claim-BenjaminBarber-8", "ev:p02.2-plan"


def clashes(paper: PaperRelease, *graphs: str) -> list[Standing]:
    """The standings of the contradictions if London's withdrawal were in these graphs."""
    text = " ".join(f"GRAPH {graph} {{ {WITHDRAWAL} }}" for graph in graphs)
    found = paper.suppose(f"INSERT DATA {{ {text} }}").contradictions
    return [one.standing for one in found]


def test_a_contradiction_is_told_at_the_strongest_standing_at_which_it_arises(
    paper: PaperRelease,
) -> None:
    assert clashes(paper, PLANNED) == [Standing(Base.FACT, PLANS)]
    assert clashes(paper, PLANNED, BY_BARBER) == [Standing(Base.FACT, BARBER)]


@pytest.mark.slow
def test_what_claims_clash_with_already_is_not_told(clashing: PaperRelease) -> None:
    assert clashing.suppose(members(1)).contradictions == []
    assert clashes(clashing, PLANNED) == [Standing(Base.FACT, PLANS)]


CLAIMED = "INSERT DATA { GRAPH ev:p05.2-claim-BenjaminBarber-8 { id:Lyon glocal:memberOf id:C40 } }"
MEMBERSHIP = Triple(ID["Lyon"], GLOCAL["memberOf"], ID["C40"])


@pytest.mark.parametrize(
    ("view", "is_shown"),
    [
        (DEFAULT_VIEW, False),
        (Standing(Base.READING), False),
        (Standing(Base.READING, PLANS), False),
        (Standing(Base.FACT, BARBER), True),
    ],
)
def test_a_new_claim_is_gained_in_the_views_of_its_world(
    paper: PaperRelease, view: Standing, *, is_shown: bool
) -> None:
    outcome = paper.suppose(CLAIMED, view)

    def triples(changes: Sequence[Change]) -> set[Triple]:
        return {one.triple for one in changes}

    assert MEMBERSHIP in triples(outcome.gained if is_shown else outcome.beyond)
    assert MEMBERSHIP not in triples(outcome.beyond if is_shown else outcome.gained)
    membership = Quad(*MEMBERSHIP, DefaultGraph())
    assert (membership in outcome.dataset.added) == is_shown


def test_what_only_gets_a_stronger_standing_is_gained_in_stronger_views_alone(
    paper: PaperRelease,
) -> None:
    thesis = "INSERT DATA { id:London glocal:indirectlyInfluences id:UNHabitat }"

    gained, shifted = (
        [one.triple.predicate for one in changes]
        for changes in (
            paper.suppose(thesis, Standing(Base.BACKGROUND)).gained,
            paper.suppose(thesis, Standing(Base.READING)).shifted,
        )
    )

    assert GLOCAL["indirectlyInfluences"] in gained
    assert GLOCAL["indirectlyInfluences"] in shifted
