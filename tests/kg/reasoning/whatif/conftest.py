"""What-ifs of the paper's release."""

import pytest
from pyoxigraph import DefaultGraph, Quad, Triple

from kg.errors import Contradiction
from kg.namespaces import EVIDENCE, GLOCAL, ID, PREFIXES, RDF
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.derivation.release_graphs import (
    ENTITIES,
    premises_of,
    statuses_of_evidence,
)
from kg.reasoning.whatif.engine import WhatIf
from kg.reasoning.whatif.outcome import Outcome, Patch
from kg.reasoning.whatif.patches import parse_patch
from kg.statuses import DEFAULT_VIEW, Base, Standing, Status, World, standing_of
from tests.kg.reasoning.conftest import Paper


def update(text: str) -> Patch:
    """The patch of an update that may use the project's prefixes."""
    return parse_patch(text, prefixes=PREFIXES)


# The strongest base at which each triple stands, in each world or without one.
Standings = dict[tuple[Triple, World | None], Base]


class PaperRelease:
    """The paper's release, its what-ifs, and builds from patched files to compare with."""

    def __init__(self, paper: Paper) -> None:
        self.curated, self.rules, self.derivations = paper.curated, paper.rules, paper.closure
        self.store, self.whatif = paper.store, WhatIf(paper.explainer)
        self.evidence = set(statuses_of_evidence(self.curated))
        self.asserted = [quad for quad in self.curated if self._is_asserted(quad)]
        self.now = self.rebuilt(Patch())

    def suppose(self, text: str, view: Standing = DEFAULT_VIEW) -> Outcome:
        """The outcome of an update."""
        return self.whatif.evaluate(update(text), view)

    def rebuilt(self, patch: Patch) -> Standings:
        """The standings after a new derivation from the patched files."""
        found, known = Standings(), self._premises(patch)
        derived = derive(known, [rule for rule in self.rules if rule.head]).derivations
        stated = ((one.triple, standing_of(one.status, one.holder)) for one in known)
        for triple, standing in (*stated, *((one.triple, one.standing) for one in derived)):
            if standing is not None:
                key = triple, standing.world
                found[key] = min(standing.base, found.get(key, standing.base))
        return found

    def clashes(self, patch: Patch) -> bool:
        """Whether a build with the patched files would stop at a contradiction."""
        try:
            derive(self._premises(patch), self.rules)
        except Contradiction:
            return True
        return False

    def _premises(self, patch: Patch) -> list[Premise]:
        everywhere = {one.triple for one in patch.removals if one.graph_name == DefaultGraph()}
        there = set(patch.removals)
        kept = [
            quad
            for quad in self.curated
            if not self._is_asserted(quad) or (quad.triple not in everywhere and quad not in there)
        ]
        supposed = [one for one in patch.additions if one.graph_name == DefaultGraph()]
        added = [one for one in patch.additions if one.graph_name != DefaultGraph()]
        facts = [Premise(one.triple, Status.FACT) for one in supposed]
        return [*premises_of([*kept, *added]), *facts]

    def _is_asserted(self, quad: Quad) -> bool:
        is_type = quad.graph_name == ENTITIES and quad.predicate == RDF["type"]
        return is_type or quad.graph_name in self.evidence


@pytest.fixture(scope="session")
def paper(paper: Paper) -> PaperRelease:
    return PaperRelease(paper)


@pytest.fixture(scope="session")
def clashing() -> PaperRelease:
    """The paper's release if Benjamin Barber claimed what clashes with London being a city."""
    graph = EVIDENCE["p05.2-claim-BenjaminBarber-8"]
    return PaperRelease(
        Paper(Quad(ID["London"], GLOCAL["withdrewFrom"], ID["ParisAgreement"], graph))
    )
