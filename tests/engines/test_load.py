"""`glocal load` brings a release into both servers, in both ways, and past every interruption."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.namespaces import BASE, ID
from kg.remote.errors import ReleaseNotLoaded
from kg.remote.layout import DEFAULT, GRAPHS, LOADING, MARKER
from kg.remote.loading.contents import server_graphs
from kg.remote.loading.digests import digest_of
from kg.remote.loading.load_errors import LoadedOtherwise
from kg.remote.marker import read_marker
from kg.remote.store import RemoteStore
from kg.remote.terms import repaired
from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from kg.store.views import META
from tests.engines.programs import PASSWORD, PROGRAMS, Program
from tests.service.conftest import TRIG, store_of

WAYS: Final = ("update", "graph-store")
OTHERS: Final = NamedNode("urn:others")
MOMENTS: Final = 8


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
    graphs = server_graphs(Store.open(release))
    sizes = {graph.name: digest_of(graph.triples).triples for graph in graphs}
    return {name: size for name, size in sizes.items() if size}


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


@pytest.mark.parametrize("way", WAYS)
def test_a_loaded_release_has_the_same_quads_by_value(
    blank_engine: Program, some: tuple[Path, Path], way: str
) -> None:
    blank_engine.send_update(f"INSERT DATA {{ GRAPH {OTHERS} {{ <urn:a> <urn:b> 1 , 2 }} }}")

    status, out, err = run_load(some[0], *blank_engine.load_options(way))

    assert (status, "all compared" in out) == (0, True), err
    remote = RemoteStore.connect(blank_engine.server, some[0])
    read = {Quad(q.subject, q.predicate, repaired(q.object), q.graph_name) for q in remote.quads()}
    assert read == set(Store.open(some[0]).quads())
    there = graphs_on(blank_engine)
    assert {**there, GRAPHS: 0, MARKER: 0} == {
        **expected_graphs(some[0]),
        OTHERS: 2,
        GRAPHS: 0,
        MARKER: 0,
    }


@pytest.mark.parametrize("way", WAYS)
def test_another_release_replaces_the_loaded_one(
    blank_engine: Program, some: tuple[Path, Path], way: str
) -> None:
    blank_engine.send_update(f"INSERT DATA {{ GRAPH {OTHERS} {{ <urn:a> <urn:b> 1 , 2 }} }}")
    blank_engine.load(some[0])

    status, _, err = run_load(some[1], *blank_engine.load_options(way))

    assert status == 0, err
    there = graphs_on(blank_engine)
    assert {**there, GRAPHS: 0, MARKER: 0} == {
        **expected_graphs(some[1]),
        OTHERS: 2,
        GRAPHS: 0,
        MARKER: 0,
    }
    with pytest.raises(ReleaseNotLoaded, match=r"holds the release .*glocal load --to"):
        RemoteStore.connect(blank_engine.server, some[0])


def test_a_load_killed_at_any_moment_leaves_no_mixed_release_and_the_next_one_ends_it(
    blank_engine: Program, some: tuple[Path, Path]
) -> None:
    blank_engine.send_update(f"INSERT DATA {{ GRAPH {OTHERS} {{ <urn:a> <urn:b> 1 , 2 }} }}")
    options = blank_engine.load_options()
    moments = random.Random(18)
    begun = time.monotonic()
    assert run_load(some[0], *options)[0] == 0
    whole_seconds = time.monotonic() - begun

    for number in range(MOMENTS):
        # Twice the same release: the second load goes on, or finds it whole.
        with start_load(some[(number // 2 + 1) % 2], *options) as process:
            time.sleep(moments.uniform(0.2, 1) * whole_seconds)
            process.kill()
        _require_nothing_mixed(blank_engine, some)

    assert run_load(some[1], *options)[0] == 0
    _require_nothing_mixed(blank_engine, some)
    assert len(RemoteStore.connect(blank_engine.server, some[1]).named_graphs) > 40


def _require_nothing_mixed(program: Program, releases: tuple[Path, Path]) -> None:
    """Require that a marked release is there with every triple, and no other graph of ours."""
    marker = read_marker(program.server)
    there = graphs_on(program)
    assert there.pop(OTHERS) == 2
    for release in releases:
        if marker is not None and Store.open(release).manifest["hash"] == marker.hash:
            # Nothing is sent, and everything is compared.
            assert program.load(release).sent == 0
            assert there.keys() - {GRAPHS, MARKER, LOADING} == expected_graphs(release).keys()
            return
    assert marker is None


def test_a_load_interrupted_from_the_keyboard_goes_on(
    blank_engine: Program, newest_release: Path
) -> None:
    options = blank_engine.load_options()
    with start_load(newest_release, *options) as process:
        while blank_engine.graph_size(LOADING) < 20:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert err.endswith("Interrupted (send). The next run goes on from here.\n")
    with pytest.raises(ReleaseNotLoaded, match="holds no whole release"):
        RemoteStore.connect(blank_engine.server, newest_release)
    status, out, _ = run_load(newest_release, *options)
    sent = int(out.split("of which ")[1].split()[0].replace(",", ""))
    total = sum(expected_graphs(newest_release).values())
    assert (status, 0 < sent <= total - 18_000) == (0, True)


def test_a_triple_that_differs_is_named_and_sent_again(blank_engine: Program, tiny: Path) -> None:
    blank_engine.load(tiny)
    there, other = f"{ID['London']} <{BASE}ontology#hosted>", "<urn:somewhere>"
    blank_engine.send_update(
        f"DELETE DATA {{ GRAPH {DEFAULT} {{ {there} {ID['C40']} }} }} ;\n"
        f"INSERT DATA {{ GRAPH {DEFAULT} {{ {there} {other} }} }}"
    )

    with pytest.raises(LoadedOtherwise) as raised:
        blank_engine.load(tiny)

    assert raised.value.graph == DEFAULT
    assert raised.value.missing == [f"{there} {ID['C40']}"]
    assert raised.value.surplus == [f"{there} {other}"]
    assert read_marker(blank_engine.server) is None
    assert blank_engine.load(tiny).sent > 0
    assert read_marker(blank_engine.server) is not None


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
    assert "refuses writes with this user and password (--auth-file) (status 401" in err
    assert graphs_on(program) == {}


def test_a_server_that_cuts_results_is_read_in_pages(
    start_engine: Callable[[str], Program], some: tuple[Path, Path]
) -> None:
    program = start_engine("virtuoso")
    program.kill()
    ini = program.folder / "virtuoso.ini"
    ini.write_text(ini.read_text("utf-8").replace("= 2000000\n", "= 1500\n"), "utf-8")
    program.start()

    assert program.load(some[0]).sent > 10_000
    assert program.load(some[0]).sent == 0
    assert program.load(some[1]).sent > 10_000
    assert read_marker(program.server) is not None


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
    assert "a release with RDF 1.2 is not possible on this store" in err
    assert graphs_on(program) == {}


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

    assert (status, err) == (
        1,
        f"the store {page} answered with status 200: text/html: <html>hello</html>\n",
    )


def test_an_address_where_nothing_listens_is_said(tiny: Path) -> None:
    status, _, err = run_load(tiny, "--to", "http://127.0.0.1:9/sparql")

    assert status == 1
    assert err.startswith("the store http://127.0.0.1:9/sparql cannot be reached:")
