"""How much a what-if may ask for."""

import pytest

from kg.errors import LimitExceeded
from tests.kg.whatif.conftest import PaperRelease


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


def test_what_follows_up_to_the_limit_is_told(paper: PaperRelease) -> None:
    outcome = paper.suppose(members(40))

    together = [
        one for one in outcome.holding if one.triple.predicate.value.endswith("coMemberWith")
    ]
    # With each other, and both ways with the five members that there are.
    assert len(together) == 40 * 39 + 2 * 40 * 5
