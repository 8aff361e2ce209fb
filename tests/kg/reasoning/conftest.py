"""The paper's release in memory, and the standings of what follows from its graph."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import pytest
from pyoxigraph import Quad, Triple

from kg.content import own_content
from kg.namespaces import ID
from kg.reasoning.derivation.release_graphs import assemble_release, premises_of
from kg.reasoning.proofs.explainer import Explainer
from kg.release.build import reason_over
from kg.sources.folders import read_curated, read_ontology
from kg.statuses import Base
from kg.store.quad_store import Store

Standings = Mapping[Triple, set[str]]

BASE_NAMES: Final = dict(zip(Base, ("facts", "background", "theses", "readings"), strict=True))


class Paper:
    """The paper's curated quads and perhaps more, its rules, and all that they derive."""

    def __init__(self, *more: Quad) -> None:
        ontology = read_ontology()
        # As a store spells them: 68.0 is the decimal "68" there, and proofs come from a store.
        self.curated = list(Store.in_memory([*read_curated(), *more]).quads())
        reasoned = reason_over(self.curated, ontology)
        self.rules, self.closure = reasoned.rules, reasoned.closure
        self.premises = premises_of(self.curated)
        curators = ID[own_content().curators]
        release = assemble_release(self.curated, ontology, self.closure, self.rules, curators)
        self.store = Store.in_memory(release)
        self.explainer = Explainer(self.store, self.rules)


@pytest.fixture(scope="session")
def paper() -> Paper:
    return Paper()


@pytest.fixture(scope="session")
def standings(paper: Paper) -> Standings:
    """Each derived triple of the paper's graph, with its standings.

    A standing is written as in the tables beside this file, as its base and, in a world, the name
    of that: `theses`, `readings LiuJianghua`.
    """
    found: defaultdict[Triple, set[str]] = defaultdict(set)
    for one in paper.closure.derivations:
        world = f" {one.standing.world.name}" if one.standing.world else ""
        found[one.triple].add(BASE_NAMES[one.standing.base] + world)
    return found
