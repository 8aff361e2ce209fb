"""The paper's release in memory, its what-ifs, and builds from patched files to compare with."""

from dataclasses import dataclass, field

import pytest
from pyoxigraph import DefaultGraph, Quad, Triple

from kg.errors import Contradiction
from kg.namespaces import PREFIXES, RDF
from kg.reasoning.derivation.levels import HOLDING_STANDINGS, Premise, Standing, derive
from kg.reasoning.derivation.release_graphs import (
    ENTITIES,
    assemble_release,
    premises_of,
    statuses_of_evidence,
)
from kg.reasoning.whatif.engine import WhatIf
from kg.reasoning.whatif.outcome import Outcome, Patch
from kg.reasoning.whatif.patches import parse_patch
from kg.release.build import reason_over
from kg.sources.folders import read_curated, read_ontology
from kg.statuses import Status
from kg.store.quad_store import Store


def update(text: str) -> Patch:
    """The patch of an update that may use the project's prefixes."""
    return parse_patch(text, prefixes=PREFIXES)


@dataclass
class Standings:
    """The strongest standing of each triple that holds, and all other standings."""

    holding: dict[Triple, Standing] = field(default_factory=dict)
    beyond: set[tuple[Triple, Standing]] = field(default_factory=set)

    def place(self, triple: Triple, status: Status, standing: Standing) -> None:
        """Record that the triple is asserted or derived at this level."""
        if not status.is_reasoned_over:
            return
        if not status.holds:
            self.beyond.add((triple, standing))
        elif triple not in self.holding or standing.rank < self.holding[triple].rank:
            self.holding[triple] = standing


class PaperRelease:
    """The release of the paper's curated files and perhaps more quads, and its what-ifs."""

    def __init__(self, *more: Quad) -> None:
        ontology = read_ontology()
        # As a store spells them: 68.0 is the decimal "68" there.
        self.curated = list(Store.in_memory([*read_curated(), *more]).quads())
        reasoned = reason_over(self.curated, ontology)
        self.rules = reasoned.rules
        quads = assemble_release(self.curated, ontology, reasoned.closure.derivations, self.rules)
        self.store = Store.in_memory(quads)
        self.whatif = WhatIf(self.store, self.rules)
        self.evidence = set(statuses_of_evidence(self.curated))
        self.asserted = [quad for quad in self.curated if self._is_asserted(quad)]
        self.now = self.rebuilt(Patch())

    def suppose(self, text: str) -> Outcome:
        """The outcome of an update."""
        return self.whatif.evaluate(update(text))

    def rebuilt(self, patch: Patch) -> Standings:
        """The standings after a new derivation from the patched files."""
        found, known = Standings(), self._premises(patch)
        derived = derive(known, [rule for rule in self.rules if rule.head]).derivations
        for one in (*known, *derived):
            level = HOLDING_STANDINGS[one.status.level] if one.status.holds else None
            found.place(one.triple, one.status, level or Standing(one.status, one.holder))
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
def paper() -> PaperRelease:
    return PaperRelease()
