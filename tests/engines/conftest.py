"""A test with `engine` runs on Virtuoso and on oxigraph's server, each with the project's release.

`blank_engine` starts an empty one that the test may change; `PROGRAMS` has the classes.
"""

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pyoxigraph
import pytest
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat

from kg.namespaces import RDF, VOID
from kg.remote.blank_nodes import skolemize
from kg.remote.layout import DEFAULT, GRAPHS, NAMED_GRAPH
from kg.store.quad_store import Store
from kg.store.release_folder import QUADS_FILE
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
        program.bulk_load(_write_quads(newest_release, folder))
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


def _write_quads(release: Path, folder: Path) -> Path:
    """Write the quads of a release as they stand on a server."""
    path = folder / "release.nq"
    sizes: dict[NamedNode, int] = {}
    with gzip.open(release / QUADS_FILE) as text, path.open("w", encoding="utf-8") as out:
        for quad in pyoxigraph.parse(text, format=RdfFormat.N_QUADS):
            name = DEFAULT if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name
            assert isinstance(name, NamedNode)
            sizes[name] = sizes.get(name, 0) + 1
            terms = skolemize(quad.subject), quad.predicate, skolemize(quad.object), name
            out.write(" ".join(map(str, terms)) + " .\n")
        del sizes[DEFAULT]
        for name, size in sizes.items():
            out.write(f"{name} {RDF['type']} {NAMED_GRAPH} {GRAPHS} .\n")
            out.write(f"{name} {VOID['triples']} {pyoxigraph.Literal(size)} {GRAPHS} .\n")
    return path
