"""A tiny release, served in process and by `glocal serve`."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from pyoxigraph import RdfFormat, parse

from kg.content import Content, own_content
from kg.namespaces import PREFIXES
from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from service.run.app import create_app
from service.settings import Settings

TRIG = """
ev:p10.2-fact { id:C40 glocal:foundedAt id:London . }
ev:p06.1-claim-Doe { id:London glocal:supports id:C40 . }
graph:asserted {
    id:C40 glocal:foundedAt id:London .
    id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh .
}
graph:derived { id:London glocal:hosted id:C40 . }
graph:derived-fact-prp-inv { id:London glocal:hosted id:C40 . }
graph:ontology {
    <https://w3id.org/glocal/ontology> a owl:Ontology ;
        owl:imports <https://w3id.org/glocal/ontology/core> ;
        owl:versionIRI <https://w3id.org/glocal/ontology/1.0.0> .
    <https://w3id.org/glocal/ontology/core> a owl:Ontology .
    glocal:City a owl:Class ; rdfs:label "city"@en , "城市"@zh .
}
<https://w3id.org/glocal/ontology> a owl:Ontology ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    owl:versionIRI <https://w3id.org/glocal/ontology/1.0.0> .
id:C40 glocal:foundedAt id:London .
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh ; glocal:hosted id:C40 .
id:Londinium owl:deprecated true ; dcterms:isReplacedBy id:London ;
    prov:invalidatedAtTime "2026-12-01T00:00:00Z"^^xsd:dateTime ;
    skos:changeNote "The same city."@en , "同一城市。"@zh .
passage:p10.2 a glocal:Passage ; glocal:page 10 .
rule:prp-inv a glocal:Rule .
ev:p10.2-fact a glocal:Evidence ; glocal:fromPassage passage:p10.2 ; glocal:hasStatus glocal:Fact .
"""

CONTEXT = """{"@context": {
    "id": "@id", "type": "@type", "graph": "@graph",
    "glocal": "https://w3id.org/glocal/ontology#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "City": "glocal:City",
    "label": {"@id": "rdfs:label", "@container": "@language"},
    "page": {"@id": "glocal:page", "@type": "xsd:integer"},
    "foundedAt": {"@id": "glocal:foundedAt", "@type": "@id"},
    "fromPassage": {"@id": "glocal:fromPassage", "@type": "@id"},
    "hasStatus": {"@id": "glocal:hasStatus", "@type": "@id"},
    "hosted": {"@id": "glocal:hosted", "@type": "@id"}
}}"""

FRAME = """{"@context": "../context/1.0.0.jsonld", "type": "City",
    "@explicit": true, "@omitDefault": true, "@embed": "@always",
    "rdfs:label": {}, "hosted": {}, "@reverse": {"foundedAt": {"@embed": "@never"}}
}"""

FOUNDED_AT = """# question (en): Where was this network founded?
# question (zh): 该网络创立于何处？
# parameter (en): ?network, a network
# parameter (zh): ?network, 一个网络
# example: ?network, id:C40
# view: paper
# answer (en): one row per city, by IRI
# answer (zh): 每行为一座城市
# columns (en): ?network network of cities, ?city city
# columns (zh): ?network 城市网络, ?city 城市
PREFIX glocal: <https://w3id.org/glocal/ontology#>
SELECT ?network ?city WHERE { ?network glocal:foundedAt ?city } ORDER BY ?city
"""


_HEADER = "@prefix o: <http://www.w3.org/2002/07/owl#> .\n"
_ADDRESS = "https://w3id.org/glocal/ontology"
ONTOLOGY_FILES = {
    "ontology.ttl": f"{_HEADER}<{_ADDRESS}> a o:Ontology ; o:imports <{_ADDRESS}/core> .",
    "core.ttl": f"{_HEADER}# Kinds first.\n<{_ADDRESS}/core> a o:Ontology ;\n"
    f"    o:versionIRI <{_ADDRESS}/core/1.0.0> .\n"
    f"<{_ADDRESS}#City> a o:Class ; o:disjointWith [ a o:Class ] .\n",
    "alignments/org.ttl": f"{_HEADER}<{_ADDRESS}/alignments/org> a o:Ontology ;\n"
    f"    o:versionIRI <{_ADDRESS}/alignments/org/1.0.0> .\n",
    "shapes/facts.ttl": f"{_HEADER}<https://w3id.org/glocal/shape/facts> a o:Ontology .\n",
    "rules/co-hosts.rq": "# rule (en): …\n# rule (zh): …\n# status: neutral\n# source: none\n"
    "PREFIX glocal: <https://w3id.org/glocal/ontology#>\n"
    "CONSTRUCT { ?x glocal:isHost true } WHERE { ?x glocal:hosted ?y }\n",
}

# What `/readyz` says while a scratch store is being loaded.
LOADING = "/problems/query-processes-down"


def store_of(trig: str) -> Store:
    """Return an in-memory store of TriG that may use the project's prefixes."""
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    quads = parse(prefixes + trig, format=RdfFormat.TRIG)
    return Store.in_memory(quads, {"hash": "c0ffee", "version": "1.0.0"})


def content_in(folder: Path) -> Content:
    """The project's content with all files in this folder."""
    return replace(own_content(), ontology=folder, queries=folder, curated=folder)


@pytest.fixture(scope="session")
def store() -> Store:
    return store_of(TRIG)


@pytest.fixture(scope="session")
def client(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("served")
    (folder / "context").mkdir()
    (folder / "context" / "1.0.0.jsonld").write_text(CONTEXT, encoding="utf-8")
    (folder / "frames").mkdir()
    (folder / "frames" / "city.jsonld").write_text(FRAME, encoding="utf-8")
    (folder / "where-founded.rq").write_text(FOUNDED_AT, encoding="utf-8")
    for path, text in ONTOLOGY_FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    app = create_app(
        Settings(max_query_characters=500, max_query_seconds=60),
        store=store,
        content=content_in(folder),
    )
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as found:
        yield found


@pytest.fixture(scope="session")
def paper(newest_release: Path) -> Iterator[TestClient]:
    """The service over the project's own release, one for all tests of a process.

    Its evaluators have started, which may take longer than a request waits for them.
    """
    app = create_app(Settings(release=newest_release, max_query_seconds=60))
    asked = {"subject": "id:C40", "predicate": "glocal:foundedAt", "object": "id:London"}
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as found:
        end = time.monotonic() + 300
        while found.get("/explain", params=asked).status_code == 503:
            assert time.monotonic() < end
        yield found


def get_kept(
    client: TestClient, path: str, headers: dict[str, str], **parameters: str
) -> httpx2.Response:
    """Get a page of rows again until nothing is lacking that takes evaluators some time."""
    end = time.monotonic() + 30
    while True:
        page = client.get(path, params=parameters, headers=headers)
        if "etag" in page.headers or time.monotonic() > end:
            return page


@pytest.fixture
def release(store: Store, tmp_path: Path) -> Path:
    return write_release(store.quads(), {"version": "1.0.0"}, tmp_path / "release")


def get_ready(client: TestClient) -> None:
    """Wait until a service in this process can answer queries."""
    until(lambda: client.get("/readyz").status_code == 200)


def until(condition: Callable[[], object]) -> None:
    """Wait until something has happened; five minutes only end a hang."""
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@dataclass(frozen=True)
class Running:
    """`glocal serve` in a process of its own."""

    process: "subprocess.Popen[bytes]"
    address: str

    @property
    def place(self) -> tuple[str, int]:
        """The host and port that it listens on."""
        host, _, port = self.address.removeprefix("http://").partition(":")
        return host, int(port)

    def ask(self, query: str, *, seconds: float = 30) -> httpx2.Response:
        """Send a query as a form."""
        return httpx2.post(f"{self.address}/sparql", data={"query": query}, timeout=seconds)

    def parent(self, program: str = "service.queries.parent") -> int:
        """The process id of the parent of the query processes, or of another program's."""
        [parent] = [one for one in children_of(self.process.pid) if program in command_of(one)]
        return parent

    def evaluator_parent(self) -> int:
        """The process id of the parent of the evaluator processes; wait until it has started."""
        end = time.monotonic() + 300
        while time.monotonic() < end:
            with suppress(ValueError):
                return self.parent("service.evaluators.parent")
            time.sleep(0.05)
        raise TimeoutError

    def query_processes(self) -> list[int]:
        """The process ids of the query processes."""
        return children_of(self.parent())


def command_of(process: int) -> str:
    """Return the command line of a process; empty if it has ended."""
    found = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(process)], capture_output=True)
    return found.stdout.decode()


def children_of(process: int) -> list[int]:
    """Return the process ids of the child processes."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True)
    pairs = [line.split() for line in listed.stdout.decode().splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == process]


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def serve(*options: str, **settings: object) -> Iterator[Running]:
    """Run `glocal serve` with these options and settings (see `start`); its data is loaded."""
    with start(*options, **settings) as running:
        until(lambda: LOADING not in first_answer(f"{running.address}/readyz").text)
        yield running


@contextmanager
def start(
    *options: str, stdout: int | None = None, stderr: int = subprocess.PIPE, **settings: object
) -> Iterator[Running]:
    """Start `glocal serve` with these options and settings, and kill it at the end.

    Where no other time limit is set, a query may take so long that it is answered even on a machine
    that has much else to do.
    """
    settings = {"max_query_seconds": 60, **settings}
    port = free_port()
    command = "from service.cli import app; app()"
    environment = {f"GLOCAL_{name.upper()}": str(value) for name, value in settings.items()}
    with subprocess.Popen(
        [sys.executable, "-c", command, "serve", *options, "--port", str(port)],
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, **environment},
    ) as process:
        try:
            yield Running(process, f"http://127.0.0.1:{port}")
        finally:
            process.kill()


@pytest.fixture
def serving(release: Path) -> Callable[..., AbstractContextManager[Running]]:
    """Run `glocal serve` on a release with the given settings; it is ready to answer."""
    return partial(serve, "--release", str(release))


@pytest.fixture(scope="module")
def abused(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`glocal serve` with low limits, one for all tests of a module."""
    folder = tmp_path_factory.mktemp("abused") / "release"
    release = write_release(store.quads(), {"version": "1.0.0"}, folder)
    options = ("--release", str(release))
    limits = {"max_query_seconds": 1, "max_receiving_seconds": 1, "max_connections": 40}
    with serve(*options, **limits, max_query_mebibytes=128, log_requests=False) as running:
        yield running


def first_answer(address: str) -> httpx2.Response:
    """Return the first answer of a service that is starting."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            return httpx2.get(address)
        except httpx2.TransportError:
            time.sleep(0.05)
    raise TimeoutError(address)


@pytest.fixture
def socket_pairs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[socket.socket, socket.socket]]:
    """Record the socket pairs that are created during the test."""
    pairs: list[tuple[socket.socket, socket.socket]] = []
    create = socket.socketpair

    def create_recorded(*options: int) -> tuple[socket.socket, socket.socket]:
        pairs.append(create(*options))
        return pairs[-1]

    monkeypatch.setattr(socket, "socketpair", create_recorded)
    return pairs


def product(selected: str, variables: str) -> str:
    """Return a query with 100 solutions for one variable, 10,000 for two, and so on."""
    values = " ".join(f"VALUES ?{name} {{ {'1 ' * 100}}}" for name in variables)
    return f"SELECT {selected} {{ {values} }}"


# Ten billion rows to count, which takes minutes.
@pytest.fixture(scope="session")
def endless() -> str:
    return product("(COUNT(*) AS ?n)", "abcde")


@pytest.fixture(scope="session")
def is_gone() -> Callable[[int], bool]:
    """Tell whether a process ends; a minute only ends a hang."""

    def wait_for(process: int) -> bool:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                os.kill(process, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.01)
        return False

    return wait_for
