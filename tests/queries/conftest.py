"""The whole graph, built once in memory from the curated files and the ontology."""

import pytest

from kg.assemble import assemble, premises
from kg.axioms import compile_axioms
from kg.read import read_curated, read_ontology
from kg.reason import derive
from kg.rules import read_rules
from kg.store import Store


@pytest.fixture(scope="session")
def store() -> Store:
    """What a release holds, without being written."""
    ontology, curated = read_ontology(), read_curated()
    rules = [*compile_axioms(ontology).rules, *read_rules()]
    closure = derive(premises(curated), rules)
    return Store.in_memory(assemble(curated, ontology, closure.derivations, rules))
