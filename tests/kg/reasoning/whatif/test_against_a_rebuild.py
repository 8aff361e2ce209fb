"""The outcome of any patch is the difference between two builds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Quad

from kg.namespaces import RDFS
from kg.reasoning.derivation.levels import Standing
from kg.reasoning.whatif.outcome import Outcome, Patch
from tests.kg.reasoning.whatif.conftest import PaperRelease, Standings

pytestmark = pytest.mark.slow


def expected(before: Standings, after: Standings) -> set[tuple[object, ...]]:
    """All differences: triple, standing before and standing after; None where it is absent."""
    touched = {*before.holding, *after.holding}
    pairs = ((one, before.holding.get(one), after.holding.get(one)) for one in touched)
    holding: set[tuple[object, ...]] = {one for one in pairs if one[1] != one[2]}
    gone = {(triple, standing, None) for triple, standing in before.beyond - after.beyond}
    come = {(triple, None, standing) for triple, standing in after.beyond - before.beyond}
    return holding | gone | come


def told(outcome: Outcome) -> list[tuple[object, Standing | None, Standing | None]]:
    changes = (*outcome.holding, *outcome.beyond)
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


@settings(max_examples=40, deadline=None, derandomize=True)
@given(draw=st.data())
def test_the_outcome_is_what_a_full_rebuild_changes(
    paper: PaperRelease, draw: st.DataObject
) -> None:
    patch = draw.draw(patches(paper))

    outcome = paper.whatif.evaluate(patch)

    changes = told(outcome)
    assert set(changes) == expected(paper.now, paper.rebuilt(patch))
    assert len(changes) == len(set(changes))
    assert any(one.status.holds for one in outcome.contradictions) == paper.clashes(patch)
