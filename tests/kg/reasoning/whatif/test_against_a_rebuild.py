"""The outcome of any patch is the difference between two builds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Quad, Triple

from kg.namespaces import ID, RDFS
from kg.reasoning.whatif.outcome import Outcome, Patch
from kg.statuses import HYPOTHESES, Base, Standing, Status, World
from tests.kg.reasoning.given import examples
from tests.kg.reasoning.whatif.conftest import PaperRelease, Standings

pytestmark = pytest.mark.slow

BARBER = World(Status.CLAIM, ID["BenjaminBarber"])


Differences = list[tuple[Triple, Standing | None, Standing | None]]


def expected(before: Standings, after: Standings) -> Differences:
    """All differences: triple, standing before and standing after; None where it is absent."""
    return [
        (key[0], standing(key, before), standing(key, after))
        for key in {*before, *after}
        if before.get(key) != after.get(key)
    ]


def standing(key: tuple[Triple, World | None], standings: Standings) -> Standing | None:
    return Standing(standings[key], key[1]) if key in standings else None


def told(outcome: Outcome) -> Differences:
    changes = (*outcome.shown, *outcome.beyond)
    return [(one.triple, one.before, one.after) for one in changes]


@st.composite
def patches(draw: st.DrawFn, paper: PaperRelease) -> Patch:
    """Removals of asserted quads, and additions made from the terms of other triples."""
    facts = [one for one in paper.asserted if not one.predicate.value.startswith(RDFS)]
    some = st.sampled_from(facts)

    def elsewhere(quad: Quad) -> Quad:
        return Quad(quad.subject, quad.predicate, quad.object) if draw(st.booleans()) else quad

    def likely() -> Quad:
        """Subject and object of two triples with one property, in a graph of facts or claims."""
        first = draw(some)
        same = st.sampled_from([one for one in facts if one.predicate == first.predicate])
        graph = draw(st.just(DefaultGraph()) | st.sampled_from(sorted(paper.evidence, key=str)))
        return Quad(draw(same).subject, first.predicate, draw(same).object, graph)

    removals = {elsewhere(draw(some)) for _ in range(draw(st.integers(0, 4)))}
    additions = {likely() for _ in range(draw(st.integers(0, 3)))}
    return Patch(tuple(sorted(additions, key=str)), tuple(sorted(removals, key=str)))


views = st.builds(Standing, st.sampled_from(Base), st.sampled_from([None, HYPOTHESES, BARBER]))


@examples(12)
@given(draw=st.data(), view=views)
def test_the_outcome_is_what_a_full_rebuild_changes_and_a_view_only_divides_it(
    paper: PaperRelease, draw: st.DataObject, view: Standing
) -> None:
    patch = draw.draw(patches(paper))

    outcome, viewed = paper.whatif.evaluate(patch), paper.whatif.evaluate(patch, view)

    changes, after = told(outcome), paper.rebuilt(patch)
    assert set(changes) == set(expected(paper.now, after)) == set(told(viewed))
    assert len(changes) == len(set(changes))
    is_refused = any(one.standing.world is None for one in outcome.contradictions)
    assert is_refused == paper.clashes(patch)
    before, then = (
        {key for key in one if view.includes(Standing(one[key], key[1]))}
        for one in (paper.now, after)
    )
    assert {one.triple for one in viewed.gained} == {key[0] for key in then - before}
    assert {one.triple for one in viewed.lost} == {key[0] for key in before - then}
