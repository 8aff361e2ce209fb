"""The project's own release."""

from pathlib import Path

import pytest

from kg.store.quad_store import Store


@pytest.fixture(scope="session")
def store(newest_release: Path) -> Store:
    """The newest release, in memory."""
    return Store.in_memory(Store.open(newest_release).quads())
