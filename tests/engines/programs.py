"""Real servers on 127.0.0.1: Debian's Virtuoso and oxigraph's, each with a folder of its own.

Only ports and memory differ from docs/operators/virtuoso.ini, and the user is that of virtuoso.sql.
"""

import subprocess
import sys
from abc import ABC, abstractmethod
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final

import httpx2
from pyoxigraph import NamedNode

from kg.remote.client import SparqlServer
from kg.remote.load import count_triples, load
from kg.remote.writer import Writer, read_auth_file
from kg.store.quad_store import Store
from tests.service.conftest import first_answer, free_port

_OPERATORS: Final = Path(__file__).parents[2] / "docs" / "operators"
INI: Final = _OPERATORS / "virtuoso.ini"
LOADER: Final = _OPERATORS / "virtuoso.sql"
# As in that file.
PASSWORD: Final = "a password"  # noqa: S105


class Program(ABC):
    """A server that can be killed and started again with the same address and data.

    `query`, `update` and `graph_store` are its addresses, `auth_file` has the user and the password
    that may write, or is None.
    """

    name: ClassVar[str]
    query: str
    update: str
    graph_store: str
    auth_file: Path | None = None

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The address of the host and port, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def server(self) -> SparqlServer:
        """The server as the project's code sees it, across kills and starts."""
        return SparqlServer(self.query, 60)

    def load_options(self, way: str = "update") -> list[str]:
        """Return options of `glocal load` that let it write; `way` may also be `graph-store`."""
        address = self.update if way == "update" else self.graph_store
        auth = ["--auth-file", str(self.auth_file)] if self.auth_file else []
        return ["--to", self.query, f"--{way}", address, *auth]

    def load(self, release: Path) -> int:
        """Load a release in this process, as `glocal load` does; return the triples sent."""
        auth = read_auth_file(self.auth_file) if self.auth_file else None
        store = Store.open(release)
        with closing(Writer(self.update, auth, 60)) as writer:
            return load(store, count_triples(store), self.server, writer, lambda _: None)

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that starts the program."""

    @abstractmethod
    def send_update(self, text: str) -> None:
        """Run a SPARQL update with all rights, not by the project's code."""

    def start(self) -> None:
        """Start the program and wait until it answers."""
        with (self.folder / "output.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.folder, stdout=log, stderr=subprocess.STDOUT
            )
        first_answer(f"{self.query}?query=ASK%7B%7D")

    def kill(self) -> None:
        """End the program at once, as `kill -9` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """Kill the program and close the connections to it."""
        self.kill()
        self.server.close()

    def graph_size(self, graph: NamedNode) -> int:
        """Return the number of triples of a graph."""
        query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
        found = httpx2.post(self.query, data={"query": query}, headers={"Accept": "text/csv"})
        return int(found.text.split()[1].strip('"'))


class Virtuoso(Program):
    """Debian's virtuoso-t; the user `loader` may write, by digest authentication."""

    name = "virtuoso"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sql = f"127.0.0.1:{free_port()}"
        self.query = f"{self.address}/sparql"
        self.update = f"{self.address}/sparql-auth"
        self.graph_store = f"{self.address}/sparql-graph-crud-auth"
        self.auth_file = folder / "loader"
        self.auth_file.write_text(f"loader:{PASSWORD}\n")
        self._write_ini()

    def _write_ini(self) -> None:
        text = INI.read_text("utf-8")
        for committed, here in {
            "= 127.0.0.1:1111\n": f"= {self.sql}\n",
            "= 127.0.0.1:8890\n": f"= 127.0.0.1:{self.port}\n",
            "= 240000\n": "= 20000\n",
            "= 180000\n": "= 15000\n",
        }.items():
            assert text.count(committed) == 1, committed
            text = text.replace(committed, here)
        (self.folder / "virtuoso.ini").write_text(text, "utf-8")

    def command(self) -> list[str]:
        return ["virtuoso-t", "-f", "-c", "virtuoso.ini"]

    def start(self) -> None:
        is_new = not (self.folder / "virtuoso.db").exists()
        # A killed server leaves its lock, which names a process that is no more.
        (self.folder / "virtuoso.lck").unlink(missing_ok=True)
        super().start()
        if is_new:
            self.run_sql(LOADER.read_text("utf-8"))

    def run_sql(self, statements: str) -> str:
        """Run SQL statements with all rights; return what isql prints."""
        script = self.folder / "statements.sql"
        script.write_text(statements + "\n", "utf-8")
        command = ["isql-vt", self.sql, "dba", "dba", str(script)]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        assert "*** Error" not in done.stdout + done.stderr, done.stdout + done.stderr
        return done.stdout

    def send_update(self, text: str) -> None:
        auth = httpx2.DigestAuth("dba", "dba")
        httpx2.post(self.update, data={"query": text}, auth=auth, timeout=60).raise_for_status()


class Oxigraph(Program):
    """oxigraph's server, of the wheel of the same name; everybody may write."""

    name = "oxigraph"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.query = f"{self.address}/query"
        self.update = f"{self.address}/update"
        self.graph_store = f"{self.address}/store"

    def command(self) -> list[str]:
        program = Path(sys.executable).parent / "oxigraph"
        return [str(program), "serve", "--location", "store", "--bind", f"127.0.0.1:{self.port}"]

    def send_update(self, text: str) -> None:
        httpx2.post(self.update, data={"update": text}, timeout=60).raise_for_status()


PROGRAMS: Final[dict[str, type[Program]]] = {each.name: each for each in (Virtuoso, Oxigraph)}
