"""A world is what a what-if gains that supposes its claims, hypotheses or plans as facts."""

import pytest
from pyoxigraph import DefaultGraph, Quad, Triple

from kg.namespaces import ID, RDFS
from kg.reasoning.derivation.release_graphs import premises_of
from kg.reasoning.whatif.outcome import Outcome, Patch
from kg.statuses import Base, Standing, Status, World, standing_of
from tests.kg.reasoning.whatif.conftest import PaperRelease

pytestmark = pytest.mark.slow

BARBER = World(Status.CLAIM, ID["BenjaminBarber"])
EVERYTHING = Standing(Base.READING)


def asserted_by_world(paper: PaperRelease) -> dict[World, set[Triple]]:
    found: dict[World, set[Triple]] = {}
    for one in premises_of(paper.curated):
        standing = standing_of(one.status, one.holder)
        # A what-if refuses labels, which no rule reads.
        if standing and standing.world and not one.triple.predicate.value.startswith(RDFS):
            found.setdefault(standing.world, set()).add(one.triple)
    return found


def as_facts(paper: PaperRelease, claims: set[Triple]) -> Outcome:
    quads = (Quad(*claim, DefaultGraph()) for claim in claims)  # type: ignore[misc]
    patch = Patch(additions=tuple(sorted(quads, key=str)))
    return paper.whatif.evaluate(patch, EVERYTHING)


def clashes_of_release(paper: PaperRelease, world: World) -> set[tuple[str, tuple[Triple, ...]]]:
    found = paper.derivations.contradictions
    return {(one.rule, one.triples) for one in found if one.standing.world == world}


def clashes_of_outcome(outcome: Outcome) -> set[tuple[str, tuple[Triple, ...]]]:
    found = (one for one in outcome.contradictions if one.standing.world is None)
    return {(one.rule.name, one.triples) for one in found}


def test_each_holders_world_is_what_the_claims_would_give_as_facts(paper: PaperRelease) -> None:
    hypothetical = {rule.world for rule in paper.rules if rule.world}
    worlds = asserted_by_world(paper)

    assert len(worlds) > 20
    for world in worlds.keys() - hypothetical:
        outcome = as_facts(paper, worlds[world])
        stands = {triple for triple, where in paper.now if where is None}
        in_world = {triple for triple, where in paper.now if where == world}
        assert {one.triple for one in outcome.gained} == in_world - stands, world.name
        assert clashes_of_outcome(outcome) == clashes_of_release(paper, world)


def test_a_claim_clashes_in_its_world_with_what_it_would_clash_with_as_a_fact(
    clashing: PaperRelease,
) -> None:
    found = clashes_of_outcome(as_facts(clashing, asserted_by_world(clashing)[BARBER]))

    assert {rule for rule, _ in found} == {"cax-adc-City-State"}
    assert found == clashes_of_release(clashing, BARBER)
