"""What a patch leaves of the assertions."""

from tests.kg.whatif.conftest import PaperRelease


def test_what_is_removed_twice_is_removed_once(paper: PaperRelease) -> None:
    triple = "id:TsinghuaUniversity glocal:inCity id:Beijing"
    everywhere = f"DELETE DATA {{ {triple} }}"
    again = f"DELETE DATA {{ GRAPH ev:background-city-of-TsinghuaUniversity {{ {triple} }} }}"

    once, twice = paper.suppose(everywhere), paper.suppose(f"{everywhere} ; {again}")

    assert "inCity" in str(once.holding)
    assert twice.holding == once.holding
