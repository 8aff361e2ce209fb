"""A test with `engine` runs on Virtuoso and on oxigraph's server, each with the project's release.

`blank_engine` starts an empty one that the test may change; `PROGRAMS` has the classes.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from kg.store.quad_store import Store
from tests.engines.programs import PROGRAMS, Program

_HERE: Final = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder slow, because each needs a server."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", params=PROGRAMS)
def engine(
    request: pytest.FixtureRequest,
    newest_release: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Program]:
    """A server with the newest release; a test may kill it, if it starts it again."""
    folder = tmp_path_factory.mktemp(request.param)
    program = PROGRAMS[request.param](folder / "server")
    try:
        program.start()
        program.load(newest_release)
        yield program
    finally:
        program.end()


@pytest.fixture(params=PROGRAMS)
def blank_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Program]:
    """A server without data, for one test."""
    program = PROGRAMS[request.param](tmp_path / request.param)
    try:
        program.start()
        yield program
    finally:
        program.end()


@pytest.fixture
def start_engine(tmp_path: Path) -> Iterator[Callable[[str], Program]]:
    """Start servers without data by their names, for tests that need several."""
    with ExitStack() as stack:
        numbers = iter(range(100))

        def start(name: str) -> Program:
            program = PROGRAMS[name](tmp_path / f"{name}-{next(numbers)}")
            stack.callback(program.end)
            program.start()
            return program

        yield start


@pytest.fixture(scope="session")
def embedded(newest_release: Path) -> Store:
    """The same release in this process."""
    return Store.open(newest_release)
