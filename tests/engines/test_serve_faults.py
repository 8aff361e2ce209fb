"""`glocal serve --store` while its server fails, and when another server takes its place."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx2
import pytest
from typer.testing import CliRunner

from kg.namespaces import BASE
from kg.remote.layout import MARKER
from kg.remote.marker import Marker
from kg.store.release_folder import read_manifest, write_release
from service.cli import app
from tests.engines.faults import FAULTS, FaultyProxy
from tests.engines.programs import Program
from tests.service.conftest import TRIG, Running, serve, store_of

JSON: Final = {"Accept": "application/sparql-results+json"}
# Kept answers would hide what the store does.
UNKEPT: Final[dict[str, object]] = {
    "cache_mebibytes": 0,
    "log_requests": False,
    "release_check_seconds": 0.2,
}
_CITIES: Final = 150
# Only ends a hang.
_MOST_SECONDS: Final = 120.0


def _until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + _MOST_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def _status(running: Running, path: str) -> int:
    return httpx2.get(f"{running.address}{path}", headers=JSON, timeout=60).status_code


def _small_release(folder: Path, label: str) -> Path:
    cities = " ".join(f'id:City{n} a glocal:City ; rdfs:label "{n}"@en .' for n in range(_CITIES))
    text = TRIG.replace('"London"@en', f'"{label}"@en') + cities
    return write_release(store_of(text).quads(), {"version": "1.0.0"}, folder)


def mark(program: Program, release: Path) -> None:
    """Write the marker of a release, as `glocal load` does at its end."""
    triples = " ".join(
        f"{triple} ." for triple in Marker.of(read_manifest(release)).graph().triples
    )
    program.send_update(f"INSERT DATA {{ GRAPH {MARKER} {{ {triples} }} }}")


def unmark(program: Program) -> None:
    """Remove the marker, as `glocal load` does at its beginning."""
    program.send_update(f"CLEAR GRAPH {MARKER}")


@dataclass
class Load:
    """Clients that send requests with known answers until it is stopped."""

    address: str
    expected: dict[str, Any]
    allowed: tuple[int, ...] = ()
    wrong: list[str] = field(default_factory=list)
    good: int = 0
    failed: int = 0
    is_over: threading.Event = field(default_factory=threading.Event)

    def run(self, number: int) -> None:
        """Send requests one after another, beginning with another one in each client."""
        paths = list(self.expected)
        with httpx2.Client(base_url=self.address, timeout=30) as client:
            while not self.is_over.is_set():
                path = paths[number % len(paths)]
                number += 1
                answer = client.get(path, headers=JSON if path.startswith("/sparql") else {})
                if answer.status_code == 200 and _value(answer) == self.expected[path]:
                    self.good += 1
                elif answer.status_code in self.allowed and "retry-after" in answer.headers:
                    self.failed += 1
                else:
                    self.wrong.append(f"{path} {answer.status_code} {answer.text[:200]}")

    @contextmanager
    def running(self, clients: int = 8) -> Iterator[None]:
        """Run so many clients while the context lasts."""
        with ThreadPoolExecutor(clients) as pool:
            running = [pool.submit(self.run, number) for number in range(clients)]
            try:
                yield
            finally:
                self.is_over.set()
        for one in running:
            one.result()


def _value(answer: httpx2.Response) -> Any:
    return answer.json()["results"] if "sparql" in answer.headers["Content-Type"] else answer.text


def _learn(address: str, paths: list[str]) -> dict[str, Any]:
    answers = {
        path: httpx2.get(f"{address}{path}", headers=JSON if "sparql" in path else {})
        for path in paths
    }
    assert {one.status_code for one in answers.values()} == {200}
    return {path: _value(answer) for path, answer in answers.items()}


def _asks(count: int) -> list[str]:
    texts = (
        f"SELECT ?p ?o {{ <{BASE}id/London> ?p ?o }} ORDER BY ?p ?o LIMIT {number}"
        for number in range(1, count + 1)
    )
    documents = [f"/data/id/{name}.nt" for name in ("London", "C40", "Paris", "Guangzhou")]
    return [*(f"/sparql?query={quote(text)}" for text in texts), *documents]


def test_a_server_that_is_killed_and_comes_back_does_no_harm(
    engine: Program, newest_release: Path
) -> None:
    options = ("--release", str(newest_release), "--store", engine.query)
    with serve(*options, **UNKEPT) as running:
        load = Load(running.address, _learn(running.address, _asks(20)), (502, 503, 504))
        parent = running.parent()
        with load.running():
            _until(lambda: load.good > 50)
            engine.kill()
            _until(lambda: load.failed > 50)
            _until(lambda: _status(running, "/readyz") == 503)
            health = _status(running, "/healthz")
            engine.start()
            _until(lambda: _status(running, "/readyz") == 200)
            again = load.good
            _until(lambda: load.good > again + 50)

        assert load.wrong == []
        assert health == 200
        assert running.parent() == parent


def test_a_server_that_lost_the_release_is_not_believed(
    engine: Program, newest_release: Path
) -> None:
    options = ("--release", str(newest_release), "--store", engine.query)
    with serve(*options, **UNKEPT) as running:
        path = f"/sparql?query={quote('ASK { ?s ?p ?o }')}"
        before = _status(running, path)
        unmark(engine)
        _until(lambda: _status(running, "/readyz") == 503)
        lost = [_status(running, one) for one in (path, "/data/id/London.ttl", "/healthz")]
        problem = httpx2.get(f"{running.address}{path}", headers=JSON).json()["type"]
        mark(engine, newest_release)
        _until(lambda: _status(running, "/readyz") == 200)
        after = _status(running, path)

    assert (before, lost, after) == (200, [503, 503, 200], 200)
    assert problem == "/problems/release-not-loaded"


@pytest.fixture
def proxy(blank_engine: Program, tmp_path: Path) -> Iterator[FaultyProxy]:
    """A proxy before a server that has a small release, which is in the folder `release`."""
    blank_engine.load(_small_release(tmp_path / "release", "London"))
    proxy = FaultyProxy(blank_engine.query)
    yield proxy
    proxy.close()


def test_each_fault_is_a_problem_document_and_then_over(proxy: FaultyProxy, tmp_path: Path) -> None:
    options = ("--release", str(tmp_path / "release"), "--store", proxy.query)
    limits = {"max_store_seconds": 1, "max_query_seconds": 2}
    found: dict[str, set[int]] = {}
    wrong = list[str]()
    with serve(*options, **UNKEPT, **limits) as running:
        numbers, parent = iter(range(1, _CITIES)), running.parent()

        def ask(path: str) -> httpx2.Response:
            return httpx2.get(f"{running.address}{path}", timeout=60)

        def fresh() -> list[str]:
            """Return paths whose answers nobody has read before."""
            number = next(numbers)
            text = f"SELECT ?s {{ ?s a <{BASE}ontology#City> }} ORDER BY ?s LIMIT {number}"
            document = f"/data/id/City{number}.ttl"
            return [f"/sparql?query={quote(text)}", f"/id?size={number}", document]

        for fault in FAULTS:
            proxy.fault = fault
            for path in fresh():
                answer = ask(path)
                found.setdefault(fault, set()).add(answer.status_code)
                if answer.headers["Content-Type"] != "application/problem+json":
                    wrong.append(f"{fault} {path} {answer.text[:200]}")
                if "127.0.0.1" in answer.text:
                    wrong.append(f"{fault} tells the address: {answer.text[:300]}")
            proxy.fault = "none"
            _until(lambda: {ask(path).status_code for path in fresh()} == {200})
        same = running.parent() == parent

    assert wrong == []
    assert same
    assert found == {fault: {status} for fault, status in FAULTS.items()}


@pytest.mark.parametrize("kind", ["virtuoso", "oxigraph"])
def test_the_next_release_is_served_from_the_other_server_without_a_failed_request(
    kind: str, start_engine: Callable[[str], Program], tmp_path: Path
) -> None:
    first, second = start_engine(kind), start_engine(kind)
    one, two = (
        _small_release(tmp_path / "one", "London"),
        _small_release(tmp_path / "two", "Lundun"),
    )
    first.load(one)
    second.load(two)
    unmark(second)
    link = tmp_path / "newest"
    link.symlink_to(one)
    path = f"/sparql?query={quote(f'SELECT ?n {{ <{BASE}id/London> ?p ?n }} ORDER BY ?n')}"
    statuses, texts = list[int](), list[str]()
    stores = ("--store", first.query, "--store", second.query)
    with (
        serve("--release", str(link), *stores, **UNKEPT) as running,
        ThreadPoolExecutor(4) as pool,
    ):
        over = threading.Event()

        def release_served() -> str:
            return str(httpx2.get(f"{running.address}/healthz").json()["release"])

        def send() -> None:
            with httpx2.Client(base_url=running.address, timeout=30) as client:
                while not over.is_set():
                    for each in (path, "/data/id/London.ttl"):
                        answer = client.get(each, headers=JSON if "sparql" in each else {})
                        statuses.append(answer.status_code)
                        texts.append(answer.text)
                    time.sleep(0.02)

        clients = [pool.submit(send) for _ in range(4)]
        try:
            _until(lambda: len(texts) > 20)
            link.unlink()
            link.symlink_to(two)
            # The other server does not have it as a whole yet.
            asked = len(texts)
            _until(lambda: len(texts) > asked + 200)
            early = release_served()
            mark(second, two)
            _until(lambda: release_served() == read_manifest(two)["hash"])
            # Nobody needs it any more.
            first.kill()
            sent = len(texts)
            _until(lambda: len(texts) > sent + 40)
        finally:
            over.set()
        for each in clients:
            each.result()

    assert early == read_manifest(one)["hash"]
    assert set(statuses) == {200}
    assert any("London" in text for text in texts[:20])
    assert all("Lundun" in text for text in texts[-20:])


def test_without_the_release_the_service_says_how_to_load_it(
    engine: Program, tmp_path: Path
) -> None:
    other = _small_release(tmp_path / "release", "London")
    answer = CliRunner().invoke(app, ["serve", "--release", str(other), "--store", engine.query])

    assert answer.exit_code == 1
    assert f"glocal load --to {engine.query}" in answer.output
