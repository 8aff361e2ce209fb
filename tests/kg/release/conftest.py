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


def evidence(statements: str, status: str = "Fact", number: int = 2, *, qualifier: str = "") -> str:
    """An evidence graph of the small project, with its description, as a file has it."""
    name = f"ev:p01.1-{status.lower()}-{number}"
    limit = f" ;\n    glocal:{qualifier}" if qualifier else ""
    return (
        f"{name} {{\n{statements}\n}}\n"
        f"{name} a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;\n"
        f"    glocal:hasStatus glocal:{status}{limit} .\n"
    )
