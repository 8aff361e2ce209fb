"""The whole graph, built once in memory from the curated files and the ontology."""

import pytest

from kg.reasoning.derivation.release_graphs import assemble_release
from kg.release.build import reason_over
from kg.sources.folders import read_curated, read_ontology
from kg.store.quad_store import Store


@pytest.fixture(scope="session")
def store() -> Store:
    """The quads of a release, without writing it."""
    ontology, curated = read_ontology(), read_curated()
    reasoned = reason_over(curated, ontology)
    return Store.in_memory(
        assemble_release(curated, ontology, reasoned.closure.derivations, reasoned.rules)
    )
