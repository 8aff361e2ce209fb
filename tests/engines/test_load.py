"""`glocal load` brings a release into both servers, in both ways, and past every interruption."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.namespaces import BASE, ID
from kg.remote.client import ReleaseNotLoaded, StoreError
from kg.remote.layout import DEFAULT, GRAPHS, MARKER, require_release
from kg.remote.load import count_triples
from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from kg.store.views import META
from tests.engines.programs import PASSWORD, PROGRAMS, Program
from tests.service.conftest import TRIG, store_of

WAYS: Final = ("update", "graph-store")
OTHERS: Final = NamedNode("urn:others")


def start_load(release: Path, *options: str) -> "subprocess.Popen[str]":
    """Start `glocal load` on a release."""
    command = [sys.executable, "-c", "from service.cli import app; app()", "load", *options]
    return subprocess.Popen(
        [*command, "--release", str(release)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_load(release: Path, *options: str) -> tuple[int, str, str]:
    """Run `glocal load`; return its status, its output and its errors."""
    with start_load(release, *options) as process:
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err


def write_some(store: Store, folder: Path, *, first: int) -> Path:
    """Write a release of some thousand quads; the number of the first differs between two."""
    default = sorted(store.triples(), key=str)[first : first + 4_000]
    graphs = [META, *store.named_graphs[first // 100 : first // 100 + 40]]
    quads = [Quad(*triple, DefaultGraph()) for triple in default]
    quads += [quad for graph in graphs for quad in store.quads_of_graph(graph)]
    return write_release(quads, {"version": "1.0.0"}, folder)


def graphs_on(program: Program) -> dict[NamedNode, int]:
    """Return the sizes of the project's graphs on a server, and of `OTHERS`."""
    query = f"""SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }}
        FILTER(STRSTARTS(STR(?g), "{BASE}") || ?g = {OTHERS}) }} GROUP BY ?g"""
    return {row["g"]: int(row["n"].value) for row in program.server.select(query)}


def expected_graphs(release: Path) -> dict[NamedNode, int]:
    """Return what `graphs_on` returns for a server that has this release and nothing more."""
    return count_triples(Store.open(release))


@pytest.fixture(scope="module")
def some(newest_release: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two releases of some thousand quads."""
    folder, store = tmp_path_factory.mktemp("some"), Store.open(newest_release)
    return (
        write_some(store, folder / "one", first=0),
        write_some(store, folder / "two", first=3_000),
    )


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A release of some twenty quads."""
    return write_release(store_of(TRIG).quads(), {"version": "1.0.0"}, tmp_path / "tiny")


def require_whole(program: Program, release: Path) -> None:
    """Require that a server has a marked release, every graph of it, and of ours nothing else."""
    require_release(program.server, Store.open(release).manifest["hash"])
    there = graphs_on(program)
    assert (there.pop(GRAPHS), there.pop(MARKER), there.pop(OTHERS)) == (
        len(expected_graphs(release)),
        2,
        2,
    )
    assert there == expected_graphs(release)


@pytest.mark.parametrize("way", WAYS)
def test_a_release_is_loaded_and_replaced_by_another_one(
    blank_engine: Program, some: tuple[Path, Path], way: str
) -> None:
    blank_engine.send_update(f"INSERT DATA {{ GRAPH {OTHERS} {{ <urn:a> <urn:b> 1 , 2 }} }}")
    for release in some:
        status, out, err = run_load(release, *blank_engine.load_options(way))

        assert (status, "all counted" in out) == (0, True), err
        require_whole(blank_engine, release)
    with pytest.raises(ReleaseNotLoaded, match=r"holds the release .*glocal load --to"):
        require_release(blank_engine.server, Store.open(some[0]).manifest["hash"])


@pytest.mark.parametrize(("signal_number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_an_interrupted_load_leaves_no_marker_and_the_next_one_ends_it(
    blank_engine: Program, some: tuple[Path, Path], signal_number: int, status: int
) -> None:
    blank_engine.send_update(f"INSERT DATA {{ GRAPH {OTHERS} {{ <urn:a> <urn:b> 1 , 2 }} }}")
    blank_engine.load(some[0])
    with start_load(some[1], *blank_engine.load_options()) as process:
        while blank_engine.graph_size(MARKER):
            assert process.poll() is None
        process.send_signal(signal_number)
        _, err = process.communicate(timeout=60)

    assert (process.returncode, "Traceback" in err) == (status, False)
    with pytest.raises(ReleaseNotLoaded, match="holds no whole release"):
        require_release(blank_engine.server, Store.open(some[1]).manifest["hash"])
    assert blank_engine.load(some[1]) == sum(expected_graphs(some[1]).values())
    require_whole(blank_engine, some[1])
    assert blank_engine.load(some[1]) == 0


def test_a_graph_of_another_size_is_named_and_sent_again(blank_engine: Program, tiny: Path) -> None:
    blank_engine.load(tiny)
    there = f"{ID['London']} <{BASE}ontology#hosted> {ID['C40']}"
    blank_engine.send_update(f"DELETE DATA {{ GRAPH {DEFAULT} {{ {there} }} }}")
    size = expected_graphs(tiny)[DEFAULT]

    expected = f"has {size - 1} triples in {DEFAULT.value} where the release has {size}"
    with pytest.raises(StoreError, match=expected):
        blank_engine.load(tiny)

    assert blank_engine.graph_size(MARKER) == 0
    assert blank_engine.load(tiny) > 0
    require_release(blank_engine.server, Store.open(tiny).manifest["hash"])


def test_a_graph_that_somebody_else_wrote_is_left_alone(blank_engine: Program, tiny: Path) -> None:
    blank_engine.send_update(f"INSERT DATA {{ GRAPH {META} {{ <urn:a> <urn:b> 1 }} }}")
    asserted = f"{BASE}graph/asserted"
    blank_engine.send_update(f"INSERT DATA {{ GRAPH <{asserted}> {{ <urn:a> <urn:b> 1 }} }}")

    status, _, err = run_load(tiny, *blank_engine.load_options())

    assert status == 1
    assert f"that glocal load did not write, such as {asserted}." in err
    assert graphs_on(blank_engine) == {META: 1, NamedNode(asserted): 1}


@pytest.mark.parametrize("way", WAYS)
def test_an_address_that_takes_no_writes_is_said(
    blank_engine: Program, tiny: Path, way: str
) -> None:
    to = blank_engine.query
    status, _, err = run_load(tiny, "--to", to, *([] if way == "update" else [f"--{way}", to]))

    assert status == 1
    assert "--update" in err
    assert "Traceback" not in err
    assert graphs_on(blank_engine) == {}


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_password_is_said(
    start_engine: Callable[[str], Program], tiny: Path, way: str
) -> None:
    program = start_engine("virtuoso")
    assert program.auth_file is not None
    program.auth_file.write_text(f"loader:not {PASSWORD}\n")

    status, _, err = run_load(tiny, *program.load_options(way))

    assert status == 1
    assert "answered with status 401" in err
    assert "--auth-file" in err
    assert graphs_on(program) == {}


TRIPLE_TERM: Final = """
id:London glocal:hosted id:C40 ; rdfs:label "伦敦"@zh--ltr .
id:R rdf:reifies <<( id:London glocal:hosted _:b )>> . _:b rdfs:label "somebody" .
"""


@pytest.mark.parametrize("name", PROGRAMS)
def test_triple_terms_need_a_server_that_reads_them(
    start_engine: Callable[[str], Program], tmp_path: Path, name: str
) -> None:
    program = start_engine(name)
    release = write_release(store_of(TRIPLE_TERM).quads(), {"version": "1.0.0"}, tmp_path / "r")

    status, _, err = run_load(release, *program.load_options())

    if name == "oxigraph":
        assert status == 0, err
        return
    assert status == 1
    assert "Traceback" not in err
    assert program.graph_size(MARKER) == 0


class _Page(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def page() -> Iterator[str]:
    """The address of a server that answers everything with a page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/sparql"
        server.shutdown()


def test_an_address_without_sparql_is_said(page: str, tiny: Path) -> None:
    status, _, err = run_load(tiny, "--to", page)

    assert status == 1
    assert err.endswith(f"the store {page} answered with status 200: hello\n")


def test_an_address_where_nothing_listens_is_said(tiny: Path) -> None:
    status, _, err = run_load(tiny, "--to", "http://127.0.0.1:9/sparql")

    assert status == 1
    assert "the store http://127.0.0.1:9/sparql cannot be reached:" in err
