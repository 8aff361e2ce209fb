"""The release of the curated files, built once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions

from kg.namespaces import DESCRIBING_PREFIXES, PREFIXES
from kg.store.quad_store import Store

PROLOGUE = "".join(
    f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in {**PREFIXES, **DESCRIBING_PREFIXES}.items()
)
Ask = Callable[[Store, str], set[tuple[str, ...]]]


@pytest.fixture(scope="session")
def release(newest_release: Path) -> Store:
    return Store.open(newest_release)


@pytest.fixture(scope="session")
def ask() -> Ask:
    """The rows of a SELECT, values only, in a set."""

    def rows(store: Store, query: str) -> set[tuple[str, ...]]:
        found = store.query(PROLOGUE + query)
        assert isinstance(found, QuerySolutions)
        return {tuple(term.value for term in row) for row in found}

    return rows
