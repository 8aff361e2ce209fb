"""The whole graph, built once in memory from the curated files and the ontology."""

import pytest

from kg.content import own_content
from kg.namespaces import ID
from kg.reasoning.derivation.release_graphs import assemble_release
from kg.release.build import reason_over
from kg.sources.folders import read_curated, read_ontology
from kg.store.quad_store import Store


@pytest.fixture(scope="session")
def store() -> Store:
    """The quads of a release, without writing it."""
    ontology, curated = read_ontology(), read_curated()
    reasoned = reason_over(curated, ontology)
    curators = ID[own_content().curators]
    quads = assemble_release(curated, ontology, reasoned.closure, reasoned.rules, curators)
    return Store.in_memory(quads)
